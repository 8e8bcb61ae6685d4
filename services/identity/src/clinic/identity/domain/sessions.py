"""Sessions: 30 minutes idle, 8 hours in all, ended by the server (F14, architecture.md section 6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Face = Literal["client", "staff"]

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is kept. A client's has `client_id`, and `appointment_id` when it is limited to that one.

    `choices` are the clients among whom its holder may choose (twins, F13); until then `client_id` is None, and the
    session reaches nothing.
    """

    session_id: UUID
    face: Face
    client_id: UUID | None
    appointment_id: UUID | None
    user_id: UUID | None
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    choices: tuple[UUID, ...] = ()

    @property
    def is_somebody_s(self) -> bool:
        """Whether it stands for one person: only then there are tokens for it."""
        return self.client_id is not None or self.user_id is not None

    @property
    def absolute_expires_at(self) -> datetime:
        """When it ends whatever is done with it."""
        return self.created_at + ABSOLUTE

    @property
    def idle_expires_at(self) -> datetime:
        """When it ends if nothing more is done with it; never after the absolute end."""
        return min(self.last_seen_at + IDLE, self.absolute_expires_at)


def is_live(session: Session, face: Face, now: datetime) -> bool:
    """Whether the session may still be used, on the face that it was opened for."""
    return session.face == face and session.ended_at is None and now < session.idle_expires_at


def is_worth_noting(session: Session, now: datetime) -> bool:
    """Whether `last_seen_at` is to be written: at most once a minute."""
    return now - session.last_seen_at >= SEEN_EVERY
