"""A practice's places, types, clinicians, hours and booking settings come from its directory (F49, ADR 0025)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from clinic.availability.application.practice_rows import FILES, KINDS, RowKind, Said, Wanted, wanted_rows
from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import PracticeDirectory
from clinic.kernel.taking_over import CHANGED_HERE, LeftAlone, merge


@dataclass(frozen=True, slots=True)
class Known:
    """What is there: rows by kind and reference with their ids, and what the last import said of them."""

    ids: Mapping[tuple[RowKind, str], UUID]
    values: Mapping[tuple[RowKind, str], Said]
    said: Mapping[tuple[RowKind, str], Said]


@dataclass(slots=True)
class Plan:
    """What there is to write. A changed row has the fields that change, `said` what is to be kept as said."""

    new: list[tuple[Wanted, UUID]] = field(default_factory=list)
    changed: list[tuple[Wanted, UUID, Said]] = field(default_factory=list)
    said: dict[tuple[RowKind, str], Said] = field(default_factory=dict)
    left: list[LeftAlone] = field(default_factory=list)
    unchanged: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of which rows are new or change, in their fixed order."""
        found = {row.kind for row, _ in self.new} | {row.kind for row, _, _ in self.changed}
        return tuple(kind for kind in KINDS if kind in found)


class PracticeRows(Protocol):
    """A practice's rows in one transaction, in which nobody else changes them."""

    def known(self) -> Known:
        """What is there."""

    def write(self, plan: Plan) -> None:
        """New and changed rows, what was said, and the events of both."""


class PracticeWriter(Protocol):
    """Writes a directory's rows, all or nothing."""

    def rows(self, practice_id: UUID) -> AbstractContextManager[PracticeRows]:
        """One transaction."""


def import_practice(writer: PracticeWriter, directory: PracticeDirectory, context: ImportContext) -> ImportReport:
    """New rows are added, rows that the files changed become so; the ids of locations and types are told."""
    users = {ref: found for (kind, ref), found in context.ids.items() if kind == "user"}
    with writer.rows(context.practice()) as rows:
        known = rows.known()
        locations = _ids("locations", (row.ref for row in directory.locations), known)
        types = _ids("appointment_types", (row.ref for row in directory.appointment_types), known)
        wanted = wanted_rows(directory, users, locations)
        plan = plan_rows(wanted, known, {**_of("locations", locations), **_of("appointment_types", types)}, context)
        if not context.dry_run:
            rows.write(plan)
    context.ids |= {("location", ref): id_ for ref, id_ in locations.items()}
    context.ids |= {("type", ref): id_ for ref, id_ in types.items()}
    missing = _missing(wanted, known)
    return ImportReport("availability", len(plan.new), plan.unchanged, len(plan.changed), tuple(plan.left), missing)


def plan_rows(
    wanted: Sequence[Wanted], known: Known, ids: Mapping[tuple[RowKind, str], UUID], context: ImportContext
) -> Plan:
    """What becomes of each row; rows that are there stay as they are unless the context says `update`."""
    plan = Plan()
    for row in wanted:
        key = (row.kind, row.ref)
        here, before = known.values.get(key), known.said.get(key)
        id_ = row.id or ids.get(key) or context.practice()
        if here is None:
            plan.new.append((row, id_))
            plan.said[key] = row.values
            continue
        if not context.update:
            plan.unchanged += 1
            continue
        merged = merge(before, here, row.values)
        plan.left += [LeftAlone(row.file, row.line, row.told_as, column, CHANGED_HERE) for column in merged.left]
        if merged.said != before:
            plan.said[key] = merged.said
        if merged.taken:
            plan.changed.append((row, id_, merged.taken))
        else:
            plan.unchanged += 1
    return plan


def _ids(kind: RowKind, refs: Iterator[str], known: Known) -> dict[str, UUID]:
    """Those that are there keep their ids; the others get new ones."""
    there = {ref: id_ for (of_kind, ref), id_ in known.ids.items() if of_kind == kind}
    return {**there, **{ref: new_id() for ref in refs if ref not in there}}


def _of(kind: RowKind, ids: Mapping[str, UUID]) -> dict[tuple[RowKind, str], UUID]:
    return {(kind, ref): id_ for ref, id_ in ids.items()}


def _missing(wanted: Sequence[Wanted], known: Known) -> dict[str, tuple[str, ...]]:
    """What an import brought and the files no longer name, of the kinds that have references of their own."""
    named = {(row.kind, row.ref) for row in wanted}
    found: dict[str, Any] = {}
    for kind, ref in sorted(set(known.said) - named):
        if kind in FILES:
            found.setdefault(FILES[kind], []).append(ref)
    return {file: tuple(refs) for file, refs in found.items()}
