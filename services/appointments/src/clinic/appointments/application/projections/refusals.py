"""What was asked for and refused, by which rule? One row per recorded refusal (F53)."""

from collections.abc import Sequence

from clinic.appointments.application.projections.changes import NOT_OF_AN_APPOINTMENT, Change, Row, View
from clinic.contracts.codec import to_fact
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.recorded import Recorded


def refused(recorded: Recorded) -> Sequence[Change]:
    """One row; nothing ever changes it."""
    fact: ChangeRefused = to_fact(recorded)
    return [
        Row(
            {
                "practice_id": recorded.practice_id,
                "position": recorded.position,
                "recorded_at": recorded.recorded_at,
                "actor_kind": recorded.actor.kind,
                "actor_id": recorded.actor.id,
                "appointment_id": fact.appointment_id,
                "client_id": fact.client_id,
                "clinician_id": fact.clinician_id,
                "wanted": fact.wanted,
                "code": fact.code,
                "starts_at": fact.slot.starts_at,
                "zone": fact.slot.zone,
                "wanted_starts_at": fact.wanted_starts_at,
                "unrecorded_before": fact.unrecorded_before,
            }
        )
    ]


REFUSALS = View(
    "refusals",
    1,
    {"ChangeRefused": refused},
    ignores=(
        "AppointmentBooked",
        "AppointmentImported",
        "AppointmentRescheduled",
        "AppointmentCancelled",
        "AppointmentStatusChanged",
        "AppointmentRulesChanged",
        "PaymentRecorded",
        "RefundRecorded",
        *(name for name in NOT_OF_AN_APPOINTMENT if name != "ChangeRefused"),
    ),
)
