"""What the pages need from the four services; adapters speak HTTP, tests use a fake that keeps the same promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from clinic.portal.domain.appointment import Appointment, Catalogue, OfferedWeek
from clinic.portal.domain.session import Face, PracticeFront, Session

LinkState = Literal["ready", "record_incomplete", "expired", "unknown", "portal_off", "too_many_tries"]


@dataclass(frozen=True, slots=True)
class ConfirmedFacts:
    """Identity's answer to date of birth and postcode. `session` (a secret) only when `outcome` is `confirmed`.

    `errors` (field → codes) only when it is `incomplete`, which counts as no try.
    """

    outcome: str
    tries_left: int | None = None
    session: str | None = None
    appointment_id: UUID | None = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


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
    def open_link(self, slug: str, token: str) -> LinkState: ...
    def confirm(self, slug: str, token: str, facts: Mapping[str, str], source_address: str) -> ConfirmedFacts: ...
    def look_up(self, secret: str, face: Face) -> Session | None: ...
    def end(self, secret: str) -> None: ...
    def sign_in_staff(self, slug: str, email: str, password: str, source_address: str) -> SignIn: ...
    def set_up_staff(self, slug: str, token: str, password: str) -> Mapping[str, Any]: ...
    def user_name(self, practice_id: UUID, user_id: UUID) -> str | None: ...


class Appointments(Protocol):
    """The ledger. Refusals are `Refused` with the codes of docs/http.md."""

    def appointment(self, token: str, appointment_id: UUID, *, min_position: int | None = None) -> Appointment: ...
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
