"""Making a letter: the text filled in with what the other services know at the moment of sending."""

from collections.abc import Mapping

from clinic.contracts.appointments import Paid
from clinic.kernel.client_time import say_instant, say_zone
from clinic.kernel.money import say_money
from clinic.notifications.application.ports import CalendarFacts, Colleague, Letter, Place, Practice
from clinic.notifications.domain.default_texts import (
    ALERT_BODIES,
    ALERT_CLOSING,
    ALERT_LINK_READS,
    ALERT_PAID,
    ALERT_PARTLY_REFUNDED,
    ALERT_REFUNDED,
    BODIES,
    SMS,
    time_values,
)
from clinic.notifications.domain.delivery import AppointmentNow, Contact
from clinic.notifications.domain.messages import Message, Told
from clinic.notifications.domain.short_text import fit, to_gsm
from clinic.notifications.domain.sign_in_texts import (
    SIGN_IN_CLOSING,
    SIGN_IN_OPENING,
    SIGN_IN_READS,
    SIGN_IN_SMS,
    SIGN_IN_SUBJECT,
)
from clinic.notifications.domain.variables import LINK, URL, Block, Button, Line, Paragraph, Span, as_text, blocks, fill

BY_VIDEO = "By video"
KEPT_NAME = "{Client First Name}"
KEPT_URL = f"{{{URL}}}"


def compose(
    message: Message,
    told: Told,
    appointment: AppointmentNow,
    practice: Practice,
    contact: Contact,
    place: Place,
    to_address: str,
    url: str,
) -> Letter:
    """The letter of a message to the client. `url` is the fresh link."""
    values = variable_values(told, appointment, practice, place, contact.first_name, url)
    is_mail = message.channel == "email"
    return Letter(
        message_id=message.message_id,
        practice=practice,
        to_address=to_address,
        to_name=f"{contact.first_name} {contact.last_name}".strip(),
        subject=message.subject,
        blocks=blocks(mail_text(message, told), values) if is_mail else (),
        short_text="" if is_mail else short_text(message, told, values),
        stamped_at=message.now,
        not_after=message.not_after,
        calendar=CalendarFacts(
            appointment_id=told.appointment_id,
            revision=appointment.revision,
            starts_at=told.starts_at,
            ends_at=told.ends_at,
            cancelled=told.kind == "cancelled",
            place=place.location,
        ),
    )


def mail_text(message: Message, told: Told) -> str:
    """The mail's text with its variables: the practice's own, or the built-in one."""
    return BODIES[told.kind] if message.wording is None else message.wording


def short_text(message: Message, told: Told, values: Mapping[str, str]) -> str:
    """The text message: a built-in text is one segment, a practice's own is as long as they made it."""
    if message.wording is None:
        return fit(SMS[told.kind], values)
    return to_gsm(fill(message.wording, values))


def compose_alert(
    message: Message,
    told: Told,
    appointment: AppointmentNow,
    practice: Practice,
    colleague: Colleague,
    place: Place,
    url: str,
) -> Letter:
    """The letter of an alert to a user. `url` is the staff page of the appointment, which asks to sign in."""
    return Letter(
        message_id=message.message_id,
        practice=practice,
        to_address=colleague.email,
        to_name=colleague.name,
        subject=message.subject,
        blocks=alert_blocks(told, appointment, practice, place, url),
        short_text="",
        stamped_at=message.now,
        not_after=message.not_after,
    )


def alert_blocks(
    told: Told, appointment: AppointmentNow, practice: Practice, place: Place, url: str
) -> tuple[Block, ...]:
    """What an alert says: which appointment moved how, and the way to it; neither the client's name nor their words."""
    values = variable_values(told, appointment, practice, place, "", "")
    way = Paragraph((Line((Span(ALERT_LINK_READS, url),)),))
    paid = (Paragraph((Line((Span(paid_line(told.paid)),)),)),) if told.paid else ()
    return (*blocks(ALERT_BODIES[told.kind], values), *paid, way, Paragraph((Line((Span(ALERT_CLOSING),)),)))


def paid_line(paid: Paid) -> str:
    """What had been paid for what was cancelled, what of it was back already, and who decides about the rest (F34)."""
    text = ALERT_PAID if not paid.refunded_pence else ALERT_PARTLY_REFUNDED if paid.kept_pence else ALERT_REFUNDED
    amounts = {"{paid}": paid.amount_pence, "{refunded}": paid.refunded_pence}
    for mark, pence in amounts.items():
        text = text.replace(mark, say_money(pence, paid.currency))
    return text


def compose_sign_in(message: Message, practice: Practice, to_address: str, url: str) -> Letter:
    """The letter with a link that somebody asked for (F9). It says nothing of whom it goes to (ADR 0024)."""
    values = sign_in_values(practice, url)
    way = Button(url, SIGN_IN_READS)
    return Letter(
        message_id=message.message_id,
        practice=practice,
        to_address=to_address,
        to_name="",
        subject=fill(SIGN_IN_SUBJECT, values),
        blocks=(*blocks(SIGN_IN_OPENING, values), way, *blocks(SIGN_IN_CLOSING, values)),
        short_text=fit(SIGN_IN_SMS, values),
        stamped_at=message.now,
        not_after=message.not_after,
    )


def sign_in_values(practice: Practice, url: str) -> dict[str, str]:
    """The variables of a sign-in message."""
    return {"Practice Name": practice.name, "Practice Phone": practice.phone, URL: url}


def body_to_keep(message: Message, told: Told, appointment: AppointmentNow, practice: Practice, place: Place) -> str:
    """The text as it is stored: with placeholders where the client's name and the link were."""
    values = variable_values(told, appointment, practice, place, KEPT_NAME, KEPT_URL)
    if message.channel == "sms":
        return short_text(message, told, values)
    return as_text(blocks(mail_text(message, told), values))


def variable_values(
    told: Told, appointment: AppointmentNow, practice: Practice, place: Place, first_name: str, url: str
) -> dict[str, str]:
    """A value for every variable of F43. The zone is named only for appointments by video (ux.md)."""
    times = time_values(told.starts_at, told.zone)
    old = say_instant(told.old_starts_at, told.zone) if told.old_starts_at else ""
    named = f" ({say_zone(told.zone)})" if appointment.video else ""
    return {
        **times,
        "Appt. Date and Time": times["Appt. Date and Time"] + named,
        "Previous Appt. Date and Time": old and old + named,
        "Appt. Status": appointment.status_for_client,
        "Client First Name": first_name,
        "Practice Name": practice.name,
        "Practice Phone": practice.phone,
        "Clinician Name": place.clinician,
        "Location": BY_VIDEO if appointment.video else place.location,
        LINK: url,
        URL: url,
    }
