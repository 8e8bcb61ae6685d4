"""What happened to this appointment? In sentences that name no person: `{client}`, `{clinician}`, `{user}` (F33, F50).

Times are the wall times that the events recorded, so a sentence never changes with the tz database.
"""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

from clinic.appointments.application.projections.changes import NOT_OF_AN_APPOINTMENT, Change, Row, View
from clinic.appointments.application.projections.staff_sentences import (
    paid_sentence,
    payment_sentence,
    refund_sentence,
    rules_sentence,
    status_sentence,
    status_words,
    when,
)
from clinic.appointments.domain.appointment import AppointmentEvent
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentRulesChanged,
    AppointmentStatusChanged,
    PaymentRecorded,
    RefundRecorded,
)
from clinic.contracts.codec import to_fact
from clinic.kernel.recorded import Actor, Recorded

TITLES = {
    "AppointmentBooked": "Booked",
    "AppointmentImported": "Imported",
    "AppointmentRescheduled": "Moved",
    "AppointmentCancelled": "Cancelled",
    "AppointmentStatusChanged": "Status changed",
    "AppointmentRulesChanged": "Online rules changed",
    "PaymentRecorded": "Paid",
    "RefundRecorded": "Refunded",
}


def told(recorded: Recorded) -> Sequence[Change]:
    """One row per event of an appointment."""
    fact: AppointmentEvent = to_fact(recorded)
    return [
        Row(
            {
                "practice_id": recorded.practice_id,
                "appointment_id": fact.appointment_id,
                "position": recorded.position,
                "recorded_at": recorded.recorded_at,
                "actor_kind": recorded.actor.kind,
                "actor_id": recorded.actor.id,
                "type": recorded.type,
                "title": TITLES[recorded.type],
                "sentence": sentence(fact, recorded.actor),
                "message_id": message_of(fact),
            }
        )
    ]


def sentence(fact: AppointmentEvent, actor: Actor) -> str:
    """What happened, in one or more sentences."""
    who = _who(actor)
    match fact:
        case AppointmentBooked():
            said = [f"{who} booked the appointment with {{clinician}} for {when(fact.slot)}."]
        case AppointmentImported():
            said = [
                f"The appointment with {{clinician}} on {when(fact.slot)} was taken over from another system"
                f" as {status_words(fact.status)}."
            ]
        case AppointmentRescheduled():
            said = [f"{who} moved the appointment from {when(fact.old)} to {when(fact.new)}."]
        case AppointmentCancelled():
            said = [f"{who} cancelled the appointment on {when(fact.slot)}; it is now {status_words(fact.status)}."]
            if fact.policy_text:
                said.append(f"The cancellation policy, version {fact.policy.policy_text_version}, was shown before.")
            if fact.paid:
                said.append(paid_sentence(fact.paid))
        case AppointmentStatusChanged():
            said = [status_sentence(who, fact)]
        case AppointmentRulesChanged():
            said = [rules_sentence(who, fact.rules)]
        case PaymentRecorded():
            said = [payment_sentence(who, fact)]
        case RefundRecorded():
            said = [refund_sentence(who, fact)]
        case _:
            assert_never(fact)
    if getattr(fact, "overlap_accepted", False):
        knowingly = "" if isinstance(fact, AppointmentImported) else ", knowingly"
        said.append(f"It overlaps another appointment{knowingly}.")
    if message_of(fact):
        said.append("{client} left a message.")
    return " ".join(said)


def message_of(fact: AppointmentEvent) -> UUID | None:
    """The message that the client left with it."""
    return fact.message_id if isinstance(fact, AppointmentRescheduled | AppointmentCancelled) else None


def _who(actor: Actor) -> str:
    return {"client": "{client}", "staff": "{user}", "system": "The system", "import": "The import"}[actor.kind]


APPOINTMENT_HISTORY = View("appointment_history", 2, dict.fromkeys(TITLES, told), ignores=NOT_OF_AN_APPOINTMENT)
