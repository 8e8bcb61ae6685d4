"""The columns of each CSV file: one table, so that reading, checking and docs/import.md agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.practice_files import cells
from clinic.practice_files.faults import Invalid

ROLES = ("site_administrator", "clinician", "receptionist", "auditor")
STATUSES = ("booked", "confirmed", "arrived", "cancelled_by_client", "cancelled_by_practice", "did_not_attend")


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its columns with the parser of each, what other files call its rows, and which column is unique."""

    file: str
    columns: Mapping[str, Callable[[str], Any]]
    what: str
    unique: str = "ref"


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
        "starts": cells.wall_time,
        "ends": cells.wall_time,
    },
    what="working hours",
    unique="",
)
CLIENTS = Table(
    "clients.csv",
    {
        "ref": cells.needed,
        "first_name": cells.needed,
        "last_name": cells.needed,
        "date_of_birth": cells.birth_date,
        "postcode": cells.text,
        "email": cells.email,
        "mobile": cells.mobile,
        "email_opt_in": cells.yes_or_no,
        "sms_opt_in": cells.yes_or_no,
    },
    what="client",
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
        "status": one_of(*STATUSES),
    },
    what="appointment",
)
TABLES = (USERS, LOCATIONS, APPOINTMENT_TYPES, WORKING_HOURS, CLIENTS, APPOINTMENTS)
