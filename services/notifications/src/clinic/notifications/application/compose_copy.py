"""The copy to a client's next of kin (F45): what happened and when; no link, portal address or calendar file."""

from collections.abc import Mapping

from clinic.notifications.application.compose import KEPT_NAME, variable_values
from clinic.notifications.application.ports import Letter, Place, Practice
from clinic.notifications.domain.copy_texts import COPY_BODIES, COPY_SMS
from clinic.notifications.domain.delivery import AppointmentNow, Contact, NextOfKin
from clinic.notifications.domain.messages import Message, Told
from clinic.notifications.domain.short_text import fit
from clinic.notifications.domain.variables import as_text, blocks


def compose_copy(
    message: Message,
    told: Told,
    appointment: AppointmentNow,
    practice: Practice,
    contact: Contact,
    kin: NextOfKin,
    place: Place,
) -> Letter:
    """The letter of a copy."""
    values = variable_values(told, appointment, practice, place, contact.first_name, "")
    return Letter(
        message_id=message.message_id,
        practice=practice,
        to_address=kin.address(message.channel),
        to_name=kin.name,
        subject=message.subject,
        blocks=blocks(COPY_BODIES[told.kind], values) if message.channel == "email" else (),
        short_text=_short(told, values) if message.channel == "sms" else "",
        stamped_at=message.now,
        not_after=message.not_after,
    )


def copy_to_keep(message: Message, told: Told, appointment: AppointmentNow, practice: Practice, place: Place) -> str:
    """The copy as it is stored: a placeholder where the client's name was."""
    values = variable_values(told, appointment, practice, place, KEPT_NAME, "")
    return _short(told, values) if message.channel == "sms" else as_text(blocks(COPY_BODIES[told.kind], values))


def _short(told: Told, values: Mapping[str, str]) -> str:
    return fit(COPY_SMS[told.kind], values)
