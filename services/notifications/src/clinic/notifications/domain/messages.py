"""A message to a client or their next of kin, or an alert to a user: what it tells, and how long it is worth it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    Paid,
)
from clinic.notifications.domain.default_texts import SUBJECTS, subject_of

Kind = Literal[
    "confirmation", "changed", "cancelled", "status_changed", "reminder", "alert_changed", "alert_cancelled", "sign_in"
]
Channel = Literal["email", "sms"]
Recipient = Literal["client", "next_of_kin"]
State = Literal["queued", "sending", "sent", "failed", "unknown", "suppressed"]

CHANNELS: tuple[Channel, ...] = ("email", "sms")
ALERTS: tuple[Kind, ...] = ("alert_changed", "alert_cancelled")
"""Kinds that go to users, by e-mail only."""

COPIED: tuple[Kind, ...] = ("confirmation", "changed", "cancelled", "reminder")
"""Kinds that the next of kin gets a copy of (F45)."""

MAX_AGE: Mapping[Kind, timedelta] = {
    "confirmation": timedelta(hours=24),
    "changed": timedelta(hours=24),
    "cancelled": timedelta(hours=24),
    "status_changed": timedelta(hours=24),
    "reminder": timedelta(hours=1),
    "alert_changed": timedelta(hours=24),
    "alert_cancelled": timedelta(hours=24),
    "sign_in": timedelta(minutes=15),
}
"""How long after its cause a message may still be sent: nothing old is ever sent (architecture.md section 5)."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A link that somebody asked for by a contact (F9): which one, and whose, only identity knows (ADR 0024)."""

    request_id: UUID

    @property
    def kind(self) -> Kind:
        """Always `sign_in`."""
        return "sign_in"

    @property
    def subject(self) -> str:
        """As it is stored."""
        return SUBJECTS["sign_in"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells of an appointment: the state at `revision`. Instants are UTC, `zone` the location's.

    `minutes_before` belongs to a reminder; `paid` is what had been paid, and refunded, for what was cancelled (F34).
    """

    kind: Kind
    appointment_id: UUID
    client_id: UUID
    revision: int
    old_starts_at: datetime | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    minutes_before: int | None = None
    paid: Paid | None = None

    @property
    def subject(self) -> str:
        """The subject line, made of the time alone: nothing clinical, no name (F48)."""
        return subject_of(self.kind, self.starts_at, self.zone)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the sender holds it: leased, not yet sent. `now` is the database's time of the lease.

    With a `user_id` it is an alert to that user, otherwise it goes to the `recipient` on the side of the client whom it
    tells of. `wording` is the practice's own text, None for the built-in one. `is_first` is false for a message that
    staff sent again.
    """

    practice_id: UUID
    message_id: UUID
    lease_id: UUID
    channel: Channel
    told: Told | SignIn
    attempts: int
    not_after: datetime
    now: datetime
    user_id: UUID | None = None
    subject: str = ""
    wording: str | None = None
    recipient: Recipient = "client"
    is_first: bool = True


def not_after(kind: Kind, caused_at: datetime, starts_at: datetime) -> datetime:
    """The last instant at which a message may be sent: its kind's age limit.

    A client's is never sent after the start; an alert tells of a fact that stays true.
    """
    latest = caused_at + MAX_AGE[kind]
    return latest if kind in ALERTS else min(latest, starts_at)


def sign_in_not_after(requested_at: datetime) -> datetime:
    """The last instant at which a link that was asked for is still sent: whoever waits for it has given up by then."""
    return requested_at + MAX_AGE["sign_in"]


Happened = AppointmentBooked | AppointmentRescheduled | AppointmentCancelled | AppointmentStatusChanged
"""What clients are told of."""


def told_by(fact: Happened) -> Told:
    """What the client is told when this happened."""
    match fact:
        case AppointmentBooked():
            kind: Kind = "confirmation"
            old, slot = None, fact.slot
        case AppointmentRescheduled():
            kind, old, slot = "changed", fact.old.starts_at, fact.new
        case AppointmentCancelled():
            kind, old, slot = "cancelled", None, fact.slot
        case AppointmentStatusChanged():
            kind, old, slot = "status_changed", None, fact.slot
    return Told(
        kind=kind,
        appointment_id=fact.appointment_id,
        client_id=fact.client_id,
        revision=fact.revision,
        old_starts_at=old,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        zone=slot.zone,
        paid=paid_for(fact),
    )


def paid_for(fact: Happened) -> Paid | None:
    """What had been paid and refunded for what was cancelled; nothing for anything else (F34)."""
    return fact.paid if isinstance(fact, AppointmentCancelled) else None


def alert_told_by(fact: AppointmentRescheduled | AppointmentCancelled) -> Told:
    """What a user is alerted to by e-mail when this happened: never what the client wrote (F33)."""
    told = told_by(fact)
    return replace(told, kind="alert_changed" if told.kind == "changed" else "alert_cancelled")


def alert_cause(event_id: UUID, user_id: UUID) -> UUID:
    """The cause of a user's alert e-mail: the same for the same event and user, another for any other."""
    return uuid5(event_id, str(user_id))
