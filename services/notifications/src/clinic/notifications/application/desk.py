"""What staff see and ask for: messages with their states, alerts, and the port to where they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from clinic.contracts.appointments import Paid
from clinic.notifications.application.ports import Intention
from clinic.notifications.domain.alert_switches import AlertSwitches
from clinic.notifications.domain.messages import Channel, Recipient, State, Told


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message as staff see it (F47)."""

    id: UUID
    kind: str
    channel: str
    appointment_id: UUID
    client_id: UUID
    state: State
    reason: str | None
    queued_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    subject: str
    resend_of: UUID | None
    recipient: Recipient = "client"


@dataclass(frozen=True, slots=True)
class AlertShown:
    """An alert as its user sees it."""

    id: UUID
    kind: str
    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    old_starts_at: datetime | None
    starts_at: datetime
    zone: str
    has_message: bool
    at: datetime
    read_at: datetime | None
    paid: Paid | None


@dataclass(frozen=True, slots=True)
class Original:
    """A message that is to be sent again, to the same recipient in the same words."""

    told: Told
    channel: Channel
    recipient: Recipient
    subject: str
    wording: str | None


class Desk(Protocol):
    """What the API reads and writes for staff of one practice; each call is a transaction of its own."""

    def now(self) -> datetime:
        """The database's present instant."""

    def put(self, practice_id: UUID, intentions: list[Intention]) -> list[QueuedMessage]:
        """Queues messages and returns them; those that exist by the same cause are returned as they are."""

    def of_cause(self, practice_id: UUID, cause_id: UUID) -> list[QueuedMessage]:
        """The messages that a command queued, e-mail first."""

    def original(self, practice_id: UUID, message_id: UUID) -> Original | None:
        """The message to send again, None where the practice has none such."""

    def messages(
        self, practice_id: UUID, *, client_id: UUID | None, appointment_id: UUID | None
    ) -> list[QueuedMessage]:
        """At most 200 messages, newest first."""

    def alerts(self, practice_id: UUID, user_id: UUID, *, unread_only: bool) -> tuple[list[AlertShown], int]:
        """At most 200 alerts of a user, newest first, and the number of all that are unread."""

    def read_alert(self, practice_id: UUID, user_id: UUID, alert_id: UUID) -> bool:
        """Marks an alert of this user as read; False where they have none such."""

    def read_all_alerts(self, practice_id: UUID, user_id: UUID) -> None:
        """Marks all alerts of this user as read."""

    def switches(self, practice_id: UUID, user_id: UUID) -> AlertSwitches:
        """The user's alert switches as they hold now; all off for who never set any."""

    def set_switches(self, practice_id: UUID, user_id: UUID, switches: AlertSwitches, by: UUID) -> None:
        """Holds from now on; the same again records nothing."""
