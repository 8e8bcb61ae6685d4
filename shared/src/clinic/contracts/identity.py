"""Events of identity: that something happened to a record, never the personal data in it."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["site_administrator", "clinician", "receptionist", "auditor"]

ADMINISTRATOR: Role = "site_administrator"
WRITERS: tuple[Role, ...] = (ADMINISTRATOR, "clinician", "receptionist")
"""Every role but the auditor's, who only reads."""
AUDITORS: tuple[Role, ...] = (ADMINISTRATOR, "auditor")
"""Who looks at the past of the ledger (F50)."""


@dataclass(frozen=True, slots=True)
class PracticeCreated:
    """A practice exists. `zone` is its IANA zone."""

    practice_id: UUID
    slug: str
    zone: str


@dataclass(frozen=True, slots=True)
class UserRegistered:
    """A staff member may sign in once they have set a password."""

    user_id: UUID
    role: Role


@dataclass(frozen=True, slots=True)
class ClientRegistered:
    """A client's record exists and has a key pair."""

    client_id: UUID
    key_id: UUID


@dataclass(frozen=True, slots=True)
class ClientDetailsChanged:
    """Staff changed a client's record: the names of the fields, never their values."""

    client_id: UUID
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientUnlocked:
    """Staff cleared the counted tries of a client (F14)."""

    client_id: UUID


@dataclass(frozen=True, slots=True)
class ClientMessagesUnsealed:
    """Messages of a client were read in clear: which, and why. Who is in the envelope (F33)."""

    client_id: UUID
    message_event_ids: tuple[UUID, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SignInLinkRequested:
    """Somebody asked for a sign-in link by a contact that is on record (F9, F13); which one only identity knows.

    The link is minted, and the address told, when the message is sent.
    """

    request_id: UUID
    channel: Literal["email", "sms"]
