"""What the pages need from the four services; adapters speak HTTP, tests use a fake that keeps the same promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from clinic.portal.domain.appointment import Appointment, AppointmentPage, Catalogue, OfferedWeek
from clinic.portal.domain.session import Face, PracticeFront, Session

LinkState = Literal["ready", "record_incomplete", "expired", "unknown", "portal_off", "too_many_tries"]
LinkKind = Literal["appointment", "sign_in"]
When = Literal["upcoming", "previous"]


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What identity says of a link before any fact was given. `can_send_again`: a sign-in link that ended (F14)."""

    state: LinkState
    can_send_again: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmedFacts:
    """Identity's answer to date of birth and postcode. `session` (a secret) only on `confirmed` and `choose_client`.

    `appointment_id` is where a link to one appointment lands. `errors` (field → codes) only when the outcome is
    `incomplete`, which counts as no try. `some_incomplete`: a record that the link can reach lacks a detail (F10).
    """

    outcome: str
    tries_left: int | None = None
    session: str | None = None
    appointment_id: UUID | None = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    some_incomplete: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """Identity's answer to a staff sign-in: `signed_in` with the session's secret, `mismatch`, `too_many_tries`."""

    outcome: str
    session: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """A command's answer: what happened and the appointment as it is now."""

    outcome: str
    appointment: Appointment
    position: int


class Identity(Protocol):
    """Practices, links, sessions. A service that does not answer is Unavailable everywhere."""

    def practice_front(self, slug: str) -> PracticeFront: ...
    def ask_for_link(self, slug: str, contact: str, source_address: str) -> str: ...
    def ask_again(self, slug: str, token: str, source_address: str) -> str: ...
    def open_link(self, slug: str, token: str) -> OpenedLink: ...
    def confirm(self, slug: str, token: str, facts: Mapping[str, str], source_address: str) -> ConfirmedFacts: ...
    def choose(self, secret: str, client_id: UUID) -> str: ...
    def look_up(self, secret: str, face: Face) -> Session | None: ...
    def end(self, secret: str) -> None: ...
    def sign_in_staff(self, slug: str, email: str, password: str, source_address: str) -> SignIn: ...
    def set_up_staff(self, slug: str, token: str, password: str) -> Mapping[str, Any]: ...
    def user_names(self, practice_id: UUID, user_ids: Iterable[UUID]) -> Mapping[UUID, str]: ...


class Appointments(Protocol):
    """The ledger. Refusals are `Refused` with the codes of docs/http.md."""

    def appointment(self, token: str, appointment_id: UUID, *, min_position: int | None = None) -> Appointment: ...
    def client_list(self, token: str, client_id: UUID, when: When, page: int) -> AppointmentPage: ...
    def reschedule(
        self, token: str, appointment_id: UUID, *, command_id: UUID, revision: int, starts_at: datetime, message: str
    ) -> Done: ...
    def cancel(
        self,
        token: str,
        appointment_id: UUID,
        *,
        command_id: UUID,
        revision: int,
        policy_text_version: int,
        message: str,
    ) -> Done: ...


class Availability(Protocol):
    """The catalogue and the times on offer."""

    def catalogue(self, token: str) -> Catalogue: ...
    def offered_week(self, token: str, appointment: Appointment, *, start: date | None) -> OfferedWeek: ...


@dataclass(frozen=True, slots=True)
class Backends:
    """The services behind the client pages."""

    identity: Identity
    appointments: Appointments
    availability: Availability
