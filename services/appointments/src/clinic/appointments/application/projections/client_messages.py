"""What did this client write, who read it, and is it dealt with? Sealed: only identity can read it (F33)."""

from collections.abc import Sequence
from typing import Any

from clinic.appointments.application.projections.changes import Change, Changed, Row, View
from clinic.contracts.appointments import (
    ClientMessageDealtWith,
    ClientMessageLeft,
    ClientMessageRead,
    ClientMessageReopened,
)
from clinic.contracts.codec import to_data, to_fact
from clinic.kernel.canonical import canonical_json
from clinic.kernel.recorded import Recorded


def left(recorded: Recorded) -> Sequence[Change]:
    """One row per message."""
    fact: ClientMessageLeft = to_fact(recorded)
    return [
        Row(
            {
                "practice_id": recorded.practice_id,
                "client_id": fact.client_id,
                "message_id": fact.message_id,
                "event_id": recorded.event_id,
                "appointment_id": fact.appointment_id,
                "about": fact.about,
                "sealed": canonical_json(to_data(fact.sealed)),
                "left_at": recorded.recorded_at,
                "position": recorded.position,
                "dealt_with_by": None,
                "dealt_with_at": None,
                "read_by": [],
                "read_at": [],
            }
        )
    ]


def read(recorded: Recorded) -> Sequence[Change]:
    """Another user read it, and when."""
    fact: ClientMessageRead = to_fact(recorded)
    appended: dict[str, list[Any]] = {"read_by": [recorded.actor.id], "read_at": [recorded.recorded_at]}
    return [Changed(_key(recorded, fact), {}, appended=appended)]


def dealt_with(recorded: Recorded) -> Sequence[Change]:
    """By whom, and when."""
    fact: ClientMessageDealtWith = to_fact(recorded)
    values = {"dealt_with_by": recorded.actor.id, "dealt_with_at": recorded.recorded_at}
    return [Changed(_key(recorded, fact), values)]


def reopened(recorded: Recorded) -> Sequence[Change]:
    """It waits again."""
    fact: ClientMessageReopened = to_fact(recorded)
    return [Changed(_key(recorded, fact), {"dealt_with_by": None, "dealt_with_at": None})]


def _key(
    recorded: Recorded, fact: ClientMessageRead | ClientMessageDealtWith | ClientMessageReopened
) -> dict[str, Any]:
    return {"practice_id": recorded.practice_id, "message_id": fact.message_id}


CLIENT_MESSAGES = View(
    "client_messages",
    2,
    {
        "ClientMessageLeft": left,
        "ClientMessageRead": read,
        "ClientMessageDealtWith": dealt_with,
        "ClientMessageReopened": reopened,
    },
    ignores=(
        "AppointmentBooked",
        "AppointmentImported",
        "AppointmentRescheduled",
        "AppointmentCancelled",
        "AppointmentStatusChanged",
        "AppointmentRulesChanged",
        "PaymentRecorded",
        "RefundRecorded",
        "PortalSettingsChanged",
        "ChangeRefused",
    ),
    key="message_id",
)
