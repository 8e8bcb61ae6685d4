"""All that is held about a client, put together from what every service contributes (subject access, F52).

A contributor is a function found by the entry-point group `clinic.client_records`: it gives what its service holds
about a client of a practice, with the operators' role, and calls nobody. Texts that the client sealed come as they are
in the ledger; identity, which puts the record together, unseals them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from typing import Any
from uuid import UUID

from clinic.contracts.appointments import Sealed

GROUP = "clinic.client_records"
ORDER = ("appointments", "availability", "notifications")
"""The order in which people read it; identity's own part comes first."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the record under a heading: entries of named values (texts, numbers, instants as RFC 3339, lists)."""

    service: str
    title: str
    entries: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one service holds. `sealed` are texts by the id of their event: an entry with this `event_id` gets it.

    `names` are words for ids that appear anywhere in the record.
    """

    sections: tuple[Section, ...]
    sealed: Mapping[UUID, Sealed] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


Contributor = Callable[[UUID, UUID], Contribution]
"""Practice and client to what is held."""


def contributors() -> Iterator[tuple[str, Contributor]]:
    """Every service's, in a fixed order; those of a service that ORDER does not name come last."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    for name in [*ORDER, *sorted(found.keys() - set(ORDER))]:
        if name in found:
            yield name, found[name].load()


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """The whole, ready to be handed out. `about` says of whom, by whom, when."""

    about: Mapping[str, str]
    sections: tuple[Section, ...]

    def as_json(self) -> dict[str, Any]:
        """For another system."""
        return {
            "about": dict(self.about),
            "sections": [
                {"service": one.service, "title": one.title, "entries": [dict(entry) for entry in one.entries]}
                for one in self.sections
            ],
        }


def put_together(
    about: Mapping[str, str],
    own: Sequence[Section],
    contributions: Sequence[Contribution],
    texts: Mapping[UUID, str | None],
    names: Mapping[str, str],
) -> ClientRecord:
    """The record in words: ids get their names beside them, sealed messages their texts, sentences their people."""
    known = {key: name for one in contributions for key, name in one.names.items()} | dict(names)
    sections = [*own, *(section for one in contributions for section in one.sections)]
    return ClientRecord(
        about,
        tuple(
            Section(one.service, one.title, [_told(entry, texts, known, about["client"]) for entry in one.entries])
            for one in sections
        ),
    )


def _told(
    entry: Mapping[str, Any], texts: Mapping[UUID, str | None], names: Mapping[str, str], client: str
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for key, value in entry.items():
        told[key] = value
        if key.endswith("_id") and str(value) in names:
            told[key.removesuffix("_id")] = names[str(value)]
    if "event_id" in entry and (event_id := UUID(str(entry["event_id"]))) in texts:
        text = texts[event_id]
        told["text"] = "cannot be read any more" if text is None else text
    if "sentence" in entry:
        people = {"client": client, "clinician": told.get("clinician"), "user": told.get("actor")}
        for place, name in people.items():
            told["sentence"] = told["sentence"].replace("{" + place + "}", name or "a member of staff")
    return told


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a table as JSON has it."""
    return {key: plain_value(value) for key, value in row.items()}


def plain_value(value: Any) -> Any:
    """As JSON has it; instants in UTC."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case list() | tuple():
            return [plain_value(one) for one in value]
        case _:
            return value
