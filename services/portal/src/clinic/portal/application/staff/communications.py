"""Triggers and texts as forms (F43, F44): everything decided goes back at once, with one thing in it changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import say_window
from clinic.portal.application.staff.ports import Json
from clinic.portal.application.staff.windows import UNITS, split_minutes
from clinic.portal.application.staff.words import CHANNELS

KINDS = {
    "confirmation": "Booked",
    "changed": "Date or time changed",
    "cancelled": "Cancelled",
    "status_changed": "Status changed",
    "reminder": "Reminder",
}
EVERY_TYPE = "Every appointment type"
BUILT_IN = "Built-in text"
NO_WAY = "There is no way to the appointment in this text: it has neither {Next Appt. Link} nor {Next Appt. URL}."


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """One trigger in words; `number` is its place in what is decided."""

    number: int
    kind: str
    channel: str
    before: str
    type_name: str
    text: str
    on: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read, and what is wrong per field."""

    value: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def rows_of(decided: Json, types: Mapping[str, str]) -> list[TriggerRow]:
    """Every trigger: by kind, the earliest reminder first, the one for all types before a type's own."""
    names = {template["id"]: template["name"] for template in decided["templates"]}
    order = list(KINDS)
    numbered = sorted(
        enumerate(decided["triggers"]),
        key=lambda pair: (
            order.index(pair[1]["kind"]),
            -(pair[1]["minutes_before"] or 0),
            pair[1]["channel"],
            types.get(pair[1]["appointment_type_id"] or "", ""),
        ),
    )
    return [
        TriggerRow(
            number=number,
            kind=KINDS[trigger["kind"]],
            channel=CHANNELS[trigger["channel"]],
            before=say_before(trigger["minutes_before"]),
            type_name=type_of(trigger, types),
            text=names.get(trigger["template_id"], BUILT_IN),
            on=trigger["on"],
        )
        for number, trigger in numbered
    ]


def type_of(trigger: Json, types: Mapping[str, str]) -> str:
    """The appointment type's name, or that the trigger is for all of them."""
    type_id = trigger["appointment_type_id"]
    return types.get(type_id, "An appointment type that is offered no more") if type_id else EVERY_TYPE


def say_before(minutes: int | None) -> str:
    """`24 hours before`, `7 days (168 hours) before`: elapsed time, so hours stand beside days (F41)."""
    if minutes is None:
        return ""
    hours = f" ({minutes // 60} hours)" if minutes % 1440 == 0 and minutes > 1440 else ""
    return f"{say_window(minutes)}{hours} before"


def as_form(trigger: Json) -> dict[str, str]:
    """The form's values for a trigger."""
    number, unit = split_minutes(trigger["minutes_before"] or 1440)
    return {
        "kind": trigger["kind"],
        "channel": trigger["channel"],
        "number": number,
        "unit": unit,
        "appointment_type_id": trigger["appointment_type_id"] or "",
        "template_id": trigger["template_id"] or "",
        "on": "on" if trigger["on"] else "",
    }


def read_trigger(form: Mapping[str, str], types: Mapping[str, str], decided: Json) -> Read:
    """What the form says; a time counts for reminders only."""
    errors: dict[str, str] = {}
    kind, channel = form.get("kind", ""), form.get("channel", "")
    type_id, template_id = form.get("appointment_type_id", ""), form.get("template_id", "")
    if kind not in KINDS:
        errors["kind"] = "Choose when it is sent."
    if channel not in CHANNELS:
        errors["channel"] = "Choose how it is sent."
    if type_id and type_id not in types:
        errors["appointment_type_id"] = "Choose one of the appointment types."
    fitting = {one["id"] for one in decided["templates"] if (one["kind"], one["channel"]) == (kind, channel)}
    if template_id and template_id not in fitting:
        errors["template_id"] = "This text is for another kind of message. Choose one for this."
    minutes = _minutes(form, errors) if kind == "reminder" else None
    return Read(
        {
            "kind": kind,
            "channel": channel,
            "on": form.get("on") == "on",
            "minutes_before": minutes,
            "appointment_type_id": type_id or None,
            "template_id": template_id or None,
        },
        errors,
    )


def _minutes(form: Mapping[str, str], errors: dict[str, str]) -> int | None:
    text = form.get("number", "").strip()
    factor = UNITS.get(form.get("unit", ""))
    if not (text.isascii() and text.isdigit() and len(text) < 5) or factor is None:
        errors["number"] = "Enter a whole number of minutes, hours or days."
        return None
    minutes = int(text) * factor
    if not 60 <= minutes <= 10_080:
        errors["number"] = "A reminder goes between 1 hour and 7 days before the start."
    return minutes


def templates_for(decided: Json, kind: str = "", channel: str = "") -> list[tuple[str, str]]:
    """The texts to choose from, told apart where they are for several kinds."""
    found = [one for one in decided["templates"] if kind in ("", one["kind"]) and channel in ("", one["channel"])]
    return [
        (
            one["id"],
            one["name"] if kind else f"{one['name']} ({KINDS[one['kind']]}, {CHANNELS[one['channel']].lower()})",
        )
        for one in sorted(found, key=lambda one: str(one["name"]).casefold())
    ]


def what_is_decided(decided: Json) -> dict[str, Any]:
    """What goes back to the service, without what only stands beside it."""
    names = ("id", "name", "kind", "channel", "subject", "body")
    return {
        "remind_imported": decided["remind_imported"],
        "triggers": [dict(one) for one in decided["triggers"]],
        "templates": [{name: one[name] for name in names} for one in decided["templates"]],
    }


def with_trigger(decided: Json, number: int | None, trigger: Json | None) -> dict[str, Any]:
    """One trigger added (no number), replaced, or gone (no trigger)."""
    wanted = what_is_decided(decided)
    place = len(wanted["triggers"]) if number is None else number
    wanted["triggers"][place : place + 1] = [] if trigger is None else [trigger]
    return wanted


def with_template(decided: Json, template: Json, *, use: bool) -> tuple[dict[str, Any], int]:
    """A text added or replaced, and its place; with `use` every trigger of its kind and channel names it."""
    wanted = what_is_decided(decided)
    ids = [one["id"] for one in wanted["templates"]]
    place = ids.index(template["id"]) if template["id"] in ids else len(ids)
    wanted["templates"][place : place + 1] = [template]
    for trigger in wanted["triggers"]:
        if use and (trigger["kind"], trigger["channel"]) == (template["kind"], template["channel"]):
            trigger["template_id"] = template["id"]
    return wanted, place


def without_template(decided: Json, template_id: str) -> dict[str, Any]:
    """The text is gone; triggers that named it send the built-in one again."""
    wanted = what_is_decided(decided)
    wanted["templates"] = [one for one in wanted["templates"] if one["id"] != template_id]
    for trigger in wanted["triggers"]:
        if trigger["template_id"] == template_id:
            trigger["template_id"] = None
    return wanted


def read_template(form: Mapping[str, str], template_id: UUID | str, kind: str, channel: str) -> dict[str, Any]:
    """The text as it was typed, lines as they are everywhere."""
    return {
        "id": str(template_id),
        "name": form.get("name", "").strip(),
        "kind": kind,
        "channel": channel,
        "subject": form.get("subject", "").strip() if channel == "email" else "",
        "body": form.get("body", "").replace("\r\n", "\n").strip(),
    }


def with_variable(body: str, variable: str, variables: Iterable[str]) -> str:
    """The text with a variable at its end; unchanged for one that there is not."""
    if variable not in variables:
        return body
    gap = "" if not body or body[-1].isspace() else " "
    return f"{body}{gap}{{{variable}}}"


def errors_at(errors: Mapping[str, str], place: str) -> dict[str, str]:
    """A service's errors below a place (`templates.2`) by field; any other stands on top of the page."""
    told: dict[str, str] = {}
    for name, text in errors.items():
        here = name.removeprefix(f"{place}.") if name.startswith(f"{place}.") else ""
        told.setdefault("number" if here == "minutes_before" else here, text)
    return told
