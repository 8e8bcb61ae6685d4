"""When was this appointment ever to be? One row per time that it had: an earlier diary is found by it (ADR 0032)."""

from collections.abc import Sequence

from clinic.appointments.application.projections.changes import NOT_OF_AN_APPOINTMENT, Change, Row, View
from clinic.contracts.appointments import AppointmentBooked, AppointmentImported, AppointmentRescheduled
from clinic.contracts.codec import to_fact
from clinic.kernel.recorded import Recorded


def was_given(recorded: Recorded) -> Sequence[Change]:
    """The time that the event gave it. Rows are never changed: what an appointment had, it had."""
    fact: AppointmentBooked | AppointmentImported | AppointmentRescheduled = to_fact(recorded)
    slot = fact.new if isinstance(fact, AppointmentRescheduled) else fact.slot
    return [
        Row(
            {
                "practice_id": recorded.practice_id,
                "appointment_id": fact.appointment_id,
                "position": recorded.position,
                "starts_at": slot.starts_at,
                "ends_at": slot.ends_at,
            }
        )
    ]


APPOINTMENT_TIMES = View(
    "appointment_times",
    1,
    {"AppointmentBooked": was_given, "AppointmentImported": was_given, "AppointmentRescheduled": was_given},
    ignores=(
        "AppointmentCancelled",
        "AppointmentStatusChanged",
        "AppointmentRulesChanged",
        "PaymentRecorded",
        "RefundRecorded",
        *NOT_OF_AN_APPOINTMENT,
    ),
)
