"""Which words a message is queued with: the practice's own where a trigger names a template, else the built-in ones."""

from dataclasses import replace
from uuid import UUID

from clinic.notifications.application.ports import Intention
from clinic.notifications.domain.communications import Communications, template_of, trigger_of
from clinic.notifications.domain.default_texts import filled_subject
from clinic.notifications.domain.messages import Told


def worded(intention: Intention, told: Told, decided: Communications, appointment_type_id: UUID | None) -> Intention:
    """The intention with the words that hold now: a template that is changed later changes no queued message."""
    trigger = trigger_of(decided, told.kind, intention.channel, appointment_type_id, told.minutes_before)
    template = template_of(decided, trigger)
    if template is None:
        return intention
    subject = filled_subject(template.subject, told.starts_at, told.zone) if template.subject else None
    return replace(intention, subject=subject, wording=template.body)
