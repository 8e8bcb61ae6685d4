"""What identity's use cases need from outside. `Rows` is one transaction that sees one practice."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from clinic.identity.application.rows import Rows
from clinic.identity.domain.erasures import Receipt
from clinic.identity.domain.links import AppointmentTime
from clinic.identity.domain.sessions import Session
from clinic.identity.domain.users import User


class Store(Protocol):
    """Identity's database."""

    def practice_of_slug(self, slug: str) -> UUID | None:
        """The practice that an address of the portal means."""

    def practices(self) -> list[UUID]:
        """Every practice."""

    def rows(self, practice_id: UUID) -> AbstractContextManager[Rows]:
        """A transaction: committed at its end, rolled back by an exception."""


class Keys(Protocol):
    """The database of clients' private keys."""

    def private_keys(self, practice_id: UUID, client_id: UUID, key_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """The raw X25519 keys that (still) exist, of this client only."""

    def add(self, practice_id: UUID, keys: Sequence[tuple[UUID, UUID, bytes]]) -> None:
        """Keeps (client, key id, raw private key), in one transaction."""

    def destroy(self, practice_id: UUID, receipts: Sequence[Receipt]) -> None:
        """The keys of these clients are gone for good and the receipts stay, in one transaction."""

    def receipts(self, practice_id: UUID) -> list[Receipt]:
        """Of every client whose key was destroyed."""


class Receipts(Protocol):
    """Receipts of erasures where they can be shipped away."""

    def keep(self, receipts: Sequence[Receipt]) -> None:
        """Keeps those that are not there yet; Unavailable where it cannot."""

    def all(self) -> list[Receipt]:
        """Of all practices; Unavailable where one of them cannot be read."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """What erasing needs: the records, the keys, and the receipts elsewhere."""

    store: Store
    keys: Keys
    receipts: Receipts


class KeyPairs(Protocol):
    """How a client's key pair is made."""

    def __call__(self) -> tuple[bytes, bytes]:
        """A new X25519 key pair, raw: private, public."""


class Appointments(Protocol):
    """The ledger's present word on appointments."""

    def time_of(self, practice_id: UUID, appointment_id: UUID) -> AppointmentTime | None:
        """Whose it is and when it starts; None where there is no such appointment; Unavailable without an answer."""


class Passwords(Protocol):
    """How passwords are kept."""

    def hash(self, password: str) -> str:
        """What is kept of a password."""

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; takes as long where nothing is kept (False)."""


class Patience(Protocol):
    """How an answer is held back (F14)."""

    def wait(self, *, with_link: bool) -> bool:
        """Waits; False at once where too many are waiting already. Those without a valid link wait apart."""


class Tokens(Protocol):
    """Short signed tokens by which services know a person."""

    def mint(self, practice_id: UUID, session: Session, user: User | None) -> dict[str, str]:
        """One token for each audience."""


class Alarms(Protocol):
    """How operators are told."""

    def many_wrong_posts(self, practice_id: UUID) -> None:
        """A practice has reached the limit of wrong posts within an hour (F14)."""

    def sign_in_budget_reached(self, practice_id: UUID) -> None:
        """A practice has reached its daily budget of sign-in links: further ones are not sent."""


class Unsealing(Protocol):
    """How a sealed text becomes clear."""

    def __call__(self, sealed: Any, private_key: bytes, event_id: UUID) -> str | None:
        """The text; None where key, event or bytes do not fit."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that identity's use cases are given. Addresses have no trailing slash."""

    store: Store
    keys: Keys
    receipts: Receipts
    appointments: Appointments
    passwords: Passwords
    patience: Patience
    tokens: Tokens
    alarms: Alarms
    unseal: Unsealing
    new_key_pair: KeyPairs
    client_portal_url: str
    staff_url: str

    @property
    def erasing(self) -> Erasing:
        """The part that erasing needs."""
        return Erasing(self.store, self.keys, self.receipts)
