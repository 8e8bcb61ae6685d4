"""Views built from the events in tables beside the live ones: one pass over a practice's events for all of them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.appointments.adapters.bulk import fetch, put_back
from clinic.appointments.application.projections.changes import Change, View
from clinic.appointments.application.projections.folding import Fold
from clinic.contracts.codec import Decoded
from clinic.infra.applying import said
from clinic.infra.database import Connection
from clinic.infra.replay import Unreadable, replay

REBUILD, STAGING = "rebuild", "staging"
"""Schemas: what is built in a transaction that is rolled back; what is built in steps, to take the live rows' place."""

STEP = 25_000
"""So many events are folded in memory before rows are written."""


class CannotBuild(Exception):
    """Views cannot be built from the events: which, where and why. Nothing of the transaction may stay."""

    def __init__(self, views: Sequence[View], position: int, reason: str) -> None:
        super().__init__(f"position {position}: {reason}")
        self.views = tuple(views)
        self.position = position
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Job:
    """A view to be brought from one position of a practice to another."""

    view: View
    after: int
    until: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Jobs of views that make the same rows of the same events: folded once. `handles` is the mapping's identity."""

    handles: int
    key: str
    after: int
    until: int


def build(
    connection: Connection, practice_id: UUID, view: View, position: int, only: Sequence[str] | None = None
) -> None:
    """Builds the view's rows as they were at a position, in the schema `rebuild`, inside the caller's transaction.

    `only` limits it to some streams. The transaction is to be rolled back; CannotBuild says what is in the way.
    """
    advance(connection, practice_id, [Job(view, 0, position)], REBUILD, only=only)


def advance(
    connection: Connection,
    practice_id: UUID,
    jobs: Sequence[Job],
    schema: str,
    *,
    only: Sequence[str] | None = None,
    told: Callable[[int], None] = lambda positions: None,
    step: int = STEP,
) -> None:
    """Brings views in a schema from where they are to where they should be; `told` hears how many positions passed."""
    groups = _groups(jobs)
    first, last = min(job.after for job in jobs), max(job.until for job in jobs)
    for after in range(first, last, step):
        until = min(last, after + step)
        folds = {group: Fold(group.key) for group in groups}
        _fold(connection, practice_id, (after, until), groups, folds, schema, only, told)
        for group, fold in folds.items():
            for view in groups[group]:
                put_back(connection, f"{schema}.{view.table}", fold, practice_id)


def _groups(jobs: Sequence[Job]) -> dict[_Group, list[View]]:
    found: defaultdict[_Group, list[View]] = defaultdict(list)
    for job in jobs:
        found[_Group(id(job.view.handles), job.view.key, job.after, job.until)].append(job.view)
    return found


def _fold(
    connection: Connection,
    practice_id: UUID,
    span: tuple[int, int],
    groups: Mapping[_Group, list[View]],
    folds: Mapping[_Group, Fold],
    schema: str,
    only: Sequence[str] | None,
    told: Callable[[int], None],
) -> None:
    """Folds the events with position in (first, last] of the span."""
    views = [same[0] for same in groups.values()]
    types = {name for view in views for name in view.handles}
    pages = replay(connection, practice_id, *span, types, only=only)
    try:
        for page in pages:
            for (group, fold), view in zip(folds.items(), views, strict=True):
                changes = _changes(
                    view, [event for event in page.events if group.after < event.position <= group.until]
                )
                table = f"{schema}.{view.table}"
                fold.know(
                    fetch(connection, table, fold.key, practice_id, fold.unknown(change for _, change in changes))
                )
                _take(view, fold, changes)
            told(page.positions)
    except Unreadable as error:
        concerned = [view for view in views if error.type_name in view.handles]
        raise CannotBuild(concerned or views, error.position, error.reason) from None


def _changes(view: View, events: Sequence[Decoded]) -> list[tuple[int, Change]]:
    """What the view makes of each event, with its position."""
    changes: list[tuple[int, Change]] = []
    for event in events:
        if handle := view.handles.get(event.type):
            try:
                changes += [(event.position, change) for change in handle(event)]
            except Exception as error:
                raise CannotBuild([view], event.position, said(error)) from error
    return changes


def _take(view: View, fold: Fold, changes: Sequence[tuple[int, Change]]) -> None:
    for position, change in changes:
        try:
            fold.take([change])
        except (LookupError, ValueError) as error:
            raise CannotBuild([view], position, str(error)) from None
