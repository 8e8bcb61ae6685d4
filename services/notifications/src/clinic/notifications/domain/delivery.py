"""Whether a message may go now, and when a message that could not go is tried again (F45-F47)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.notifications.domain.messages import ALERTS, COPIED, Channel, Message, Told

SUPERSEDED = "the appointment has changed since"
TOO_OLD = "too old"
NO_APPOINTMENT = "the appointment does not exist"
NO_CLIENT = "the client has no record"
CLIENT_ERASED = "the client was erased"
NO_USER = "the user has no record"
NO_REQUEST = "the link is asked for no longer, or its contact is nobody's any more"
NOT_OPTED_IN = {
    "email": "the client has not opted in to e-mail",
    "sms": "the client has not opted in to text messages",
}
NO_ADDRESS = {"email": "no e-mail address on the record", "sms": "no mobile number on the record"}
NO_NEXT_OF_KIN = "the client has no next of kin on record"
NOT_OPTED_IN_KIN = {
    "email": "the next of kin gets no e-mail",
    "sms": "the next of kin gets no text messages",
}
LEASE_EXPIRED = "the sender stopped while it was sending"

_BACK_OFF_SECONDS = (2, 5, 15, 60, 300)


@dataclass(frozen=True, slots=True)
class AppointmentNow:
    """The ledger's present word about an appointment."""

    revision: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    cancelled: bool
    clinician_id: UUID
    location_id: UUID
    video: bool
    status_for_client: str = ""


@dataclass(frozen=True, slots=True)
class NextOfKin:
    """Whom a client named (F45); personal as the client's own details are."""

    name: str
    email: str
    mobile: str
    email_opt_in: bool
    sms_opt_in: bool

    def __repr__(self) -> str:
        return "NextOfKin(…)"

    def address(self, channel: Channel) -> str:
        """The address for a channel, empty where there is none."""
        return self.email if channel == "email" else self.mobile

    def opted_in(self, channel: Channel) -> bool:
        """Whether copies go to them on this channel."""
        return self.email_opt_in if channel == "email" else self.sms_opt_in


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom identity has on record; personal, so it is never stored here and never shown by `repr`."""

    first_name: str
    last_name: str
    email: str
    mobile: str
    email_opt_in: bool
    sms_opt_in: bool
    next_of_kin: NextOfKin | None = None

    def __repr__(self) -> str:
        return "Contact(…)"

    def address(self, channel: Channel) -> str:
        """The address for a channel, empty where there is none."""
        return self.email if channel == "email" else self.mobile

    def opted_in(self, channel: Channel) -> bool:
        """Whether the client agreed to this channel."""
        return self.email_opt_in if channel == "email" else self.sms_opt_in


class Suppressed(Exception):
    """The message must not go, and that is right: the text says why."""


class Failed(Exception):
    """The message cannot go, now or later: the text says why."""


class NotYet(Exception):
    """The message cannot go at the moment: tried again with back-off until it is too old."""


def judge_age(message: Message) -> None:
    """Failed when the message's time is over: nothing old is ever sent."""
    if message.now >= message.not_after:
        raise Failed(TOO_OLD)


def judge_state(told: Told, appointment: AppointmentNow) -> None:
    """Suppressed when the appointment's revision is past the one that the message tells of (F46); an alert never is.

    A revision that is lower is a ledger restored to an older point: NotYet, until the message is too old.
    """
    if appointment.revision < told.revision:
        raise NotYet("the ledger does not know this state")
    if told.kind in ALERTS:
        return
    if not _still_holds(told, appointment):
        raise Suppressed(SUPERSEDED)


def _still_holds(told: Told, appointment: AppointmentNow) -> bool:
    """A reminder holds as long as the appointment takes place at its time, whatever else changed since."""
    if told.kind == "reminder":
        return not appointment.cancelled and appointment.starts_at == told.starts_at
    if appointment.revision > told.revision or appointment.starts_at != told.starts_at:
        return False  # the same revision at another time: of a history that a restore of the ledger took back
    return told.kind == "status_changed" or appointment.cancelled == (told.kind == "cancelled")


def judge_contact(message: Message, contact: Contact) -> str:
    """The address to send to; Suppressed without opt-in (F45), Failed without an address."""
    if not contact.opted_in(message.channel):
        raise Suppressed(NOT_OPTED_IN[message.channel])
    if not contact.address(message.channel):
        raise Failed(NO_ADDRESS[message.channel])
    return contact.address(message.channel)


def wants_copy(message: Message, contact: Contact) -> bool:
    """Whether the client's next of kin is to be sent a copy of a message to the client (F45).

    What staff send again goes to the client alone; an address that the client's own message goes to gets no copy.
    """
    kin, channel = contact.next_of_kin, message.channel
    if kin is None or not message.is_first or message.told.kind not in COPIED:
        return False
    if not kin.opted_in(channel) or not kin.address(channel):
        return False
    return not (contact.opted_in(channel) and contact.address(channel).lower() == kin.address(channel).lower())


def judge_next_of_kin(message: Message, contact: Contact) -> NextOfKin:
    """The next of kin to write to; Suppressed where there is none any more who wants this channel."""
    kin = contact.next_of_kin
    if kin is None:
        raise Suppressed(NO_NEXT_OF_KIN)
    if not kin.opted_in(message.channel) or not kin.address(message.channel):
        raise Suppressed(NOT_OPTED_IN_KIN[message.channel])
    return kin


def wait_after(attempts: int) -> timedelta:
    """How long to wait after the given number of attempts (1, 2, …) before the next."""
    return timedelta(seconds=_BACK_OFF_SECONDS[min(attempts, len(_BACK_OFF_SECONDS)) - 1])
