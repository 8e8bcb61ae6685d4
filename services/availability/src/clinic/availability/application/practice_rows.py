"""A practice's directory as availability's rows: one table of what each kind of row says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from clinic.kernel.practice_directory import PracticeDirectory, UserRow, WorkingHoursRow

RowKind = Literal["booking_settings", "locations", "clinicians", "appointment_types", "working_hours"]
KINDS: tuple[RowKind, ...] = ("booking_settings", "locations", "clinicians", "appointment_types", "working_hours")
FILES: Mapping[RowKind, str] = {"locations": "locations.csv", "appointment_types": "appointment_types.csv"}
"""The kinds whose rows have a reference of their own, which the files may no longer name."""

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the files say of one row, as JSON values. `ref` names it within its kind, `told_as` in a report.

    `id` is the user's for a clinician; other rows have ids of this service.
    """

    kind: RowKind
    ref: str
    values: Said
    file: str
    line: int = 0
    told_as: str = ""
    id: UUID | None = None


def wanted_rows(directory: PracticeDirectory, users: Mapping[str, UUID], locations: Mapping[str, UUID]) -> list[Wanted]:
    """All rows, those first that others name."""
    practice = directory.practice
    settings = {
        "first_day_of_week": practice.first_day_of_week,
        "booking_offset": practice.booking_offset,
        "limit_days": practice.booking_limit_days,
        "step_minutes": practice.slot_step_minutes,
    }
    places = [
        Wanted(
            "locations",
            row.ref,
            {"name": row.name, "address": row.address, "postcode": row.postcode, "zone": row.zone},
            "locations.csv",
            row.line,
            row.ref,
        )
        for row in directory.locations
    ]
    types = [
        Wanted(
            "appointment_types",
            row.ref,
            {
                "name": row.name,
                "duration_minutes": row.duration_minutes,
                "buffer_after_minutes": row.buffer_after_minutes,
                "price_pence": row.price_pence,
                "video": row.video,
                "clinician_ids": sorted(str(users[ref]) for ref in row.clinicians),
                "location_ids": sorted(str(locations[ref]) for ref in row.locations),
            },
            "appointment_types.csv",
            row.line,
            row.ref,
        )
        for row in directory.appointment_types
    ]
    clinicians = [_clinician(row, users) for row in directory.users if row.is_clinician]
    first = Wanted("booking_settings", "", settings, "practice.toml")
    return [first, *places, *clinicians, *types, *_hours(directory.working_hours, users, locations)]


def _clinician(row: UserRow, users: Mapping[str, UUID]) -> Wanted:
    """Clients always have a name to read: the user's own where no display name is given."""
    values = {
        "available_online": row.available_online,
        "display_name": row.display_name or row.name,
        "title": row.title,
        "description": row.description,
    }
    return Wanted("clinicians", str(users[row.ref]), values, "users.csv", row.line, row.ref, users[row.ref])


def _hours(
    rows: Sequence[WorkingHoursRow], users: Mapping[str, UUID], locations: Mapping[str, UUID]
) -> Iterator[Wanted]:
    """The hours of one clinician at one place are one row: a stretch that is gone from the files is worked no more."""

    def place(row: WorkingHoursRow) -> tuple[str, str]:
        return row.clinician, row.location

    for (clinician, location), stretches in groupby(sorted(rows, key=place), key=place):
        found = list(stretches)
        hours = sorted(
            [
                row.weekday,
                row.starts.hour * 60 + row.starts.minute,
                1440 if row.ends is None else row.ends.hour * 60 + row.ends.minute,
            ]
            for row in found
        )
        ref = f"{users[clinician]} {locations[location]}"
        told_as = f"{clinician} at {location}"
        yield Wanted("working_hours", ref, {"hours": hours}, "working_hours.csv", found[0].line, told_as)
