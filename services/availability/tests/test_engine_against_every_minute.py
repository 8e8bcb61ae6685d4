"""The sweep offers exactly what a plain walk over every minute offers, over zones and clock changes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.availability.domain.hours import Hours
from clinic.availability.domain.intervals import Interval
from clinic.availability.domain.offered_times import ROUND, Grid, Question, Visit, is_offered, offered_times
from clinic.availability.domain.wall_time import DAY, day_start, instant_of, minute_at_or_after

ZONES = [
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("Europe/London", date(2026, 6, 10)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Asia/Kathmandu", date(2026, 1, 1)),
]

minutes_of_day = st.one_of(st.integers(0, 1439), st.integers(0, 95).map(lambda quarter: quarter * 15))
wall_hours = (
    st.lists(st.tuples(minutes_of_day, st.one_of(st.just(1440), minutes_of_day.filter(bool))), max_size=3)
    .map(lambda pairs: [(start, end) for start, end in pairs if start != end])
    .map(tuple)
)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    zone, around = draw(st.sampled_from(ZONES))
    middle = day_start(zone, around)
    usual = draw(st.sampled_from([((0, 1440),), ((540, 1020),), ((1320, 360),), ((30, 120), (120, 900)), ()]))
    weekly = {day: draw(st.one_of(st.just(usual), wall_hours)) for day in range(7)}
    near = st.integers(-2, 2).map(lambda number: around + timedelta(days=number))
    dates = draw(st.dictionaries(near, wall_hours, max_size=2))
    timetable = draw(st.one_of(st.none(), st.just(Hours(dict.fromkeys(range(7), ((480, 1200),))))))
    begins = st.integers(middle - 2 * DAY, middle + 2 * DAY)
    busy = draw(st.lists(st.tuples(begins, st.integers(1, 700)), max_size=5))
    window_from = draw(st.integers(middle - DAY, middle + DAY))
    return Question(
        zone=zone,
        plans=[Hours(weekly, dates), *([timetable] if timetable else [])],
        visit=Visit(draw(st.integers(1, 90)), draw(st.sampled_from([0, 0, 7, 30])), draw(st.sampled_from([0, 10]))),
        grid=Grid(draw(st.sampled_from(["clock", "range"])), draw(st.sampled_from([1, 5, 7, 15, 20, 25, 45, 60, 120]))),
        earliest=draw(st.one_of(st.just(middle - 9 * DAY), st.integers(middle - 3 * DAY, middle + DAY))),
        window_from=window_from,
        window_to=window_from + draw(st.one_of(st.just(DAY), st.integers(1, DAY))),
        busy=[(start, start + length) for start, length in busy],
        contain=draw(st.booleans()),
    )


@settings(max_examples=150, deadline=None)
@given(questions())
def test_the_sweep_and_the_walk_offer_the_same(question: Question) -> None:
    assert offered_times(question) == _walk(question)


@settings(max_examples=60, deadline=None)
@given(questions(), st.data())
def test_a_time_passes_the_check_exactly_when_it_is_listed(question: Question, data: st.DataObject) -> None:
    listed = offered_times(question)
    anywhere = st.integers(question.window_from - 5, question.window_to + 5)
    start = data.draw(st.one_of(st.sampled_from(listed), anywhere) if listed else anywhere)
    assert is_offered(question, start) == (start in listed)


def _walk(question: Question) -> list[int]:
    """Every minute from two days before the window, with the rules written out."""
    visit, grid, zone = question.visit, question.grid, ZoneInfo(question.zone)
    begin, end = question.window_from - 2 * DAY, question.window_to + visit.duration
    walls = {minute: instant_of(minute).astimezone(zone) for minute in range(begin - 1, end)}
    blocked = [(start - visit.buffer_after, stop + visit.buffer_before) for start, stop in question.busy]
    free = {
        minute
        for minute, wall in walls.items()
        if all(_works(plan, wall) for plan in question.plans)
        and not any(start <= minute < stop for start, stop in blocked)
    }
    found = []
    anchor = begin
    for minute in range(begin, end):
        wall = walls[minute]
        gap_begins = minute in free and minute >= question.earliest and not _was_free(minute, free, question)
        if gap_begins:
            whole = next(step for step in ROUND if grid.step % step == 0)
            anchor = minute + -(wall.hour * 60 + wall.minute) % whole
        elif wall.date() != walls[minute - 1].date() and anchor <= minute:
            anchor = minute
        if grid.kind == "clock":
            on_grid = (wall.hour * 60 + wall.minute) % grid.step == 0
        else:
            on_grid = minute >= anchor and (minute - anchor) % grid.step == 0
        if on_grid and _in_window(question, minute) and all(m in free for m in range(minute, minute + visit.duration)):
            found.append(minute)
    return found


def _was_free(minute: int, free: set[int], question: Question) -> bool:
    return minute - 1 in free and minute - 1 >= question.earliest


def _in_window(question: Question, minute: int) -> bool:
    last = minute + question.visit.duration if question.contain else minute + 1
    return minute >= question.earliest and question.window_from <= minute and last <= question.window_to


def _works(plan: Hours, wall: datetime) -> bool:
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    minute = wall.hour * 60 + wall.minute
    own = plan.dates.get(today, plan.weekly.get(today.weekday(), ()))
    before: Sequence[Interval] = plan.dates.get(yesterday, plan.weekly.get(yesterday.weekday(), ()))
    if any(start <= minute < (end if end > start else DAY) for start, end in own):
        return True
    return today not in plan.dates and any(end <= start and minute < end for start, end in before)


def always_open(zone: str, window_from: datetime, minutes: int, step: int) -> Question:
    """A clinician who never rests, asked for times of one step each from the beginning of each free gap."""
    start = minute_at_or_after(window_from)
    return Question(
        zone=zone,
        plans=[Hours(dict.fromkeys(range(7), ((0, 1440),)))],
        visit=Visit(step),
        grid=Grid("range", step),
        earliest=start - 9 * DAY,
        window_from=start,
        window_to=start + minutes,
    )


def test_a_range_grid_begins_anew_at_each_local_midnight() -> None:
    question = always_open("Europe/London", datetime(2026, 6, 1, 22, 0, tzinfo=UTC), 120, 25)
    walls = [instant_of(start).astimezone(ZoneInfo("Europe/London")) for start in offered_times(question)]
    assert [f"{wall:%H:%M}" for wall in walls] == ["23:20", "23:45", "00:00", "00:25", "00:50"]


def test_a_range_grid_runs_through_the_repeated_hour() -> None:
    midnight = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    begin = minute_at_or_after(midnight)
    expected = list(range(begin, begin + 25 * 60, 25))
    assert offered_times(always_open("Europe/London", midnight, 25 * 60, 25)) == expected


def test_an_offset_with_seconds_is_rounded_down_to_minutes() -> None:
    """Monrovia was 44 minutes and 30 seconds behind UTC until 1972."""
    noon = minute_at_or_after(datetime(1971, 6, 1, tzinfo=UTC))
    question = Question(
        zone="Africa/Monrovia",
        plans=[Hours(dict.fromkeys(range(7), ((540, 600),)))],
        visit=Visit(30),
        grid=Grid("clock", 30),
        earliest=noon,
        window_from=noon,
        window_to=noon + DAY,
    )
    assert offered_times(question) == _walk(question)
    assert len(offered_times(question)) == 2
