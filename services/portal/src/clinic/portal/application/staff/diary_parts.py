"""What a drawn diary is made of: lines are five minutes apart and count from 1 where the drawn day opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """An appointment in its column. `lane` is 0 where it has the column's whole width, else 1, 2 … beside others."""

    appointment_id: UUID
    client_id: str
    from_line: int
    to_line: int
    lane: int
    span: str
    client: str
    kind: str
    place: str
    status: str
    overlaps: bool
    may_move: bool
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Buffer:
    """The time after an appointment that its type keeps free (F39)."""

    from_line: int
    to_line: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One link of a free stretch in the drawn grid."""

    from_line: int
    to_line: int
    at: str


@dataclass(frozen=True, slots=True)
class Free:
    """A stretch that is not taken, from `at` (`10:40`) to `until`. It says nothing about working hours."""

    at: str
    until: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A clinician's day, in the order of time. `cancelled` are those whose time is free again."""

    clinician_id: UUID
    name: str
    day: date
    lanes: int
    items: tuple[Entry | Buffer | Free, ...]
    cancelled: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Hour:
    """A full hour on the axis."""

    line: int
    label: str


@dataclass(frozen=True, slots=True)
class Diary:
    """A drawn day or week from `first` on: `hours` of its height, the axis and the columns."""

    first: date
    hours: int
    axis: tuple[Hour, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """An appointment's time as it is drawn; `span` says its true wall times, `free_at` is after the buffer."""

    starts_at: datetime
    ends_at: datetime
    free_at: datetime
    span: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Called:
    """What clients, appointment types and places are called, by id."""

    clients: Mapping[str, str]
    types: Mapping[str, str]
    places: Mapping[str, str]
