"""Writes a made-up practice: the same seed and day give the same files."""

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from clinic.practice_files.sample_money import PAYMENTS_HEADER, payments
from clinic.practice_files.sample_people import Person, person, special_people

WEEKS_AHEAD = 8
CLIENTS_PER_CLINICIAN = 120
SHOWN_CLIENTS = 3
CLIENTS_WITH_SPECIAL_PEOPLE = 30
GRID_MINUTES = 20
LEFT_FREE = 8
"""So many steps of the grid stay free on every day: the portal has something to offer."""
SATURDAY = (time(9), time(13))
CLOSED = ((12, 25), (12, 26), (1, 1))
DAYS_BETWEEN_VISITS = (8, 21)
STAFF = (
    ("priya", "Priya Nair", "clinician", "Lead physiotherapist", "Backs, necks and long hours at a desk."),
    ("tom", "Tom Adeyemi", "clinician", "Physiotherapist", "Runners, knees and ankles."),
    ("ana", "Ana Ruiz", "clinician", "Sports therapist", "Shoulders, climbing and swimming."),
)
MORE_FIRST = ("Beth", "Callum", "Dina", "Ewan", "Farah", "Gwen", "Hugo", "Iona", "Jonas", "Kezia", "Liam", "Maya")
MORE_LAST = ("Hart", "Onuoha", "Lindqvist", "Pritchard", "Sharma", "Doyle")
TYPES = (
    ("assessment", "Physiotherapy assessment", 60, 5, "65.00"),
    ("follow-up", "Follow-up physiotherapy", 40, 5, "48.00"),
    ("massage", "Sports massage", 30, 10, "35.00"),
    ("video", "Video consultation", 30, 0, "30.00"),
)
SECOND_PLACE = "pier"
SECOND_PLACE_CLINICIAN = "ana"
"""Works at the second place on Saturdays, where she is seen on the same terms."""
PRICES = {ref: price for ref, _, _, _, price in TYPES}
OPENING = ((time(9), time(13)), (time(13, 45), time(18)))
PRACTICE = """\
slug = "harbour-street"
name = "Harbour Street Physiotherapy"
phone = "0151 496 0182"
email = "hello@harbour-street.example"
zone = "Europe/London"
nation = "england"

[portal]
edition = "v2"
online_booking_on = true
on = true
online_payments_on = true
off_text = "Online changes are closed at the moment. Please call us on 0151 496 0182."
online_booking_off_text = "Online booking is closed at the moment. Please call us on 0151 496 0182."
edit_window = "24h"
cancellation_window = "24h"
policy_text = "Please give us at least 24 hours' notice. A later cancellation may be charged in full."

[booking]
first_day_of_week = "Monday"
offset = "2h"
limit_days = 56
step_minutes = 20
"""


@dataclass(frozen=True, slots=True)
class _Visit:
    client: str
    clinician: str
    kind: str
    starts: datetime
    minutes: int
    status: str
    location: str = "harbour"


def write_sample_practice(directory: Path, *, clients: int, months: int, seed: int, today: date) -> int:
    """Writes the files of docs/import.md into `directory` and returns the number of appointments.

    `months` of history and eight weeks ahead of `today`, without overlaps. The first three clients have complete facts,
    an e-mail address and an appointment at least five days ahead. From 30 clients on the last twelve are those of
    `special_people`.
    """
    draw = random.Random(seed)  # noqa: S311 - a made-up practice, no secret
    directory.mkdir(parents=True, exist_ok=True)
    special = special_people(today) if clients >= CLIENTS_WITH_SPECIAL_PEOPLE else {}
    people = {f"C{number:05}": person(draw, number, today) for number in range(1, clients - len(special) + 1)} | special
    clinicians = _clinicians(clients)
    visits = _visits(draw, [ref for ref, *_ in clinicians], list(people), months, today)
    paid = payments(draw, [(visit.client, visit.kind, visit.starts, visit.status) for visit in visits], PRICES, today)
    (directory / "practice.toml").write_text(PRACTICE, encoding="utf-8")
    _write(directory / "users.csv", _users(clinicians))
    _write(directory / "locations.csv", _locations())
    _write(directory / "appointment_types.csv", _types([ref for ref, *_ in clinicians]))
    _write(directory / "working_hours.csv", _hours([ref for ref, *_ in clinicians]))
    _write(directory / "clients.csv", _clients(people))
    _write(directory / "appointments.csv", _appointments(visits))
    _write(directory / "payments.csv", [PAYMENTS_HEADER, *paid])
    return len(visits)


def _clinicians(clients: int) -> list[tuple[str, str, str, str, str]]:
    wanted = max(len(STAFF), -(-clients // CLIENTS_PER_CLINICIAN))
    more = [f"{first} {last}" for last in MORE_LAST for first in MORE_FIRST][: wanted - len(STAFF)]
    return [
        *STAFF,
        *((name.lower().replace(" ", "-"), name, "clinician", "Physiotherapist", "General practice.") for name in more),
    ]


def _visits(
    draw: random.Random, clinicians: Sequence[str], clients: Sequence[str], months: int, today: date
) -> list[_Visit]:
    """Each client keeps to one clinician and comes back every one to three weeks where there is room."""
    first, last = today - timedelta(days=30 * months), today + timedelta(weeks=WEEKS_AHEAD)
    free: dict[tuple[str, date], list[int]] = {}
    visits: list[_Visit] = []
    for number, ref in enumerate(clients, start=1):
        clinician = clinicians[number % len(clinicians)]
        kind, minutes, day = "assessment", 60, first + timedelta(days=draw.randint(0, DAYS_BETWEEN_VISITS[1]))
        if number <= SHOWN_CLIENTS:
            day = today + timedelta(days=5 + number)
        while day <= last:
            place = SECOND_PLACE if clinician == SECOND_PLACE_CLINICIAN and day.weekday() == 5 else "harbour"
            start = _take(draw, free, clinician, day, minutes)
            if start is None:
                day += timedelta(days=1)
                continue
            visits.append(_Visit(ref, clinician, kind, start, minutes, _status(draw, day, today), place))
            kind, minutes = draw.choice((*[("follow-up", 40)] * 4, *[("massage", 30)] * 2, ("video", 30)))
            day += timedelta(days=draw.randint(*DAYS_BETWEEN_VISITS))
    return sorted(visits, key=lambda visit: (visit.starts, visit.clinician))


def _take(
    draw: random.Random, free: dict[tuple[str, date], list[int]], clinician: str, day: date, minutes: int
) -> datetime | None:
    """A start on that day, on the 20-minute grid, with room for the appointment and 20 minutes more; or None."""
    grid = free.get((clinician, day))
    if grid is None:
        grid = free[clinician, day] = _grid(_opening(clinician, day))
    if len(grid) < LEFT_FREE:
        return None
    steps = range(0, minutes + 10, GRID_MINUTES)
    fitting = [start for start in grid if all(start + step in grid for step in steps)]
    if not fitting:
        return None
    start = draw.choice(fitting)
    for step in steps:
        grid.remove(start + step)
    return datetime.combine(day, time(start // 60, start % 60))


def _opening(clinician: str, day: date) -> Sequence[tuple[time, time]]:
    if (day.month, day.day) in CLOSED:
        return ()
    if day.weekday() == 5 and clinician == SECOND_PLACE_CLINICIAN:
        return (SATURDAY,)
    return OPENING if day.weekday() < 5 else ()


def _grid(opening: Sequence[tuple[time, time]]) -> list[int]:
    """Starts as minutes of the day."""
    bounds = ((opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute) for opens, closes in opening)
    return [start for first, last in bounds for start in range(first, last - GRID_MINUTES + 1, GRID_MINUTES)]


def _status(draw: random.Random, day: date, today: date) -> str:
    if day >= today:
        return "booked"
    return draw.choices(("arrived", "did_not_attend", "cancelled_by_client"), weights=(90, 4, 6))[0]


def _users(clinicians: Sequence[tuple[str, str, str, str, str]]) -> list[Sequence[str]]:
    header = "ref name email role is_clinician available_online display_name title description".split()
    staff = [
        (ref, name, f"{ref}@harbour-street.example", role, "yes", "yes", name, title, text)
        for ref, name, role, title, text in clinicians
    ]
    return [
        header,
        ("olga", "Olga Marsh", "olga@harbour-street.example", "site_administrator", "no", "no", "", "", ""),
        ("rita", "Rita Bell", "rita@harbour-street.example", "receptionist", "no", "no", "", "", ""),
        ("aidan", "Aidan Frost", "aidan@harbour-street.example", "auditor", "no", "no", "", "", ""),
        *staff,
    ]


def _locations() -> list[Sequence[str]]:
    return [
        ("ref", "name", "address", "postcode", "zone"),
        ("harbour", "Harbour Street", "12 Harbour Street, Liverpool", "L1 4AB", "Europe/London"),
        (SECOND_PLACE, "Pier Road", "3 Pier Road, Wallasey", "CH45 2DN", "Europe/London"),
    ]


def _types(clinicians: Sequence[str]) -> list[Sequence[str]]:
    header = "ref name duration_minutes buffer_after_minutes price video clinicians locations".split()
    everyone, places = " ".join(clinicians), f"harbour {SECOND_PLACE}"
    return [
        header,
        *(
            (ref, name, str(minutes), str(gap), price, "yes" if ref == "video" else "no", everyone, places)
            for ref, name, minutes, gap, price in TYPES
        ),
    ]


def _hours(clinicians: Sequence[str]) -> list[Sequence[str]]:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    return [
        ("clinician", "location", "weekday", "starts", "ends"),
        *(
            (ref, "harbour", day, f"{opens:%H:%M}", f"{closes:%H:%M}")
            for ref in clinicians
            for day in days
            for opens, closes in OPENING
        ),
        (SECOND_PLACE_CLINICIAN, SECOND_PLACE, "Saturday", f"{SATURDAY[0]:%H:%M}", f"{SATURDAY[1]:%H:%M}"),
    ]


def _clients(people: Mapping[str, Person]) -> list[Sequence[str]]:
    header = "ref first_name last_name date_of_birth postcode email mobile email_opt_in sms_opt_in".split()
    kin = "next_of_kin_name next_of_kin_email next_of_kin_mobile next_of_kin_email_opt_in next_of_kin_sms_opt_in"
    return [
        [*header, *kin.split()],
        *(
            (ref, found.first_name, found.last_name, found.date_of_birth.isoformat() if found.date_of_birth else "",
             found.postcode, found.email, found.mobile, "yes", "yes" if number % 4 == 0 and found.mobile else "no",
             found.next_of_kin_name, found.next_of_kin_email, found.next_of_kin_mobile,
             "yes" if found.next_of_kin_email else "no", "yes" if found.next_of_kin_mobile else "no")
            for number, (ref, found) in enumerate(people.items(), start=1)
        ),
    ]  # fmt: skip


def _appointments(visits: Sequence[_Visit]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = ["ref client clinician location appointment_type starts ends status".split()]
    for number, visit in enumerate(visits, start=1):
        ends = visit.starts + timedelta(minutes=visit.minutes)
        rows.append(
            (f"A{number:06}", visit.client, visit.clinician, visit.location, visit.kind,
             f"{visit.starts:%Y-%m-%dT%H:%M}", f"{ends:%Y-%m-%dT%H:%M}", visit.status)
        )  # fmt: skip
    return rows


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
