"""What did this client write? Sealed: only identity can read it."""

from collections.abc import Sequence

from clinic.appointments.application.projections.changes import NOT_SHOWN_YET, Change, Row, View
from clinic.contracts.appointments import ClientMessageLeft
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
            }
        )
    ]


CLIENT_MESSAGES = View(
    "client_messages",
    1,
    {"ClientMessageLeft": left},
    ignores=(
        "AppointmentBooked",
        "AppointmentImported",
        "AppointmentRescheduled",
        "AppointmentCancelled",
        "PortalSettingsChanged",
        "ClientMessageRead",
        "ClientMessageDealtWith",
        "ClientMessageReopened",
        *NOT_SHOWN_YET,
    ),
)
