"""Who is looking at a page: a practice, and a client or a member of its staff, as identity answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Face = Literal["client", "staff"]


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice as its own pages show it. `zone` is its IANA zone."""

    id: UUID
    name: str
    slug: str
    phone: str
    email: str
    zone: str
    nation: str


@dataclass(frozen=True, slots=True)
class PracticeFront:
    """A practice and identity's copy of its portal switch: enough to pick the page, not to allow anything (F5)."""

    practice: Practice
    portal_on: bool
    off_text: str


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a client's session."""

    id: UUID
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class User:
    """The member of staff of a staff session; `role` as in identity's contracts."""

    id: UUID
    name: str
    role: str
    email: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several records that the confirmed facts fit (F13)."""

    client_id: UUID
    first_name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that identity just confirmed. `tokens` (service → signed token) are valid for 60 seconds.

    A client's session from an appointment link has `appointment_id`: it reaches that appointment only (F8). One whose
    facts fit several records has `choices`; until one is chosen it has neither client nor tokens and reaches nothing
    (F13). Both ends are instants in UTC; the earlier one ends the session.
    """

    session_id: UUID
    kind: str
    practice: Practice
    client: Client | None
    user: User | None
    appointment_id: UUID | None
    idle_expires_at: datetime
    absolute_expires_at: datetime
    tokens: Mapping[str, str]
    choices: tuple[Choice, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """When the session ends if nothing more is opened."""
        return min(self.idle_expires_at, self.absolute_expires_at)
