"""What a transaction of one practice can read and write, by topic."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from clinic.contracts.refusals import ConfirmationRefused
from clinic.identity.domain.clients import Client, NewClient
from clinic.identity.domain.contacts import Channel, Contact
from clinic.identity.domain.erasures import Erasure, LegalHold
from clinic.identity.domain.links import AppointmentTime, Link
from clinic.identity.domain.practices import Practice
from clinic.identity.domain.refusals import RefusalLine
from clinic.identity.domain.sessions import Session
from clinic.identity.domain.sign_in_requests import SignInRequest
from clinic.identity.domain.users import User
from clinic.kernel.recorded import Actor, Recorded

Said = Mapping[str, Any]


class PracticeRows(Protocol):
    """The practice itself, and the copies of what appointments decide."""

    def now(self) -> datetime:
        """The database's clock (`clinic_now()`)."""

    def practice(self) -> Practice | None:
        """The practice with the effective state of its portal; off where nothing is known."""

    def recorded(self, type_name: str, before: int, limit: int) -> list[Recorded]:
        """The practice's events of a type, newest first, without the first `before`; at most `limit`."""

    def record(self, actor: Actor, facts: Sequence[tuple[str, Any]], occurred_at: datetime) -> None:
        """Appends facts, each to its stream, to the events that identity publishes."""

    def note_appointment(self, appointment_id: UUID, time: AppointmentTime, *, cancelled: bool, revision: int) -> None:
        """Keeps what an event said, unless a later revision is known already."""

    def note_portal(self, *, portal_on: bool, off_text: str, settings_version: int) -> None:
        """Keeps the effective state of the portal, unless later settings are known already."""


class LinkRows(Protocol):
    """Links and the tries at them."""

    def add_link(self, link_id: UUID, token_hash: bytes, client_id: UUID, appointment_id: UUID) -> None:
        """A new appointment link."""

    def link(self, token_hash: bytes) -> Link | None:
        """The link of a token, whatever its state."""

    def lock_link(self, token_hash: bytes) -> Link | None:
        """The same, and nobody else can count a try at it until the end of the transaction."""

    def appointment_time(self, appointment_id: UUID) -> AppointmentTime | None:
        """Identity's copy; it may be late."""

    def count_link_try(self, link_id: UUID) -> None:
        """One more wrong post at this link."""

    def use_link(self, link_id: UUID, now: datetime) -> None:
        """A sign-in link has opened its one session."""

    def revoke_links(self, client_id: UUID, contacts: Sequence[bytes], now: datetime) -> None:
        """The appointment links of the client and the sign-in links of these contacts stop working."""

    def tries(self, counted_for: str) -> list[datetime]:
        """The instants of a sliding window, without a lock."""

    def many_tries(self, counted_for: Sequence[str]) -> Mapping[str, list[datetime]]:
        """Several windows without a lock; those that never counted anything are missing."""

    def lock_tries(self, counted_for: str) -> list[datetime]:
        """The same, locked until the end of the transaction."""

    def keep_tries(self, counted_for: str, tried_at: Sequence[datetime]) -> None:
        """Replaces a locked window."""

    def lock_source_tries(self, source: str) -> list[datetime]:
        """The window of a source address (over all practices), locked."""

    def keep_source_tries(self, source: str, tried_at: Sequence[datetime]) -> None:
        """Replaces a locked window of a source address."""

    def raise_alarm(self, now: datetime) -> bool:
        """Whether the practice's alarm is new: at most once an hour."""

    def forget_link_tries(self, client_id: UUID, contacts: Sequence[bytes]) -> None:
        """Clears what was counted at the client's appointment links and these contacts' sign-in links."""

    def has_locked_link(self, client_id: UUID, contacts: Sequence[bytes], now: datetime) -> bool:
        """Whether one of these links would work if it had tries left."""


class SignInRows(Protocol):
    """Requests for sign-in links, what counts against them, and the links themselves (ADR 0017)."""

    def add_sign_in_request(self, request: SignInRequest) -> None:
        """A new request, and its mark for the worker."""

    def sign_in_request(self, request_id: UUID) -> SignInRequest | None:
        """A request that has not been dropped."""

    def take_sign_in_requests(self, most: int) -> list[SignInRequest]:
        """Takes the oldest waiting requests; none where another process is judging this practice's."""

    def known_contacts(self, contacts: Sequence[Contact]) -> frozenset[Contact]:
        """Those that some client has. Next of kin's are nobody's (F45)."""

    def request_windows(self, names: Sequence[str]) -> Mapping[str, list[datetime]]:
        """The windows of what was asked for; only under the lock of `take_sign_in_requests`."""

    def keep_request_windows(self, windows: Mapping[str, Sequence[datetime]]) -> None:
        """Replaces them."""

    def settle_sign_in_requests(self, taken: Sequence[UUID], accepted: Sequence[UUID], now: datetime) -> None:
        """Notes which of the taken requests were accepted, and forgets the others."""

    def raise_request_alarm(self, now: datetime) -> bool:
        """Whether the alarm of the daily budget is new: at most once an hour."""

    def lock_minting(self, contact_hash: bytes) -> None:
        """Until the end of the transaction nobody else mints a link for this contact."""

    def replace_sign_in_links(self, contact_hash: bytes, now: datetime) -> None:
        """The contact's open links stop working."""

    def add_sign_in_link(
        self, link_id: UUID, token_hash: bytes, client_id: UUID, channel: Channel, contact_hash: bytes
    ) -> None:
        """A new sign-in link; `client_id` is one of those who have the contact."""


class SessionRows(Protocol):
    """Sessions; a session is found by the hash of its secret."""

    def add_session(self, session: Session, secret_hash: bytes) -> None:
        """Opens a session."""

    def session(self, secret_hash: bytes) -> Session | None:
        """The session, ended or not."""

    def see_session(self, session_id: UUID, now: datetime) -> None:
        """Notes that it was used."""

    def replace_session(self, secret_hash: bytes, session: Session, new_secret_hash: bytes) -> bool:
        """The same session under another secret and with another client; False where it had ended.

        Whoever ends the sessions of one of its choices at this moment ends this one, before or after.
        """

    def end_session(self, secret_hash: bytes, now: datetime) -> bool:
        """Ends it for good; False where it had ended."""

    def end_sessions_of_client(self, client_id: UUID, now: datetime) -> None:
        """Ends all sessions of a client, also those in which the client may be chosen."""

    def end_sessions_of_user(self, user_id: UUID, now: datetime) -> None:
        """Ends all sessions of a staff member."""


class UserRows(Protocol):
    """Staff."""

    def user(self, user_id: UUID) -> User | None:
        """A staff member."""

    def users(self) -> list[User]:
        """All staff, by name."""

    def user_by_email(self, email: str) -> tuple[User, str | None] | None:
        """A staff member and what is kept of the password (None before it is set)."""

    def keep_password(self, user_id: UUID, password_hash: str) -> None:
        """Replaces the password."""

    def add_set_up_address(self, token_hash: bytes, user_id: UUID, now: datetime) -> None:
        """A new one-time address; older unused ones of this user stop working."""

    def set_up_address(self, token_hash: bytes) -> tuple[UUID, datetime, datetime | None] | None:
        """User, creation and use of a one-time address."""

    def use_set_up_address(self, token_hash: bytes, now: datetime) -> bool:
        """Uses it up; False where somebody did so first."""


class ClientRows(Protocol):
    """Clients' records."""

    def client(self, client_id: UUID) -> Client | None:
        """A record."""

    def lock_client(self, client_id: UUID) -> Client | None:
        """A record that nobody else can change until the end of the transaction."""

    def clients_by_contact(self, contact: Contact) -> list[Client]:
        """Everybody who has this contact, by id; nobody has an empty one."""

    def save_client(self, client: Client, words: frozenset[str]) -> None:
        """Replaces a record and the words by which it is found."""

    def find_clients(self, words: Sequence[str], limit: int) -> list[Client]:
        """Records in which every word begins some search word, by name; all where no word is given."""

    def names(self, clients: Sequence[UUID], users: Sequence[UUID]) -> Mapping[str, Mapping[UUID, Any]]:
        """`clients`: id → (first name, last name, whether erased); `users`: id → name. Unknown ids are left out."""

    def public_key(self, client_id: UUID) -> tuple[UUID, bytes] | None:
        """A client's key id and raw public key; None for one who is erased."""

    def key_id(self, client_id: UUID) -> UUID:
        """The id of a client's key, there or not."""


class ErasureRows(Protocol):
    """Erasures and legal holds (F52)."""

    def erasures(self) -> list[Erasure]:
        """All that were decided; one whose record is there again (a restore) counts as unfinished."""

    def erasure(self, client_id: UUID) -> Erasure | None:
        """The decision about one client."""

    def begin_erasure(self, erasure: Erasure) -> None:
        """Decides; from here on there is no way back."""

    def finish_erasure(self, client_id: UUID, now: datetime) -> bool:
        """Blanks the record, whatever of it there is; False where somebody did so first."""

    def erased_refs(self) -> frozenset[bytes]:
        """The references of those who are erased, as `ref_hash_of` tells them."""

    def appointments_ahead(self, client_id: UUID, now: datetime) -> int:
        """How many appointments that take place begin after `now`, by identity's copy."""

    def legal_hold(self, client_id: UUID) -> LegalHold | None:
        """The hold that stands."""

    def place_hold(self, hold: LegalHold) -> None:
        """A new hold; one stands at a time."""

    def lift_hold(self, hold_id: UUID, now: datetime) -> None:
        """It stands no longer."""

    def held_about(self, client_id: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Everything that is held about a client, by kind, without any secret."""


class ImportRows(Protocol):
    """Taking over a practice, in bulk; `said` is what an import says of a row, field by field (ADR 0025)."""

    def add_practice(self, practice: Practice, said: Said) -> None:
        """A new practice with its slug."""

    def change_practice(self, values: Said, said: Said) -> None:
        """Other values of some columns."""

    def said_of_practice(self) -> Said | None:
        """What the last import said; None where nothing is kept."""

    def said_of_users(self) -> Mapping[UUID, Said | None]:
        """What the last import said of each user."""

    def taken_over_clients(self) -> Mapping[str, tuple[Client, Said | None]]:
        """Every client by external reference, with what the last import said; none who is erased."""

    def add_users(self, users: Sequence[tuple[User, Said]]) -> None:
        """New staff, without passwords."""

    def change_user(self, user_id: UUID, values: Said, said: Said) -> None:
        """Other values of some columns."""

    def add_clients(self, clients: Sequence[tuple[NewClient, Said]]) -> None:
        """New records."""

    def keep_said_of_clients(self, said: Mapping[UUID, Said]) -> None:
        """What this import says of records."""


class RefusalRows(Protocol):
    """Confirmations that failed (F53)."""

    def record_refusal(self, fact: ConfirmationRefused, now: datetime) -> None:
        """Records it unless the limit per link is reached; only under the link's lock."""

    def refusals(self, client_id: UUID | None, page: int, size: int) -> tuple[Sequence[RefusalLine], int]:
        """A page, newest first, of one client or of all; how many there are. Pages count from 1."""


class Rows(
    PracticeRows,
    LinkRows,
    SignInRows,
    SessionRows,
    UserRows,
    ClientRows,
    ErasureRows,
    ImportRows,
    RefusalRows,
    Protocol,
):
    """All of it."""
