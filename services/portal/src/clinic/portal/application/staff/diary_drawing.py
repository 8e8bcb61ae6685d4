"""One column of the diary: where each entry and each free time stands, so that nothing is clipped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.kernel.client_time import in_zone
from clinic.portal.application.staff.diary_parts import Buffer, Called, Column, Entry, Free, Hour, Piece, Taken
from clinic.portal.application.staff.moments import say_clock

LINE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
SHORTEST_FREE = timedelta(minutes=15)
SHORTEST_PIECE = timedelta(minutes=30)


def hour_of(instant: datetime) -> datetime:
    """The full hour at or before it."""
    return instant.replace(minute=0, second=0, microsecond=0)


def hour_after(instant: datetime) -> datetime:
    """The full hour at or after it."""
    return instant if instant == hour_of(instant) else hour_of(instant) + HOUR


@dataclass(frozen=True, slots=True)
class Drawing:
    """One column's paper, from `opens` to `closes`, said in `zone`. Times before `now` are not offered for booking."""

    opens: datetime
    closes: datetime
    zone: str
    called: Called
    now: datetime

    def line(self, instant: datetime, *, up: bool = False) -> int:
        """The line at or before the instant; at or after it with `up`. Never outside the drawn day."""
        inside = min(max(instant, self.opens), self.closes) - self.opens
        return 1 + (-(-inside // LINE) if up else inside // LINE)

    def axis(self) -> tuple[Hour, ...]:
        """The full hours of this paper."""
        return tuple(self.hour(self.opens + number * HOUR) for number in range(self.hours))

    @property
    def hours(self) -> int:
        """How many it has."""
        return int((self.closes - self.opens) / HOUR)

    def hour(self, instant: datetime) -> Hour:
        """The label of a full hour."""
        return Hour(self.line(instant), say_clock(instant, self.zone))

    def column(self, clinician_id: UUID, name: str, day: date, found: Iterable[Taken]) -> Column:
        """The clinician's appointments among those found, on this paper."""
        mine = [one for one in found if one.body["clinician_id"] == str(clinician_id)]
        cancelled = [one for one in mine if one.body["cancelled"]]
        taken = [one for one in mine if not one.body["cancelled"]]
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
            day=day,
            lanes=max(lanes, default=0) or 1,
            items=tuple(item for _, item in sorted(timed, key=lambda pair: pair[0])),
            cancelled=tuple(self.entry(one, 0) for one in sorted(cancelled, key=lambda one: one.starts_at)),
        )

    def entry(self, one: Taken, lane: int) -> Entry:
        """The appointment on its lines; even the shortest has one."""
        from_line = self.line(one.starts_at)
        return Entry(
            appointment_id=UUID(one.body["id"]),
            client_id=one.body["client_id"],
            from_line=from_line,
            to_line=max(self.line(one.ends_at, up=True), from_line + 1),
            lane=lane,
            span=one.span,
            client=self.called.clients.get(one.body["client_id"], "Unknown client"),
            kind=self.called.types.get(one.body["appointment_type_id"], ""),
            place="Video" if one.body["video"] else self.called.places.get(one.body["location_id"], ""),
            status=one.body.get("status_name") or "",
            overlaps=one.body["overlap_accepted"],
            may_move=one.body["may_change"]["allowed"],
            may_cancel=one.body["may_cancel"]["allowed"],
        )

    def gaps(self, taken: list[Taken]) -> list[tuple[datetime, datetime]]:
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
        """A stretch to book, cut into links."""
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
    at = hour_of(start) + HOUR
    while at < end:
        if at - cuts[-1] >= SHORTEST_PIECE and end - at >= SHORTEST_PIECE:
            cuts.append(at)
        at += HOUR
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _lanes(taken: Sequence[Taken]) -> list[int]:
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


def _overlap(one: Taken, other: Taken) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _meets_another(one: Taken, taken: Iterable[Taken]) -> bool:
    return any(other is not one and other.starts_at < one.free_at and one.starts_at < other.free_at for other in taken)
