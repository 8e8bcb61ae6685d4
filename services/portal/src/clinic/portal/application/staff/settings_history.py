"""The history of the portal settings in a manager's words (F50): who, when, and what was replaced by what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.portal.application.staff.history import Names, say_actor
from clinic.portal.application.staff.moments import read_instant, say_long
from clinic.portal.application.staff.portal_settings import (
    ABILITIES,
    EDITIONS,
    LABELS,
    SWITCHES,
    TEXTS,
    WINDOWS,
)
from clinic.portal.application.staff.ports import Json
from clinic.portal.application.staff.rules import say_changes
from clinic.portal.application.staff.statuses import CHOSEN
from clinic.portal.application.staff.windows import say_bound


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One setting that changed: a text with its old and new wording in full, anything else in lines."""

    label: str
    lines: tuple[str, ...] = ()
    is_text: bool = False
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """One save of the settings. The first one replaced those that every new practice has."""

    at: str
    who: str
    is_first: bool
    fields: tuple[FieldChange, ...]


def told_changes(
    entries: Sequence[Mapping[str, Any]],
    statuses: Sequence[Json],
    names: Names,
    zone: str,
    types: Mapping[str, str],
) -> tuple[SettingsChange, ...]:
    """The entries in the order given, at the zone's wall times.

    Today's `statuses` say what statuses are called, `types` what appointment types are.
    """
    called = _names_of_statuses(entries, statuses)
    return tuple(
        SettingsChange(
            at=say_long(read_instant(entry["recorded_at"]), zone),
            who=say_actor(entry["actor"], names),
            is_first=entry["version"] == 1,
            fields=tuple(
                told_field(one["field"], one["before"], one["after"], called, types) for one in entry["changed"]
            ),
        )
        for entry in entries
    )


def told_differences(
    now: Mapping[str, Any], wanted: Mapping[str, Any], types: Mapping[str, str]
) -> tuple[FieldChange, ...]:
    """Where the settings as they are now differ from what was wanted: told as the change that saving would be."""
    statuses = [*now["statuses"], *wanted.get("statuses", ())]
    called = {status["code"]: str(status["name"]) for status in statuses}
    differing = (name for name in wanted if wanted[name] != now[name])
    return tuple(told_field(name, now[name], wanted[name], called, types) for name in differing)


def told_field(field: str, before: Any, after: Any, called: Mapping[str, str], types: Mapping[str, str]) -> FieldChange:
    """One setting, told; `called` are the names of statuses by code, `types` those of appointment types by id."""
    if field in TEXTS:
        return FieldChange(LABELS[field], is_text=True, before=before, after=after)
    if field == "statuses":
        return FieldChange(LABELS[field], tuple(say_statuses(before, after)))
    if field == "type_rules":
        return FieldChange(LABELS[field], tuple(say_changes(before or (), after or (), types)))
    label = f"What clients can do: {LABELS[field]}" if field in ABILITIES else LABELS.get(field, _spelt_out(field))
    return FieldChange(label, (f"{say_setting(field, after, called)} (before: {say_setting(field, before, called)})",))


def say_setting(field: str, value: Any, called: Mapping[str, str]) -> str:
    """A switch, a window, a choice: its value in words."""
    if field in WINDOWS:
        return say_bound(value)
    if field in SWITCHES or field in ABILITIES:
        return "on" if value else "off"
    if field in CHOSEN:
        return called.get(value) or _spelt_out(value)
    return EDITIONS.get(value, str(value))


def say_statuses(before: Sequence[Json], after: Sequence[Json]) -> list[str]:
    """What happened to the statuses, one sentence each; a status is the same one as long as its code is."""
    old, new = ({one["code"]: one for one in statuses} for statuses in (before, after))
    said = []
    for code, status in new.items():
        said += _changed(old[code], status) if code in old else [say_status(status)]
    said += [f"Removed “{one['name']}”." for code, one in old.items() if code not in new]
    kept = [code for code in old if code in new]
    if kept != [code for code in new if code in old]:
        said.append("They stand in another order.")
    return said


def say_status(status: Json) -> str:
    """A status that was added: its name, whether it attends, its wording."""
    return f"Added “{status['name']}”: {_attending(status)}; clients read “{status['client_wording']}”."


def _changed(old: Json, new: Json) -> list[str]:
    said = []
    if new["name"] != old["name"]:
        said.append(f"Renamed “{old['name']}” to “{new['name']}”.")
    if new["attending"] != old["attending"]:
        said.append(f"“{new['name']}”: {_attending(new)} (before: {_attending(old)}).")
    if new["client_wording"] != old["client_wording"]:
        said.append(f"“{new['name']}”: clients read “{new['client_wording']}” (before: “{old['client_wording']}”).")
    return said


def _attending(status: Json) -> str:
    return "the client is attending" if status["attending"] else "the client is not attending"


def _names_of_statuses(entries: Iterable[Mapping[str, Any]], statuses: Sequence[Json]) -> dict[str, str]:
    """Today's names; a status that is gone has the last name that these entries, newest first, know."""
    called = {status["code"]: status["name"] for status in statuses}
    for entry in entries:
        for one in entry["changed"]:
            if one["field"] == "statuses":
                called = {status["code"]: status["name"] for status in (*one["before"], *one["after"])} | called
    return called


def _spelt_out(code: str) -> str:
    return code.replace("_", " ").capitalize()
