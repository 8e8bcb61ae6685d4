"""A letter as a MIME message: text, HTML and the calendar file (F48)."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from clinic.infra.calendar_file import FILE_NAME, CalendarEntry, calendar_file, method_of
from clinic.notifications.adapters.mail_layout import html_of
from clinic.notifications.application.ports import Letter
from clinic.notifications.domain.delivery import Failed
from clinic.notifications.domain.variables import as_text

UNSAFE = "a name or an address holds a control character"
NOT_AN_ADDRESS = "the e-mail address cannot be used"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail is from and to, checked: nothing in it can end a header line."""

    from_name: str
    from_address: str
    to_name: str
    to_address: str
    reply_to: str
    reference: str


def envelope_of(letter: Letter, mail_from: str) -> Envelope:
    """The envelope; Failed where a value has a control character or an address is not plain ASCII `name@host`."""
    addresses = (mail_from, letter.to_address, letter.practice.email or mail_from)
    place = letter.calendar.place if letter.calendar else ""
    for value in (letter.subject, letter.practice.name, letter.to_name, place, *addresses):
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise Failed(UNSAFE)
    for address in addresses:
        if not address.isascii() or address.count("@") != 1 or " " in address or address.strip("@") != address:
            raise Failed(NOT_AN_ADDRESS)
    return Envelope(
        from_name=letter.practice.name,
        from_address=mail_from,
        to_name=letter.to_name,
        to_address=letter.to_address,
        reply_to=letter.practice.email or mail_from,
        reference=f"<{letter.message_id}@{mail_from.partition('@')[2]}>",
    )


def entry_of(letter: Letter, envelope: Envelope) -> CalendarEntry:
    """What the calendar file of a letter that has one says; answers go to the practice."""
    if letter.calendar is None:
        raise ValueError("this letter has no calendar file")
    facts = letter.calendar
    return CalendarEntry(
        appointment_id=facts.appointment_id,
        revision=facts.revision,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        cancelled=facts.cancelled,
        practice_name=letter.practice.name,
        practice_slug=letter.practice.slug,
        organizer=envelope.reply_to,
        place=facts.place,
        stamped_at=letter.stamped_at,
        attendee=envelope.to_address,
    )


def mime_of(letter: Letter, envelope: Envelope) -> EmailMessage:
    """The whole message: 7-bit, CRLF, a client's with the calendar file attached, its method in the MIME type."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(envelope.from_name, envelope.from_address)
    mail["To"] = _address(envelope.to_name, envelope.to_address)
    mail["Reply-To"] = _address(envelope.from_name, envelope.reply_to)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.stamped_at)
    mail["Message-ID"] = envelope.reference
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(as_text(letter.blocks), cte="quoted-printable")
    mail.add_alternative(html_of(letter), subtype="html", cte="quoted-printable")
    if letter.has_calendar_file:
        _attach_calendar_file(mail, letter, envelope)
    return mail


def _attach_calendar_file(mail: EmailMessage, letter: Letter, envelope: Envelope) -> None:
    entry = entry_of(letter, envelope)
    mail.add_attachment(
        calendar_file(entry).decode(),
        subtype="calendar",
        filename=FILE_NAME,
        params={"method": method_of(entry)},
        cte="base64",
    )


def _address(name: str, address: str) -> Address:
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError):
        raise Failed(NOT_AN_ADDRESS) from None
