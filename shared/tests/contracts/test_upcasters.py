"""Events of an earlier version say the same in the present one, and stay what was recorded."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clinic.contracts.appointments import AppointmentCancelled, Paid
from clinic.contracts.catalog import upcast
from clinic.contracts.codec import MalformedEvent, check_wire
from clinic.contracts.upcasters import appointment_cancelled_1_to_2

GOLDEN = Path(__file__).parent / "golden"
V1: dict[str, Any] = json.loads((GOLDEN / "AppointmentCancelled.v1.json").read_text(encoding="utf-8"))
BEFORE_PAYMENTS: dict[str, Any] = json.loads(
    (GOLDEN / "earlier" / "AppointmentCancelled.v1.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("recorded", "paid"),
    [
        (V1, Paid(4500, 0, "GBP")),
        (V1 | {"currency": "CHF", "paid_pence": 1}, Paid(1, 0, "CHF")),
        ({**V1, "paid_pence": 0}, None),
        ({name: value for name, value in V1.items() if name != "paid_pence"}, None),
        (BEFORE_PAYMENTS, None),
    ],
    ids=["paid", "francs", "nobody paid", "without the amount", "before payments"],
)
def test_what_a_cancellation_kept_of_a_payment_is_what_was_paid(recorded: dict[str, Any], paid: Paid | None) -> None:
    before = json.dumps(recorded)
    fact = msgspec.convert(upcast("AppointmentCancelled", 1, recorded), AppointmentCancelled)
    assert fact.paid == paid
    assert json.dumps(recorded) == before, "what was recorded is shown as it was recorded"


def test_nothing_else_of_a_cancellation_changes() -> None:
    after = appointment_cancelled_1_to_2(V1)
    assert after == {name: value for name, value in V1.items() if name not in {"paid_pence", "currency"}} | {
        "paid": {"amount_pence": 4500, "refunded_pence": 0, "currency": "GBP"}
    }


def test_the_present_version_is_left_as_it_is() -> None:
    v2 = json.loads((GOLDEN / "AppointmentCancelled.v2.json").read_text(encoding="utf-8"))
    assert upcast("AppointmentCancelled", 2, v2) is v2
    assert msgspec.convert(v2, AppointmentCancelled).paid == Paid(4500, 1500, "GBP")


@pytest.mark.parametrize("wrong", ["45.00", True, {}, [4500], 4500.5])
def test_an_amount_of_version_1_that_is_none_is_malformed_not_a_crash(wrong: Any) -> None:
    if wrong:
        with pytest.raises(MalformedEvent, match="amount_pence"):
            check_wire("AppointmentCancelled", 1, V1 | {"paid_pence": wrong})
    else:
        check_wire("AppointmentCancelled", 1, V1 | {"paid_pence": wrong})
