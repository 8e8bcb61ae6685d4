"""The diary of one local day, laid out: where each entry and each free time stands, so that nothing is clipped.

Lines are five minutes apart and count from 1 at the hour where the drawn day opens; the page's grid lets a line grow
with the text that stands on it, in every column alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import in_zone
from clinic.portal.application.staff.moments import bounds_of, read_instant, say_clock, say_span

LINE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
SHORTEST_FREE = timedelta(minutes=15)
SHORTEST_PIECE = timedelta(minutes=30)
OPENS, CLOSES = timedelta(hours=8), timedelta(hours=18)


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
    lanes: int
    items: tuple[Entry | Buffer | Free, ...]
    cancelled: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Hour:
    """A full hour on the axis."""

    line: int
    label: str


@dataclass(frozen=True, slots=True)
class DiaryDay:
    """The drawn day: `hours` of its height, the axis and the columns."""

    day: date
    hours: int
    axis: tuple[Hour, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    starts_at: datetime
    ends_at: datetime
    free_at: datetime
    body: Mapping[str, Any]


def lay_out(
    day: date,
    zone: str,
    appointments: Iterable[Mapping[str, Any]],
    clinicians: Sequence[tuple[UUID, str]],
    *,
    clients: Mapping[str, str],
    types: Mapping[str, str],
    places: Mapping[str, str],
    now: datetime,
) -> DiaryDay:
    """One column per clinician, in the given order. Times that are over are not offered for booking."""
    begins, ends = bounds_of(day, zone)
    everything = [_taken(body) for body in appointments]
    taken = [one for one in everything if not one.body["cancelled"] and one.starts_at < ends and one.free_at > begins]
    opens = min([begins + OPENS, *(_hour_of(max(one.starts_at, begins)) for one in taken)])
    closes = max([min(begins + CLOSES, ends), *(_hour_after(min(one.free_at, ends)) for one in taken)])
    drawn = _Drawing(opens, closes, zone, clients, types, places, now)
    columns = tuple(
        drawn.column(
            clinician_id,
            name,
            [one for one in taken if one.body["clinician_id"] == str(clinician_id)],
            [one for one in everything if one.body["cancelled"] and one.body["clinician_id"] == str(clinician_id)],
        )
        for clinician_id, name in clinicians
    )
    hours = int((closes - opens) / HOUR)
    return DiaryDay(day, hours, tuple(drawn.hour(opens + number * HOUR) for number in range(hours)), columns)


def _taken(body: Mapping[str, Any]) -> _Taken:
    ends_at = read_instant(body["ends_at"])
    return _Taken(
        starts_at=read_instant(body["starts_at"]),
        ends_at=ends_at,
        free_at=ends_at + timedelta(minutes=body["buffer_after_minutes"]),
        body=body,
    )


def _hour_of(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _hour_after(instant: datetime) -> datetime:
    return instant if instant == _hour_of(instant) else _hour_of(instant) + HOUR


@dataclass(frozen=True, slots=True)
class _Drawing:
    opens: datetime
    closes: datetime
    zone: str
    clients: Mapping[str, str]
    types: Mapping[str, str]
    places: Mapping[str, str]
    now: datetime

    def line(self, instant: datetime, *, up: bool = False) -> int:
        """The line at or before the instant; at or after it with `up`. Never outside the drawn day."""
        inside = min(max(instant, self.opens), self.closes) - self.opens
        return 1 + (-(-inside // LINE) if up else inside // LINE)

    def hour(self, instant: datetime) -> Hour:
        return Hour(self.line(instant), say_clock(instant, self.zone))

    def column(self, clinician_id: UUID, name: str, taken: list[_Taken], cancelled: list[_Taken]) -> Column:
        taken = sorted(taken, key=lambda one: (one.starts_at, one.ends_at))
        lanes = _lanes(taken)
        timed: list[tuple[datetime, Entry | Buffer | Free]] = []
        for one, lane in zip(taken, lanes, strict=True):
            timed.append((one.starts_at, self.entry(one, lane)))
            if one.free_at > one.ends_at and not _meets_another(one, taken):
                timed.append((one.ends_at, Buffer(self.line(one.ends_at, up=True), self.line(one.free_at, up=True))))
        timed += [(start, self.free(start, end)) for start, end in self.gaps(taken)]
        return Column(
            clinician_id=clinician_id,
            name=name,
            lanes=max(lanes, default=0) or 1,
            items=tuple(item for _, item in sorted(timed, key=lambda pair: pair[0])),
            cancelled=tuple(self.entry(one, 0) for one in sorted(cancelled, key=lambda one: one.starts_at)),
        )

    def entry(self, one: _Taken, lane: int) -> Entry:
        from_line = self.line(one.starts_at)
        return Entry(
            appointment_id=UUID(one.body["id"]),
            client_id=one.body["client_id"],
            from_line=from_line,
            to_line=max(self.line(one.ends_at, up=True), from_line + 1),
            lane=lane,
            span=say_span(one.starts_at, one.ends_at, self.zone),
            client=self.clients.get(one.body["client_id"], "Unknown client"),
            kind=self.types.get(one.body["appointment_type_id"], ""),
            place="Video" if one.body["video"] else self.places.get(one.body["location_id"], ""),
            status=one.body.get("status_name") or "",
            overlaps=one.body["overlap_accepted"],
            may_move=one.body["may_change"]["allowed"],
        )

    def gaps(self, taken: list[_Taken]) -> list[tuple[datetime, datetime]]:
        """The stretches between the taken times, from now on, long enough to be worth a link."""
        cursor = self.opens
        if self.now > cursor:
            cursor += -(-(self.now - cursor) // LINE) * LINE
        found = []
        for one in taken:
            if one.starts_at - cursor >= SHORTEST_FREE:
                found.append((cursor, one.starts_at))
            cursor = max(cursor, one.free_at)
        if self.closes - cursor >= SHORTEST_FREE:
            found.append((cursor, self.closes))
        return found

    def free(self, start: datetime, end: datetime) -> Free:
        return Free(
            at=say_clock(start, self.zone),
            until="24:00" if in_zone(end, self.zone).time() == datetime.min.time() else say_clock(end, self.zone),
            pieces=tuple(
                Piece(self.line(first, up=True), self.line(last), say_clock(first, self.zone))
                for first, last in _pieces(start, end)
            ),
        )


def _pieces(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Cut at the full hours; what would be shorter than half an hour stays with its neighbour."""
    cuts = [start]
    at = _hour_of(start) + HOUR
    while at < end:
        if at - cuts[-1] >= SHORTEST_PIECE and end - at >= SHORTEST_PIECE:
            cuts.append(at)
        at += HOUR
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _lanes(taken: Sequence[_Taken]) -> list[int]:
    """Per appointment, in the order of time: 0 alone, else the first lane that is free when it starts."""
    lanes: list[int] = []
    free_from: list[datetime] = []
    for one in taken:
        if not any(_overlap(one, other) for other in taken if other is not one):
            lanes.append(0)
            continue
        number = next((n for n, free in enumerate(free_from) if free <= one.starts_at), len(free_from))
        free_from[number : number + 1] = [one.ends_at]
        lanes.append(number + 1)
    return lanes


def _overlap(one: _Taken, other: _Taken) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _meets_another(one: _Taken, taken: Iterable[_Taken]) -> bool:
    return any(other is not one and other.starts_at < one.free_at and one.starts_at < other.free_at for other in taken)
