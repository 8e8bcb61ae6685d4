"""What an appointment's page tells besides its time: the client's rules and what was paid (F18, F34)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.kernel.money import say_money
from clinic.portal.application.staff.history import Names
from clinic.portal.application.staff.joining import names_of
from clinic.portal.application.staff.money import (
    SaidMoney,
    left_to_refund,
    refund_is_for_the_practice,
    told_money,
)
from clinic.portal.application.staff.ports import StaffServices


@dataclass(frozen=True, slots=True)
class Money:
    """Payments and refunds, newest first. `to_decide` is said where a cancelled appointment's money is still here."""

    said: str
    entries: tuple[SaidMoney, ...]
    left_pence: int
    to_decide: str


def money_of(appointment: Mapping[str, Any], services: StaffServices, zone: str) -> Money:
    """The appointment's money; nobody is asked where nothing was ever paid."""
    paid = appointment.get("paid")
    if not paid:
        return Money("Nothing recorded", (), 0, "")
    answer = services.payments(appointment["id"])
    actors = [one["actor"]["id"] for one in (*answer["payments"], *answer["refunds"]) if one["actor"]["id"]]
    left = left_to_refund(paid)
    to_decide = refund_is_for_the_practice(left, paid["currency"], some_back=paid["refunded_pence"] > 0)
    return Money(
        said=_said(paid),
        entries=tuple(told_money(answer, names_of(services, (), actors) if actors else Names({}, {}), zone)),
        left_pence=left,
        to_decide=to_decide if appointment["cancelled"] and left > 0 else "",
    )


def _said(paid: Mapping[str, Any]) -> str:
    said = f"{say_money(paid['amount_pence'], paid['currency'])} paid"
    back = paid["refunded_pence"]
    return f"{said}, {say_money(back, paid['currency'])} refunded" if back else said
