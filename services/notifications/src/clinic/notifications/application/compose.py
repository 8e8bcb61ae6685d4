"""Making a letter: the text filled in with what the other services know at the moment of sending."""

from clinic.kernel.client_time import say_instant
from clinic.notifications.application.ports import Colleague, Letter, Place, Practice
from clinic.notifications.domain.default_texts import (
    ALERT_BODIES,
    ALERT_CLOSING,
    ALERT_LINK_READS,
    BODIES,
    SMS,
    time_values,
)
from clinic.notifications.domain.delivery import AppointmentNow, Contact
from clinic.notifications.domain.messages import Message
from clinic.notifications.domain.short_text import fit
from clinic.notifications.domain.variables import LINK, URL, Block, Line, Paragraph, Span, as_text, blocks

BY_VIDEO = "By video"
KEPT_NAME = "{Client First Name}"
KEPT_URL = f"{{{URL}}}"


def compose(
    message: Message,
    appointment: AppointmentNow,
    practice: Practice,
    contact: Contact,
    place: Place,
    to_address: str,
    url: str,
) -> Letter:
    """The letter of a message. `url` is the fresh link."""
    values = variable_values(message, appointment, practice, place, contact.first_name, url)
    return Letter(
        message_id=message.message_id,
        practice=practice,
        to_address=to_address,
        to_name=f"{contact.first_name} {contact.last_name}".strip(),
        subject=message.told.subject,
        blocks=blocks(BODIES[message.told.kind], values),
        short_text=fit(SMS[message.told.kind], values),
        appointment_id=message.told.appointment_id,
        revision=message.told.revision,
        starts_at=message.told.starts_at,
        ends_at=message.told.ends_at,
        cancelled=message.told.kind == "cancelled",
        place=place.location,
        stamped_at=message.now,
    )


def compose_alert(
    message: Message, appointment: AppointmentNow, practice: Practice, colleague: Colleague, place: Place, url: str
) -> Letter:
    """The letter of an alert to a user. `url` is the staff page of the appointment, which asks to sign in."""
    return Letter(
        message_id=message.message_id,
        practice=practice,
        to_address=colleague.email,
        to_name=colleague.name,
        subject=message.told.subject,
        blocks=alert_blocks(message, appointment, practice, place, url),
        short_text="",
        appointment_id=message.told.appointment_id,
        revision=message.told.revision,
        starts_at=message.told.starts_at,
        ends_at=message.told.ends_at,
        cancelled=message.told.kind == "alert_cancelled",
        place=place.location,
        stamped_at=message.now,
        has_calendar_file=False,
    )


def alert_blocks(
    message: Message, appointment: AppointmentNow, practice: Practice, place: Place, url: str
) -> tuple[Block, ...]:
    """What an alert says: which appointment moved how, and the way to it; neither the client's name nor their words."""
    values = variable_values(message, appointment, practice, place, "", "")
    way = Paragraph((Line((Span(ALERT_LINK_READS, url),)),))
    return (*blocks(ALERT_BODIES[message.told.kind], values), way, Paragraph((Line((Span(ALERT_CLOSING),)),)))


def body_to_keep(message: Message, appointment: AppointmentNow, practice: Practice, place: Place) -> str:
    """The text as it is stored: with placeholders where the client's name and the link were."""
    values = variable_values(message, appointment, practice, place, KEPT_NAME, KEPT_URL)
    if message.channel == "sms":
        return fit(SMS[message.told.kind], values)
    return as_text(blocks(BODIES[message.told.kind], values))


def variable_values(
    message: Message, appointment: AppointmentNow, practice: Practice, place: Place, first_name: str, url: str
) -> dict[str, str]:
    """A value for every variable of F43. The zone is named only for appointments by video (ux.md)."""
    told = message.told
    times = time_values(told.starts_at, told.zone)
    old = say_instant(told.old_starts_at, told.zone) if told.old_starts_at else ""
    named = _zone_in_words(told.zone) if appointment.video else ""
    return {
        **times,
        "Appt. Date and Time": times["Appt. Date and Time"] + named,
        "Previous Appt. Date and Time": old and old + named,
        "Client First Name": first_name,
        "Practice Name": practice.name,
        "Practice Phone": practice.phone,
        "Clinician Name": place.clinician,
        "Location": BY_VIDEO if appointment.video else place.location,
        LINK: url,
        URL: url,
    }


def _zone_in_words(zone: str) -> str:
    words = "UK" if zone == "Europe/London" else zone.rpartition("/")[2].replace("_", " ")
    return f" ({words} time)"
