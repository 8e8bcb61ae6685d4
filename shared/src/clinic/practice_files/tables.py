"""The columns of each CSV file: one table, so that reading, checking and docs/import.md agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clinic.practice_files import cells, times
from clinic.practice_files.faults import Invalid

ROLES = ("site_administrator", "clinician", "receptionist", "auditor")
METHODS = ("online", "card", "cash", "transfer", "other")
STATUSES = {
    "booked": ("Booked", True),
    "confirmed": ("Confirmed", True),
    "arrived": ("Arrived", True),
    "cancelled_by_client": ("Cancelled by client", False),
    "cancelled_by_practice": ("Cancelled by practice", False),
    "did_not_attend": ("Did not attend", False),
}
"""The product's own statuses: name, and whether the client is attending. `practice.toml` may define others."""


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its columns with the parser of each, what other files call its rows, and which columns are unique.

    `optional` columns may be missing; the whole file may where it `may_be_missing`.
    """

    file: str
    columns: Mapping[str, Callable[[str], Any]]
    what: str
    unique: tuple[str, ...] = ("ref",)
    optional: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    may_be_missing: bool = False

    @property
    def known(self) -> Mapping[str, Callable[[str], Any]]:
        """All columns that there can be."""
        return {**self.columns, **self.optional}


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser for a closed list of codes."""

    def parse(cell: str) -> str:
        if cell.strip() not in choices:
            raise Invalid(f"{cell.strip()!r} is none of {', '.join(choices)}")
        return cell.strip()

    return parse


USERS = Table(
    "users.csv",
    {
        "ref": cells.needed,
        "name": cells.needed,
        "email": cells.email,
        "role": one_of(*ROLES),
        "is_clinician": cells.yes_or_no,
        "available_online": cells.yes_or_no,
        "display_name": cells.text,
        "title": cells.text,
        "description": cells.text,
    },
    what="clinician",
    unique=("ref", "email"),
)
LOCATIONS = Table(
    "locations.csv",
    {
        "ref": cells.needed,
        "name": cells.needed,
        "address": cells.text,
        "postcode": cells.text,
        "zone": cells.zone,
    },
    what="location",
)
APPOINTMENT_TYPES = Table(
    "appointment_types.csv",
    {
        "ref": cells.needed,
        "name": cells.needed,
        "duration_minutes": cells.minutes_over_zero,
        "buffer_after_minutes": cells.minutes,
        "price": cells.pence,
        "video": cells.yes_or_no,
        "clinicians": cells.references,
        "locations": cells.references,
    },
    what="appointment type",
)
WORKING_HOURS = Table(
    "working_hours.csv",
    {
        "clinician": cells.needed,
        "location": cells.needed,
        "weekday": cells.weekday,
        "starts": times.wall_time,
        "ends": times.wall_time,
    },
    what="working hours",
    unique=(),
)
CLIENTS = Table(
    "clients.csv",
    {
        "ref": cells.needed,
        "first_name": cells.needed,
        "last_name": cells.needed,
        "date_of_birth": times.birth_date,
        "postcode": cells.text,
        "email": cells.email,
        "mobile": cells.mobile,
        "email_opt_in": cells.yes_or_no,
        "sms_opt_in": cells.yes_or_no,
    },
    what="client",
    optional={
        "next_of_kin_name": cells.text,
        "next_of_kin_email": cells.email,
        "next_of_kin_mobile": cells.mobile,
        "next_of_kin_email_opt_in": cells.no_unless_yes,
        "next_of_kin_sms_opt_in": cells.no_unless_yes,
    },
)
APPOINTMENTS = Table(
    "appointments.csv",
    {
        "ref": cells.needed,
        "client": cells.needed,
        "clinician": cells.needed,
        "location": cells.needed,
        "appointment_type": cells.needed,
        "starts": cells.text,
        "ends": cells.text,
        "status": cells.needed,
    },
    what="appointment",
)
PAYMENTS = Table(
    "payments.csv",
    {
        "ref": cells.needed,
        "appointment": cells.needed,
        "amount": cells.pence_over_zero,
        "method": one_of(*METHODS),
        "paid_at": cells.text,
    },
    what="payment",
    optional={"currency": cells.currency},
    may_be_missing=True,
)
TABLES = (USERS, LOCATIONS, APPOINTMENT_TYPES, WORKING_HOURS, CLIENTS, APPOINTMENTS, PAYMENTS)
