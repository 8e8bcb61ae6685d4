"""An appointment, its practice's catalogue and the times on offer, as the services answered (docs/http.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Permission:
    """May the client do it? `reason` is the refusal's code when not."""

    allowed: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """How close to the start something stays allowed (F27); `minutes` is None for `always` and `never`."""

    kind: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for an appointment, and what the practice gave back by hand (F34)."""

    amount_pence: int
    refunded_pence: int
    currency: str

    @property
    def kept_pence(self) -> int:
        """What the practice still has."""
        return max(0, self.amount_pence - self.refunded_pence)


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment as the ledger's view shows it. Instants in UTC, `zone` is the location's.

    `paid` is None where nothing is known of a payment, or the practice does not take them online (F34).
    """

    id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    starts_at: datetime
    ends_at: datetime
    zone: str
    duration_minutes: int
    buffer_after_minutes: int
    status: str
    status_for_client: str
    cancelled: bool
    past: bool
    video: bool
    revision: int
    position: int
    overlap_accepted: bool
    may_change: Permission
    may_cancel: Permission
    may_leave_message: bool
    policy_text: str
    policy_text_version: int
    edit_window: Window
    cancellation_window: Window
    paid: Paid | None = None


@dataclass(frozen=True, slots=True)
class AppointmentPage:
    """One page of a client's upcoming or previous appointments; pages count from 1."""

    appointments: tuple[Appointment, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Location:
    """A place of the practice; empty address and postcode where there is none (video)."""

    id: UUID
    name: str
    address: str
    postcode: str
    zone: str
    video: bool


@dataclass(frozen=True, slots=True)
class AppointmentType:
    """What an appointment is."""

    id: UUID
    name: str
    duration_minutes: int
    buffer_after_minutes: int
    video: bool
    price_pence: int
    clinician_ids: tuple[UUID, ...]
    location_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Clinician:
    """A clinician's online profile; the display name may be empty while they are not available online (F38)."""

    id: UUID
    display_name: str
    title: str
    description: str
    available_online: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a practice offers, by id."""

    locations: Mapping[UUID, Location]
    appointment_types: Mapping[UUID, AppointmentType]
    clinicians: Mapping[UUID, Clinician]
    first_day_of_week: int


@dataclass(frozen=True, slots=True)
class OfferedDay:
    """The free starts of one local date, in order, as UTC instants."""

    day: date
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class OfferedWeek:
    """The picker's answer from `first` to `last` (local dates, the last one included); `zone` is the location's.

    `first_week` is None when nothing is free up to `last_date`; `earlier_from` / `later_from` are None where the rules
    offer nothing further in that direction. `up_to_date` is False when availability's copy lags.
    """

    zone: str
    first: date
    last: date
    up_to_date: bool
    first_week: date | None
    days: tuple[OfferedDay, ...]
    earlier_from: date | None
    later_from: date | None
    last_date: date
