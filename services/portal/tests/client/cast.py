"""The cast of the client pages' tests, and what they have.

Pat has one appointment at Harbour Street, Sam is her twin; Charlie is a client of another practice and must see
nothing.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.portal.domain.appointment import Appointment, OfferedDay, OfferedWeek, Permission, Window
from clinic.portal.domain.session import Choice, Client, Practice, Session

BASE = "https://portal.example.org"
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def an_id(number: int) -> UUID:
    return UUID(int=number)


HARBOUR = Practice(
    an_id(1),
    "Harbour Street Physiotherapy",
    "harbour-street",
    "0151 496 0182",
    "hello@harbour.example",
    "Europe/London",
    "england",
)
RIVER = Practice(
    an_id(2), "River Lane Podiatry", "river-lane", "0161 496 0555", "hi@river.example", "Europe/London", "england"
)
PAT, CHARLIE = Client(an_id(11), "Pat", "Okafor"), Client(an_id(12), "Charlie", "Fox")
SAM = Client(an_id(13), "Sam", "Okafor")
TWINS = (Choice(PAT.id, "Pat"), Choice(SAM.id, "Sam"))
PRIYA, PLACE, TYPE = an_id(21), an_id(31), an_id(41)
APPOINTMENT, OTHER_APPOINTMENT = an_id(51), an_id(52)
RIGHT = {"day": "4", "month": "11", "year": "1984", "postcode": "L1 4AB"}


def an_appointment(**changes: Any) -> Appointment:
    day = 24 * 60
    appointment = Appointment(
        id=APPOINTMENT,
        client_id=PAT.id,
        clinician_id=PRIYA,
        location_id=PLACE,
        appointment_type_id=TYPE,
        starts_at=datetime(2026, 11, 26, 10, 20, tzinfo=UTC),
        ends_at=datetime(2026, 11, 26, 11, 0, tzinfo=UTC),
        zone="Europe/London",
        duration_minutes=40,
        buffer_after_minutes=5,
        status="booked",
        status_for_client="Booked",
        cancelled=False,
        past=False,
        video=False,
        revision=1,
        position=7,
        overlap_accepted=False,
        may_change=Permission(True, None),
        may_cancel=Permission(True, None),
        may_leave_message=True,
        policy_text="Please give 24 hours’ notice.\nLater cancellations are charged in full.",
        policy_text_version=3,
        edit_window=Window("minutes", day),
        cancellation_window=Window("minutes", day),
    )
    return replace(appointment, **changes)


def a_week(first: date = date(2026, 11, 30), **changes: Any) -> OfferedWeek:
    def starts(day: int, *times: str) -> OfferedDay:
        on = first + timedelta(days=day)
        return OfferedDay(on, tuple(datetime.fromisoformat(f"{on}T{time}+00:00") for time in times))

    week = OfferedWeek(
        zone="Europe/London",
        first=first,
        last=first + timedelta(days=6),
        up_to_date=True,
        first_week=date(2026, 11, 30),
        days=(
            starts(0, "09:00", "09:40", "11:20", "14:00", "16:30"),
            starts(1),
            starts(2, "08:20", "09:00", "10:20", "11:00", "13:20", "14:00", "15:20", "17:40"),
            starts(3, "09:00", "10:00"),
            starts(4, "12:00"),
        ),
        earlier_from=None,
        later_from=date(2026, 12, 7),
        last_date=date(2027, 1, 17),
    )
    return replace(week, **changes)


def a_session(
    client: Client | None, practice: Practice, only: UUID | None, choices: tuple[Choice, ...] = ()
) -> Session:
    """Without a client: the facts fit several, and nobody is chosen yet."""
    token = f"{client.id if client else ''}/{only or ''}"
    return Session(
        session_id=an_id(61),
        kind="client",
        practice=practice,
        client=client,
        user=None,
        appointment_id=only,
        idle_expires_at=NOW + timedelta(minutes=30),
        absolute_expires_at=NOW + timedelta(hours=8),
        tokens={"appointments": token, "availability": token} if client else {},
        choices=choices,
    )
