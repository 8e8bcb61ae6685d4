"""The history of triggers and texts in a manager's words: who saved, when, and what came, went or reads otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.portal.application.staff.communications import BUILT_IN, KINDS, say_before, type_of
from clinic.portal.application.staff.history import Names, say_actor
from clinic.portal.application.staff.moments import read_instant, say_long
from clinic.portal.application.staff.ports import Json
from clinic.portal.application.staff.words import CHANNELS


@dataclass(frozen=True, slots=True)
class SavedText:
    """A text that came, went or changed; empty where there was none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Saving:
    """One saving."""

    at: str
    who: str
    lines: tuple[str, ...]
    texts: tuple[SavedText, ...]


def told_savings(entries: Sequence[Json], types: Mapping[str, str], names: Names, zone: str) -> tuple[Saving, ...]:
    """The entries in the order given."""
    return tuple(
        Saving(
            at=say_long(read_instant(entry["recorded_at"]), zone),
            who=say_actor(entry["actor"], names),
            lines=tuple(line for change in entry["changed"] for line in _lines(change, types)),
            texts=tuple(text for change in entry["changed"] for text in _texts(change)),
        )
        for entry in entries
    )


def _lines(change: Json, types: Mapping[str, str]) -> list[str]:
    if change["field"] == "remind_imported":
        state = "are reminded of as well" if change["after"] else "are not reminded of"
        return [f"Appointments taken over from another system {state}."]
    if change["field"] != "triggers":
        return []
    before, after = _by_key(change["before"]), _by_key(change["after"])
    lines = [f"Removed: {_say(before[key], types)}" for key in before if key not in after]
    lines += [f"Added: {_say(after[key], types)}, {_state(after[key])}" for key in after if key not in before]
    for key in before.keys() & after.keys():
        old, new = before[key], after[key]
        if old["on"] != new["on"]:
            lines.append(f"{_say(new, types)}: {_state(old)} → {_state(new)}")
        if old["template_id"] != new["template_id"]:
            lines.append(
                f"{_say(new, types)}: another text" if new["template_id"] else f"{_say(new, types)}: {BUILT_IN}"
            )
    return sorted(lines)


def _by_key(triggers: Sequence[Json]) -> dict[tuple[Any, ...], Json]:
    names = ("kind", "channel", "minutes_before", "appointment_type_id")
    return {tuple(one[name] for name in names): one for one in triggers}


def _say(trigger: Json, types: Mapping[str, str]) -> str:
    parts = (
        KINDS[trigger["kind"]],
        say_before(trigger["minutes_before"]),
        CHANNELS[trigger["channel"]].lower(),
        type_of(trigger, types) if trigger["appointment_type_id"] else "",
    )
    return ", ".join(part for part in parts if part)


def _state(trigger: Json) -> str:
    return "on" if trigger["on"] else "off"


def _texts(change: Json) -> list[SavedText]:
    if change["field"] != "templates":
        return []
    before, after = ({one["id"]: one for one in change[side]} for side in ("before", "after"))
    return [
        SavedText(
            name=str((after.get(key) or before[key])["name"]),
            before=_text(before.get(key)),
            after=_text(after.get(key)),
        )
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _text(template: Json | None) -> str:
    if template is None:
        return ""
    return f"{template['subject']}\n\n{template['body']}" if template["subject"] else str(template["body"])
