"""What the questions and commands of availability need from outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from clinic.availability.domain.intervals import Interval
from clinic.availability.domain.online_profile import OnlineProfile
from clinic.availability.domain.rules import Rules
from clinic.contracts.availability import OnlineBookingSwitched
from clinic.kernel.recorded import Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose time, where, for what. `duration_minutes` and `buffer_after_minutes` default to the type's.

    `exclude` is an appointment that exists already: its own time does not count (F21), and it may move although its
    clinician no longer offers its type. `exclude_of` names the only client whose appointment may be excluded.
    """

    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    duration_minutes: int | None = None
    buffer_after_minutes: int | None = None
    exclude: UUID | None = None
    exclude_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The rules that apply to what was asked, at `now` by the database's clock, and what is taken by others."""

    now: datetime
    rules: Rules
    taken: Sequence[Interval]
    video: bool
    rules_version: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """What was named and is not there: `clinician`, `location`, `appointment_type`, `practice`."""

    names: tuple[str, ...]


class Diary(Protocol):
    """Reads the rules and the copy of taken times."""

    def case(self, practice_id: UUID, asked: Asked, *, with_taken: bool) -> Case | Unknown:
        """The case; without `with_taken` nothing is taken."""


class Follower(Protocol):
    """The consumer that copies taken times from the ledger."""

    def checkpoint(self, practice_id: UUID) -> int:
        """The position up to which the copy is true."""

    def catch_up(self, practice_id: UUID, *, deadline_seconds: float | None = None) -> int:
        """Asks the ledger and applies what is missing; the position reached. Unavailable when it does not answer."""


class OnlineProfiles(Protocol):
    """The clinicians' online profiles."""

    def change(
        self,
        practice_id: UUID,
        clinician_id: UUID,
        actor: Actor,
        wanted: OnlineProfile,
        decide: Callable[[OnlineProfile, OnlineProfile], Sequence[OnlineBookingSwitched]],
    ) -> OnlineProfile:
        """Reads, decides, writes the wanted profile and its events in one transaction; Refused `not_found`."""


class TakenTimes(Protocol):
    """Writes the copy of taken times; what is older than the row's revision changes nothing."""

    def take(self, connection: Any, taken: "Taken") -> None:
        """The appointment takes this time."""

    def free(self, connection: Any, practice_id: UUID, appointment_id: UUID, revision: int) -> None:
        """The appointment takes no time any more."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One appointment's time. `ends_at` includes the buffer after; `occupies` None leaves it as it is."""

    practice_id: UUID
    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    starts_at: datetime
    ends_at: datetime
    occupies: bool | None
    revision: int


@dataclass(frozen=True, slots=True)
class OfferedDay:
    """A local date and the instants on it that are offered, with the wall time of each (`10:20`)."""

    on: date
    times: Sequence[tuple[datetime, str]]


Handlers = Mapping[str, Callable[[Any, Any], None]]
