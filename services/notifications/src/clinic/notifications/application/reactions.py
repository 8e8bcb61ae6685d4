"""What notifications does when the ledger tells of something: one function per event, each writes to the database only.

Sending is the sender's: replaying events or rebuilding can never send (architecture.md section 5).
"""

from dataclasses import replace

from clinic.contracts.appointments import AppointmentCancelled, AppointmentRescheduled
from clinic.contracts.codec import to_fact
from clinic.contracts.erasure import ClientErased
from clinic.contracts.identity import SignInLinkRequested
from clinic.kernel.recorded import Recorded
from clinic.notifications.application.ports import Intention, Queue
from clinic.notifications.application.wording import worded
from clinic.notifications.domain.alert_switches import alerted_users
from clinic.notifications.domain.alerts import alert_of
from clinic.notifications.domain.communications import trigger_of
from clinic.notifications.domain.messages import (
    CHANNELS,
    Happened,
    SignIn,
    alert_cause,
    alert_told_by,
    not_after,
    sign_in_not_after,
    told_by,
)

IGNORED = (
    "AppointmentImported",
    "AppointmentRulesChanged",
    "PaymentRecorded",
    "RefundRecorded",
    "ClientMessageLeft",
    "ClientMessageRead",
    "ClientMessageDealtWith",
    "ClientMessageReopened",
    "PortalSettingsChanged",
    "ChangeRefused",
)
"""Events of appointments that tell nobody anything: an imported appointment sends no message (F49)."""

IGNORED_OF_IDENTITY = (
    "PracticeCreated",
    "UserRegistered",
    "ClientRegistered",
    "ClientDetailsChanged",
    "ClientUnlocked",
    "ClientMessagesUnsealed",
    "ConfirmationRefused",
    "LegalHoldPlaced",
    "LegalHoldLifted",
    "ClientRecordExported",
)
"""Events of identity that tell nobody anything."""


def when_sign_in_link_requested_queue_message(queue: Queue, recorded: Recorded) -> None:
    """Whoever asked is sent a link, on the channel that they asked by (F9)."""
    fact: SignInLinkRequested = to_fact(recorded)
    latest = sign_in_not_after(recorded.recorded_at)
    queue.put(Intention(recorded.event_id, fact.channel, SignIn(fact.request_id), latest))


def when_client_erased_blank_what_is_held(queue: Queue, recorded: Recorded) -> None:
    """Texts and references are gone, what was still wanted is never sent (F52)."""
    fact: ClientErased = to_fact(recorded)
    queue.erase(fact.client_id)


def when_appointment_booked_queue_confirmation(queue: Queue, recorded: Recorded) -> None:
    """The client is sent a confirmation."""
    _queue_message(queue, recorded, to_fact(recorded))


def when_appointment_rescheduled_tell_client_and_users(queue: Queue, recorded: Recorded) -> None:
    """The client is sent old and new time; where the client did it, users are alerted."""
    fact: AppointmentRescheduled = to_fact(recorded)
    _queue_message(queue, recorded, fact)
    _alert(queue, recorded, fact)


def when_appointment_cancelled_tell_client_and_users(queue: Queue, recorded: Recorded) -> None:
    """The client is sent the cancellation; where the client did it, users are alerted."""
    fact: AppointmentCancelled = to_fact(recorded)
    _queue_message(queue, recorded, fact)
    _alert(queue, recorded, fact)


def when_appointment_status_changed_tell_client(queue: Queue, recorded: Recorded) -> None:
    """The client is told of the status, where the practice's triggers say so."""
    _queue_message(queue, recorded, to_fact(recorded))


def _queue_message(queue: Queue, recorded: Recorded, fact: Happened) -> None:
    """One message per channel that the practice's triggers of that moment switch on; none about an import (F49)."""
    if recorded.actor.kind == "import":
        return
    told = told_by(fact)
    latest = not_after(told.kind, recorded.recorded_at, told.starts_at)
    decided = queue.communications_at(recorded.recorded_at)
    for channel in CHANNELS:
        trigger = trigger_of(decided, told.kind, channel, fact.appointment_type_id)
        if trigger is not None and trigger.on:
            intention = Intention(cause_id=recorded.event_id, channel=channel, told=told, not_after=latest)
            queue.put(worded(intention, told, decided, fact.appointment_type_id))


def _alert(queue: Queue, recorded: Recorded, fact: AppointmentRescheduled | AppointmentCancelled) -> None:
    alert = alert_of(fact, recorded)
    if alert is None:
        return
    held = queue.switches_at(recorded.recorded_at)
    users = alerted_users(
        alert.kind, alert.clinician_id, alert.old_starts_at or alert.starts_at, recorded.recorded_at, held
    )
    for user_id in sorted(users.in_app):
        queue.alert(replace(alert, user_id=user_id))
    told = alert_told_by(fact)
    latest = not_after(told.kind, recorded.recorded_at, told.starts_at)
    for user_id in sorted(users.by_email):
        cause = alert_cause(recorded.event_id, user_id)
        queue.put(Intention(cause_id=cause, channel="email", told=told, not_after=latest, user_id=user_id))
