"""An in-app alert in words: who changed what, old to new (F31)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.kernel.client_time import say_instant_for_staff
from clinic.portal.application.staff.history import Names
from clinic.portal.application.staff.moments import read_instant
from clinic.portal.application.staff.money import paid_before_cancelling


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the notifications; `has_message` says that the client left a message with it."""

    id: str
    title: str
    sentence: str
    at: str
    has_message: bool
    is_read: bool
    appointment_id: str
    client_id: str
    client: str


def tell(alert: Mapping[str, Any], names: Names, practice_zone: str) -> Alert:
    """The alert of docs/http.md, told: appointment times in the location's zone, its own time in the practice's."""
    client, clinician = names.client(alert["client_id"]), names.user(alert["clinician_id"])
    starts = say_instant_for_staff(read_instant(alert["starts_at"]), alert["zone"])
    if alert["kind"] == "rescheduled":
        title = f"{client} changed an appointment"
        old = say_instant_for_staff(read_instant(alert["old_starts_at"]), alert["zone"])
        sentence = f"With {clinician}: from {old} to {starts}."
    else:
        title = f"{client} cancelled an appointment"
        sentence = f"With {clinician}: {starts}. The time is free again."
        if paid := alert["paid"]:
            sentence += f" {paid_before_cancelling(paid)}"
    return Alert(
        id=alert["id"],
        title=title[:1].upper() + title[1:],
        sentence=sentence,
        at=say_instant_for_staff(read_instant(alert["at"]), practice_zone),
        has_message=bool(alert["has_message"]),
        is_read=alert["read_at"] is not None,
        appointment_id=alert["appointment_id"],
        client_id=alert["client_id"],
        client=client,
    )
