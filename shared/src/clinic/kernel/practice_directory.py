"""A practice as files: what `clinic import` reads and `clinic sample-practice` writes, already parsed and valid.

Rows name each other by their external reference (`ref`), unique per kind. Absent texts are empty strings. `line` is the
row's place in its file (0: no file), for reports only: rows that say the same are equal.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

Kind = Literal["user", "location", "type", "client", "appointment"]


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A status of appointments that `practice.toml` defines; only attending ones occupy time (F26).

    `also` are the other system's words for it.
    """

    code: str
    name: str
    attending: bool
    client_wording: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PracticeRow:
    """`practice.toml`. Windows in minutes; None means never, 0 always. No statuses: the product's own (F26)."""

    slug: str
    name: str
    phone: str
    email: str
    zone: str
    nation: Literal["england", "scotland", "wales", "northern_ireland"]
    online_booking_edition: Literal["none", "classic", "v2"]
    online_booking_on: bool
    portal_on: bool
    portal_off_text: str
    online_booking_off_text: str
    edit_window_minutes: int | None
    cancellation_window_minutes: int | None
    policy_text: str
    first_day_of_week: int
    booking_offset: str
    booking_limit_days: int
    slot_step_minutes: int
    online_payments_on: bool = False
    statuses: tuple[StatusRow, ...] = ()
    booked_status: str = "booked"
    cancellation_status: str = "cancelled_by_client"


@dataclass(frozen=True, slots=True)
class UserRow:
    """`users.csv`: staff. A clinician has a diary; `available_online` is the switch of F38. No passwords here."""

    ref: str
    name: str
    email: str
    role: Literal["site_administrator", "clinician", "receptionist", "auditor"]
    is_clinician: bool
    available_online: bool
    display_name: str
    title: str
    description: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class LocationRow:
    """`locations.csv`."""

    ref: str
    name: str
    address: str
    postcode: str
    zone: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TypeRow:
    """`appointment_types.csv`. `clinicians`, `locations` are references; the buffer follows the appointment (F39)."""

    ref: str
    name: str
    duration_minutes: int
    buffer_after_minutes: int
    price_pence: int
    video: bool
    clinicians: tuple[str, ...]
    locations: tuple[str, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class WorkingHoursRow:
    """`working_hours.csv`: local wall time in the location's zone; weekday 0 is Monday; `ends` None means 24:00."""

    clinician: str
    location: str
    weekday: int
    starts: time
    ends: time | None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ClientRow:
    """`clients.csv`. E-mail in lower case, mobile in E.164, postcode as the practice wrote it."""

    ref: str
    first_name: str
    last_name: str
    date_of_birth: date | None
    postcode: str
    email: str
    mobile: str
    email_opt_in: bool
    sms_opt_in: bool
    next_of_kin_name: str = ""
    next_of_kin_email: str = ""
    next_of_kin_mobile: str = ""
    next_of_kin_email_opt_in: bool = False
    next_of_kin_sms_opt_in: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """`appointments.csv`. Instants in UTC; `local_start` is the wall time `2026-12-02T10:20` in the location's zone."""

    ref: str
    client: str
    clinician: str
    location: str
    appointment_type: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    duration_minutes: int
    buffer_after_minutes: int
    status: str
    video: bool
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """`payments.csv`: somebody paid for an appointment (F34). `paid_at` is a UTC instant."""

    ref: str
    appointment: str
    amount_pence: int
    method: Literal["online", "card", "cash", "transfer", "other"]
    paid_at: datetime
    currency: str = "GBP"
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PracticeDirectory:
    """The whole practice. Only `practice` is needed; `clinic practice create` sends one with no rows."""

    practice: PracticeRow
    users: tuple[UserRow, ...] = ()
    locations: tuple[LocationRow, ...] = ()
    appointment_types: tuple[TypeRow, ...] = ()
    working_hours: tuple[WorkingHoursRow, ...] = ()
    clients: tuple[ClientRow, ...] = ()
    appointments: tuple[AppointmentRow, ...] = ()
    payments: tuple[PaymentRow, ...] = ()
