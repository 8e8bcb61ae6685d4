"""The calendar file is RFC 5545 and gives nothing away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from clinic.infra.calendar_file import CalendarEntry, calendar_file, content_type_of, method_of, uid_of

ENTRY = CalendarEntry(
    appointment_id=UUID("01900000-0000-7000-8000-000000000006"),
    revision=3,
    starts_at=datetime(2026, 12, 2, 10, 20, tzinfo=UTC),
    ends_at=datetime(2026, 12, 2, 10, 50, tzinfo=UTC),
    cancelled=False,
    practice_name="Riverside Clinic",
    practice_slug="riverside",
    organizer="desk@riverside.example",
    place="Riverside, 1 High Street, AB1 2CD",
    stamped_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
)

PUBLISHED = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//clinic-portal//appointments//EN\r
CALSCALE:GREGORIAN\r
METHOD:PUBLISH\r
BEGIN:VEVENT\r
SUMMARY:Appointment at Riverside Clinic\r
DTSTART:20261202T102000Z\r
DTEND:20261202T105000Z\r
DTSTAMP:20261123T090000Z\r
UID:01900000-0000-7000-8000-000000000006@riverside.clinic-portal\r
SEQUENCE:3\r
CLASS:PRIVATE\r
LOCATION:Riverside\\, 1 High Street\\, AB1 2CD\r
ORGANIZER;CN="Riverside Clinic":mailto:desk@riverside.example\r
STATUS:CONFIRMED\r
TRANSP:OPAQUE\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_the_pages_file_publishes() -> None:
    assert calendar_file(ENTRY).decode() == PUBLISHED
    assert content_type_of(ENTRY) == 'text/calendar; method=PUBLISH; charset="utf-8"'


def test_the_mails_file_invites_and_a_cancelled_one_cancels() -> None:
    invited = replace(ENTRY, attendee="pat@example.com")
    assert method_of(invited) == "REQUEST"
    assert method_of(replace(invited, cancelled=True)) == "CANCEL"
    assert b"STATUS:CANCELLED" in calendar_file(replace(invited, cancelled=True))


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    later = replace(ENTRY, revision=4, starts_at=ENTRY.starts_at + timedelta(days=1))
    assert uid_of(later) == uid_of(ENTRY)
    assert b"SEQUENCE:4\r\n" in calendar_file(later)


def test_times_are_written_in_utc() -> None:
    summer = datetime(2026, 7, 1, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    assert b"DTSTART:20260701T090000Z\r\n" in calendar_file(replace(ENTRY, starts_at=summer))


@pytest.mark.parametrize("name", ["practice_name", "practice_slug", "organizer", "place", "attendee"])
def test_a_line_break_cannot_add_a_property(name: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        calendar_file(replace(ENTRY, **{name: "x\r\nATTACH:http://evil.example"}))


@given(name=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60))
def test_any_name_comes_back_whole_and_lines_stay_short(name: str) -> None:
    written = calendar_file(replace(ENTRY, practice_name=name, place=name))
    (event,) = Calendar.from_ical(written).walk("VEVENT")
    assert event["SUMMARY"] == f"Appointment at {name}"
    assert event["LOCATION"] == name
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
