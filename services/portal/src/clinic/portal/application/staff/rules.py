"""What an appointment type or a single appointment decides differently from the level above it (F18)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.portal.application.staff.windows import read_window, say_bound, window_form

ABILITIES = {
    "may_change": "Change date and time",
    "may_cancel": "Cancel",
    "may_leave_message": "Leave a message with a change or a cancellation",
}
WINDOWS = {"edit_window": "How late clients can change", "cancellation_window": "How late clients can cancel"}
LABELS = {**ABILITIES, **WINDOWS}
AS_ABOVE = "as_above"
CHOICES = {True: "allowed", False: "not_allowed"}
NO_RULES: dict[str, Any] = dict.fromkeys(LABELS)
LEVELS = {"practice": "the practice’s settings", "type": "the appointment type", "appointment": "this appointment"}


@dataclass(frozen=True, slots=True)
class ReadRules:
    """Rules that were read from a form, and what is wrong per field."""

    rules: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidRule:
    """One effective rule in words; `source` says which level decided it."""

    label: str
    value: str
    source: str


def as_form(rules: Mapping[str, Any]) -> dict[str, str]:
    """The form's values: what is as on the level above is `as_above`."""
    form = {name: AS_ABOVE if rules.get(name) is None else CHOICES[rules[name]] for name in ABILITIES}
    for name in WINDOWS:
        window = rules.get(name)
        form |= window_form(name, window) if window else {name: AS_ABOVE, f"{name}_unit": "hours"}
    return form


def read_form(form: Mapping[str, str]) -> ReadRules:
    """What the form says."""
    errors: dict[str, str] = {}
    rules: dict[str, Any] = {}
    for name in ABILITIES:
        chosen = form.get(name, "")
        rules[name] = next((value for value, word in CHOICES.items() if word == chosen), None)
        if rules[name] is None and chosen != AS_ABOVE:
            errors[name] = "Choose one of the three."
    for name in WINDOWS:
        rules[name] = None if form.get(name) == AS_ABOVE else read_window(form, name, errors)
    return ReadRules(rules, errors)


def rules_of_type(settings: Mapping[str, Any], type_id: str) -> dict[str, Any]:
    """The type's own rules, none of them where it has none."""
    found = (one["rules"] for one in settings["type_rules"] if one["appointment_type_id"] == type_id)
    return NO_RULES | dict(next(found, {}))


def with_type_rules(settings: Mapping[str, Any], type_id: str, rules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The practice's `type_rules` with these for the type; a type that decides nothing has no entry."""
    others = [dict(one) for one in settings["type_rules"] if one["appointment_type_id"] != type_id]
    if all(value is None for value in rules.values()):
        return others
    return [*others, {"appointment_type_id": type_id, "rules": dict(rules)}]


def effective(settings: Mapping[str, Any], *levels: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with what each level decides differently, the most specific one last."""
    merged = dict(settings)
    for rules in levels:
        merged |= {name: rules[name] for name in LABELS if rules.get(name) is not None}
    return merged


def said_own(rules: Mapping[str, Any]) -> list[str]:
    """The rules that differ from the level above, in words."""
    return [f"{LABELS[name]}: {_say(rules[name])}" for name in LABELS if rules.get(name) is not None]


def said_effective(appointment: Mapping[str, Any], settings: Mapping[str, Any]) -> list[SaidRule]:
    """What a client may do with this appointment, and which level decided each (F18)."""
    levels = {
        "practice": settings,
        "type": rules_of_type(settings, appointment["appointment_type_id"]),
        "appointment": appointment.get("rules") or {},
    }
    from_ = appointment.get("rules_from") or {}
    told = []
    for name, label in LABELS.items():
        level = from_.get(name, "practice")
        value = levels[level].get(name)
        told.append(SaidRule(label, _say(settings[name] if value is None else value), LEVELS[level]))
    return told


def said_above(level: Mapping[str, Any]) -> dict[str, str]:
    """What each rule is on the level above, in words."""
    return {name: _say(level[name]) for name in LABELS}


def say_changes(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], types: Mapping[str, str]
) -> list[str]:
    """How the types' rules changed, one sentence for each type that differs."""
    old, new = ({one["appointment_type_id"]: one["rules"] for one in rules} for rules in (before, after))
    said = []
    for type_id in sorted(old.keys() | new.keys(), key=lambda key: types.get(key, key)):
        was, is_ = (said_own(rules.get(type_id) or {}) for rules in (old, new))
        if was != is_:
            name = types.get(type_id, "A type that is gone")
            said.append(f"{name}: {_joined(is_)} (before: {_joined(was)}).")
    return said


def _joined(lines: Sequence[str]) -> str:
    return "; ".join(line[:1].lower() + line[1:] for line in lines) or "as the practice"


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "allowed" if value else "not allowed"
    return say_bound(value)
