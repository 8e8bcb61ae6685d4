"""What is wrong with triggers and texts that somebody wants to save: each fault with its place, nothing half saved."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from clinic.notifications.domain.communications import (
    LEAST_MINUTES_BEFORE,
    MOST_MINUTES_BEFORE,
    Communications,
    Template,
    Trigger,
)
from clinic.notifications.domain.default_texts import TIME_VARIABLES
from clinic.notifications.domain.short_text import MOST_SEGMENTS, segments, to_gsm
from clinic.notifications.domain.variables import LINK, URL, UnknownVariable, check, check_subject

MOST_TRIGGERS = 200
MOST_TEMPLATES = 100
MOST_BODY = {"email": 5000, "sms": 459}
"""Characters of a text; a text message's is three segments."""
MOST_SUBJECT = 150
MOST_NAME = 60
KEPT = "\n\t"
BREAKS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of what no database or mail keeps as it is, but for `KEPT`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`place` is the JSON path (`templates.0.body`), `said` what is wrong there and what to do."""

    place: str
    said: str


def faults_in(wanted: Communications) -> list[Fault]:
    """Every fault; none means that it may be saved."""
    return [*_too_many(wanted), *_in_triggers(wanted), *_in_templates(wanted)]


def has_way_to_portal(template: Template) -> bool:
    """Whether a client who reads the text can get to the portal from it."""
    return f"{{{LINK}}}" in template.body or f"{{{URL}}}" in template.body


def _too_many(wanted: Communications) -> Iterator[Fault]:
    if len(wanted.triggers) > MOST_TRIGGERS:
        yield Fault("triggers", f"There can be {MOST_TRIGGERS} triggers at most.")
    if len(wanted.templates) > MOST_TEMPLATES:
        yield Fault("templates", f"There can be {MOST_TEMPLATES} templates at most.")


def _in_triggers(wanted: Communications) -> Iterator[Fault]:
    templates = {template.id: template for template in wanted.templates}
    seen = set()
    for number, trigger in enumerate(wanted.triggers):
        place = f"triggers.{number}"
        key = (trigger.kind, trigger.channel, trigger.minutes_before, trigger.appointment_type_id)
        if key in seen:
            yield Fault(place, "There is one like it already: same message, channel, time and appointment type.")
        seen.add(key)
        if fault := _minutes_fault(trigger):
            yield Fault(f"{place}.minutes_before", fault)
        if trigger.template_id is not None:
            template = templates.get(trigger.template_id)
            if template is None:
                yield Fault(f"{place}.template_id", "There is no such template.")
            elif (template.kind, template.channel) != (trigger.kind, trigger.channel):
                yield Fault(f"{place}.template_id", "The template is for another kind of message.")


def _minutes_fault(trigger: Trigger) -> str | None:
    if trigger.kind != "reminder":
        return "Only a reminder has a time before the start." if trigger.minutes_before is not None else None
    minutes = trigger.minutes_before
    if minutes is None or not LEAST_MINUTES_BEFORE <= minutes <= MOST_MINUTES_BEFORE:
        return "A reminder goes between 1 hour and 7 days (168 hours) before the start."
    return None


def _in_templates(wanted: Communications) -> Iterator[Fault]:
    ids = [template.id for template in wanted.templates]
    names = [(template.name, template.kind, template.channel) for template in wanted.templates]
    for number, template in enumerate(wanted.templates):
        place = f"templates.{number}"
        if ids.count(template.id) > 1:
            yield Fault(f"{place}.id", "Two templates have this id.")
        if not template.name.strip():
            yield Fault(f"{place}.name", "Give the template a name.")
        elif len(template.name) > MOST_NAME:
            yield Fault(f"{place}.name", f"The name can have {MOST_NAME} characters at most.")
        elif not template.name.isprintable():
            yield Fault(f"{place}.name", "The name has a character that cannot be kept.")
        elif names.count((template.name, template.kind, template.channel)) > 1:
            yield Fault(f"{place}.name", "Another template has this name.")
        yield from faults_in_text(template, place)


def faults_in_text(template: Template, place: str) -> Iterator[Fault]:
    """What is wrong with subject and body; an unknown variable is named with its line (F43)."""
    most = MOST_BODY[template.channel]
    if not template.body.strip():
        yield Fault(f"{place}.body", "Enter a text.")
    elif len(template.body) > most:
        yield Fault(f"{place}.body", f"The text can have {most:,} characters at most; it has {len(template.body):,}.")
    elif template.channel == "sms" and (count := segments(to_gsm(template.body))) > MOST_SEGMENTS:
        yield Fault(f"{place}.body", f"The text can take {MOST_SEGMENTS} text messages at most; it takes {count}.")
    if any(unicodedata.category(letter) in BREAKS and letter not in KEPT for letter in template.body):
        yield Fault(f"{place}.body", "The text has a character that cannot be kept.")
    try:
        check(template.body)
    except UnknownVariable as unknown:
        yield Fault(f"{place}.body", f"Line {unknown.line}: {_said_of(unknown.name)}.")
    if template.channel == "sms":
        if template.subject:
            yield Fault(f"{place}.subject", "A text message has no subject.")
        return
    if not template.subject.strip():
        yield Fault(f"{place}.subject", "Enter a subject.")
    elif len(template.subject) > MOST_SUBJECT or not template.subject.isprintable():
        yield Fault(f"{place}.subject", f"The subject is one line of {MOST_SUBJECT} characters at most.")
    if (name := check_subject(template.subject, TIME_VARIABLES)) is not None:
        allowed = ", ".join(f"{{{one}}}" for one in TIME_VARIABLES)
        yield Fault(f"{place}.subject", f"{{{name}}} cannot stand in a subject, only {allowed}.")


def _said_of(name: str) -> str:
    """What is wrong with a variable; it is shown on one line whatever it was written on."""
    if len(name.splitlines()) > 1:
        return f"{{{' '.join(name.split())}}} has to stand on one line"
    return f"there is no variable {{{name}}}"
