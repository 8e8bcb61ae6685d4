"""What the application needs from outside. Fakes and the real adapters pass the same tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from clinic.notifications.domain.alert_switches import AlertSwitches
from clinic.notifications.domain.alerts import Alert
from clinic.notifications.domain.communications import Communications
from clinic.notifications.domain.delivery import AppointmentNow, Contact
from clinic.notifications.domain.messages import Channel, Message, Recipient, SignIn, State, Told
from clinic.notifications.domain.variables import Block


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice as clients know it."""

    id: UUID
    name: str
    slug: str
    phone: str
    email: str
    zone: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an appointment takes place and with whom, in words; one line each, empty when unknown."""

    location: str
    clinician: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A user as identity knows them; personal, so it is never stored here."""

    name: str = field(repr=False)
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Intention:
    """A message to be queued. `cause_id` (an event's or a command's id) makes it unique per client and channel.

    `user_id` makes it an alert to that user; its `cause_id` is then `alert_cause`. `subject` and `wording` are the
    practice's own texts where it has them.
    """

    cause_id: UUID
    channel: Channel
    told: Told | SignIn
    not_after: datetime
    requested_by: UUID | None = None
    resend_of: UUID | None = None
    user_id: UUID | None = None
    recipient: Recipient = "client"
    subject: str | None = None
    wording: str | None = None


class Queue(Protocol):
    """Where reactions write: everything in the transaction of the event's checkpoint."""

    def put(self, intention: Intention) -> None:
        """Queues a message; the same cause, client and channel again stays quiet."""

    def alert(self, alert: Alert) -> None:
        """Keeps an alert; the same event and user again stays quiet."""

    def switches_at(self, instant: datetime) -> Mapping[UUID, AlertSwitches]:
        """The practice's alert switches as they held then, by user; who never set any is left out."""

    def communications_at(self, instant: datetime) -> Communications:
        """The practice's triggers and texts as they held then."""

    def erase(self, client_id: UUID) -> None:
        """Blanks all that is held about a client, and sends nothing of it any more; said twice it stays quiet."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: a final state, or `queued` again with the wait in seconds."""

    state: State
    reason: str | None = None
    body: str | None = None
    provider_reference: str | None = None
    wait_seconds: float = 0.0


class Outbox(Protocol):
    """Where the sender leases messages and records what became of them; each call commits."""

    def lease(self, limit: int) -> list[Message]:
        """Up to `limit` due messages of any practice, at most one per appointment, client and channel, in order.

        Expired leases end first: handed over, they are `unknown`; not handed over, queued again.
        """

    def judge_budget(self, message: Message, zone: str) -> None:
        """OverBudget where the practice's budget of today, a day in `zone`, is used up."""

    def hand_over(self, message: Message, zone: str) -> bool:
        """Notes that a provider hears of the message from now on, and counts it in the day's budget, a day in `zone`.

        False where the lease is no longer ours; OverBudget where the budget is used up, and nothing is noted then.
        """

    def copy_to_next_of_kin(self, message: Message) -> None:
        """Queues a copy of a message to the client; once, however often it is asked for."""

    def record(self, message: Message, ending: Ending) -> None:
        """Ends an attempt. A lease that was ended by somebody else meanwhile only learns that it was sent.

        What the provider itself said meanwhile stands (ADR 22).
        """


@dataclass(frozen=True, slots=True)
class Minted:
    """A sign-in link made just now, and whom it goes to: both only ever in the message that is being sent."""

    url: str = field(repr=False)
    channel: Channel
    address: str = field(repr=False)


class Directory(Protocol):
    """What the other services know; Unavailable while one of them does not answer."""

    def appointment(self, practice_id: UUID, appointment_id: UUID) -> AppointmentNow | None:
        """The ledger's present word, None where there is no such appointment."""

    def told(self, practice_id: UUID, appointment_id: UUID) -> tuple[Told, UUID] | None:
        """The confirmation of the appointment's present state, and its type; None where there is none such."""

    def contact(self, practice_id: UUID, client_id: UUID) -> Contact | None:
        """The client's contact, None where there is no such client."""

    def user(self, practice_id: UUID, user_id: UUID) -> Colleague | None:
        """The user's name and address, None where the practice has no such user."""

    def practice(self, practice_id: UUID) -> Practice:
        """The practice."""

    def place(self, practice_id: UUID, appointment: AppointmentNow) -> Place:
        """Location and clinician in words."""

    def link(self, practice_id: UUID, client_id: UUID, appointment_id: UUID) -> str:
        """A fresh link to the appointment: a secret, only ever put into the message that is being sent."""

    def mint(self, practice_id: UUID, request_id: UUID) -> Minted | None:
        """A fresh sign-in link and its address; None where the request is too old or its contact nobody's any more."""


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """What the calendar file of a letter says (F48)."""

    appointment_id: UUID
    revision: int
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    place: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message made ready: whom it goes to and what it says. Holds a link and an address: never logged or stored.

    After `not_after` nobody may deliver it. `calendar` is None where no calendar file goes with it.
    """

    message_id: UUID
    practice: Practice
    to_address: str = field(repr=False)
    to_name: str = field(repr=False)
    subject: str
    blocks: tuple[Block, ...] = field(repr=False)
    short_text: str = field(repr=False)
    stamped_at: datetime
    not_after: datetime
    calendar: CalendarFacts | None = None

    @property
    def has_calendar_file(self) -> bool:
        """Whether a calendar file goes with it."""
        return self.calendar is not None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message; `reference` is its own id for it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """The provider may have taken it: never sent again by itself."""

    reason: str


class Transport(Protocol):
    """A provider for one channel. Raises Failed (never will), NotYet (not now: certainly not taken)."""

    def send(self, letter: Letter, hand_over: Callable[[], bool]) -> Accepted | Unclear:
        """Sends one letter. `hand_over` is called right before the provider can take it; False means: do not send."""


class LeaseLost(Exception):
    """Somebody else ended this attempt: nothing was sent."""


Transports = Mapping[Channel, Transport]
