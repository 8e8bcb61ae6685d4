"""The calendar file of an appointment (RFC 5545, RFC 5546): the same in the mail and on the page (F48)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress

FILE_NAME = "appointment.ics"
Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What a calendar file says. Nothing of the speciality: no appointment type, no clinician's title.

    `revision` is the appointment's revision (SEQUENCE), `place` one line, `organizer` the practice's e-mail address.
    `attendee` is the client's address in a mail; None on the page, whose file then publishes (RFC 5546 section 3.2.1)
    instead of inviting. `stamped_at` is the instant of making it.
    """

    appointment_id: UUID
    revision: int
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    practice_name: str
    practice_slug: str
    organizer: str
    place: str
    stamped_at: datetime
    attendee: str | None = None


def method_of(entry: CalendarEntry) -> Method:
    """CANCEL for a cancelled appointment; else REQUEST to an attendee, PUBLISH without one."""
    if entry.cancelled:
        return "CANCEL"
    return "PUBLISH" if entry.attendee is None else "REQUEST"


def content_type_of(entry: CalendarEntry) -> str:
    """The MIME type, with the method in it."""
    return f'text/calendar; method={method_of(entry)}; charset="utf-8"'


def uid_of(entry: CalendarEntry) -> str:
    """`<appointment id>@<practice's slug>.clinic-portal`: the same for the whole life of the appointment."""
    return f"{entry.appointment_id}@{entry.practice_slug}.clinic-portal"


def calendar_file(entry: CalendarEntry) -> bytes:
    """The file's bytes: UTF-8, CRLF, folded at 75 octets, times in UTC.

    ValueError where a value holds a line break: nobody writes properties of their own into it.
    """
    for value in (entry.practice_name, entry.practice_slug, entry.organizer, entry.place, entry.attendee or ""):
        if any(ord(character) < 32 for character in value):
            raise ValueError("a control character has no place in a calendar file")
    event = Event()
    event.add("uid", uid_of(entry))
    event.add("sequence", entry.revision)
    event.add("dtstamp", entry.stamped_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", f"Appointment at {entry.practice_name}")
    if entry.place:
        event.add("location", entry.place)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", _address(entry.organizer, CN=entry.practice_name))
    if entry.attendee is not None:
        event.add("attendee", _address(entry.attendee, ROLE="REQ-PARTICIPANT", PARTSTAT="ACCEPTED", RSVP="FALSE"))
    calendar = Calendar()
    calendar.add("prodid", "-//clinic-portal//appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method_of(entry))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(email: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    for name, value in parameters.items():
        address.params[name] = value
    return address
