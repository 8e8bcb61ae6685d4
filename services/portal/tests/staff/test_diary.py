"""The diary of a day: every entry whole, every free time once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.portal.application.staff.diary import first_of_week, lay_out, lay_out_week
from clinic.portal.application.staff.diary_parts import Buffer, Called, Column, Diary, Entry, Free

BO = UUID(int=1)
DAY = date(2026, 12, 2)
CALLED = Called({"pat": "Pat Lee"}, {"follow-up": "Follow-up"}, {"harbour": "Harbour Street"})
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def appointment(number: int, at: str, minutes: int = 40, *, buffer: int = 0, cancelled: bool = False) -> dict[str, Any]:
    starts_at = datetime.fromisoformat(f"2026-12-02T{at}:00+00:00")
    return {
        "id": str(UUID(int=100 + number)),
        "client_id": "pat",
        "clinician_id": str(BO),
        "location_id": "harbour",
        "appointment_type_id": "follow-up",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(minutes=minutes)).isoformat(),
        "buffer_after_minutes": buffer,
        "cancelled": cancelled,
        "video": False,
        "status_name": "Booked",
        "overlap_accepted": False,
        "may_change": {"allowed": not cancelled, "reason": None},
        "may_cancel": {"allowed": not cancelled, "reason": None},
        "zone": "Europe/London",
    }


def drawn(*appointments: dict[str, Any], now: datetime = LONG_AGO, day: date = DAY) -> Diary:
    return lay_out(
        day,
        "Europe/London",
        appointments,
        [(BO, "Dr Bo")],
        CALLED,
        now,
    )


def column(*appointments: dict[str, Any], now: datetime = LONG_AGO) -> Column:
    return drawn(*appointments, now=now).columns[0]


def entries(of: Column) -> list[Entry]:
    return [item for item in of.items if isinstance(item, Entry)]


def frees(of: Column) -> list[Free]:
    return [item for item in of.items if isinstance(item, Free)]


def test_an_empty_day_is_drawn_from_8_to_18_and_free_throughout() -> None:
    day = drawn()
    assert (day.hours, day.axis[0].label, day.axis[-1].label) == (10, "08:00", "17:00")
    assert [(free.at, free.until) for free in frees(day.columns[0])] == [("08:00", "18:00")]
    assert [piece.at for piece in frees(day.columns[0])[0].pieces][:3] == ["08:00", "09:00", "10:00"]


def test_an_entry_stands_on_its_lines_with_its_words() -> None:
    (entry,) = entries(column(appointment(1, "10:20")))
    assert (entry.from_line, entry.to_line, entry.lane) == (29, 37, 0)
    assert (entry.span, entry.client, entry.kind, entry.place) == (
        "10:20–11:00",
        "Pat Lee",
        "Follow-up",
        "Harbour Street",
    )


def test_free_times_lie_between_the_appointments_and_after_their_buffers() -> None:
    found = frees(column(appointment(1, "10:20", buffer=10), appointment(2, "11:20")))
    assert [(free.at, free.until) for free in found] == [("08:00", "10:20"), ("12:00", "18:00")]


def test_a_buffer_is_drawn_after_its_appointment() -> None:
    (buffer,) = [item for item in column(appointment(1, "10:20", buffer=10)).items if isinstance(item, Buffer)]
    assert (buffer.from_line, buffer.to_line) == (37, 39)


def test_overlapping_appointments_stand_beside_each_other() -> None:
    of = column(appointment(1, "10:00", 60), appointment(2, "10:30", 60), appointment(3, "11:00", 20))
    assert of.lanes == 2
    assert [entry.lane for entry in entries(of)] == [1, 2, 1]


def test_a_cancelled_appointment_takes_no_time_but_is_named() -> None:
    of = column(appointment(1, "10:00", cancelled=True))
    assert not entries(of)
    assert [entry.client for entry in of.cancelled] == ["Pat Lee"]
    assert frees(of)[0].until == "18:00"


def test_an_early_and_a_late_appointment_widen_the_drawn_day() -> None:
    day = drawn(appointment(1, "06:45"), appointment(2, "20:00", 75))
    assert (day.axis[0].label, day.axis[-1].label) == ("06:00", "21:00")


def test_time_that_is_over_is_not_offered_for_booking() -> None:
    found = frees(column(now=datetime(2026, 12, 2, 14, 3, tzinfo=UTC)))
    assert [(free.at, free.until) for free in found] == [("14:05", "18:00")]
    assert not frees(column(now=datetime(2026, 12, 3, tzinfo=UTC)))


def test_no_piece_of_a_free_stretch_is_shorter_than_half_an_hour_unless_the_stretch_is() -> None:
    (free,) = frees(column(appointment(1, "08:00", 100), appointment(2, "11:10", 410)))
    assert [piece.at for piece in free.pieces] == ["09:40", "10:00"] or [piece.at for piece in free.pieces] == ["09:40"]


def test_the_day_with_25_hours_is_drawn_with_its_repeated_hour() -> None:
    booked = appointment(1, "10:00")
    booked["starts_at"], booked["ends_at"] = "2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"
    day = drawn(booked, day=date(2026, 10, 25))
    assert [hour.label for hour in day.axis[:3]] == ["01:00", "01:00", "02:00"]


@given(st.lists(st.tuples(st.integers(0, 1380), st.integers(5, 240), st.integers(0, 30)), max_size=12))
def test_every_appointment_is_drawn_once_and_never_over_another(plan: list[tuple[int, int, int]]) -> None:
    booked = [
        appointment(number, f"{start // 60:02}:{start % 60:02}", minutes, buffer=buffer)
        for number, (start, minutes, buffer) in enumerate(plan)
    ]
    day = drawn(*booked)
    found = entries(day.columns[0])
    assert {entry.appointment_id for entry in found} == {UUID(one["id"]) for one in booked}
    assert all(1 <= entry.from_line < entry.to_line <= day.hours * 12 + 2 for entry in found)
    starts = {entry.appointment_id: entry for entry in found}
    for one in booked:
        for other in booked:
            if one is not other and one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"]:
                assert starts[UUID(one["id"])].lane != starts[UUID(other["id"])].lane


def week(first: date, *appointments: dict[str, Any], now: datetime = LONG_AGO) -> Diary:
    return lay_out_week(first, "Europe/London", appointments, BO, CALLED, now)


def on(number: int, starts_at: str, minutes: int = 40) -> dict[str, Any]:
    booked = appointment(number, "00:00")
    starts = datetime.fromisoformat(starts_at)
    return booked | {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(minutes=minutes)).isoformat()}


def test_a_week_has_a_column_for_each_day_of_one_clinician() -> None:
    other = on(2, "2026-12-02T10:00:00+00:00") | {"clinician_id": str(UUID(int=9))}
    drawn_week = week(date(2026, 11, 30), on(1, "2026-12-02T10:20:00+00:00"), other)
    assert [of.name for of in drawn_week.columns][:3] == ["Mon 30 Nov", "Tue 1 Dec", "Wed 2 Dec"]
    assert [len(entries(of)) for of in drawn_week.columns] == [0, 0, 1, 0, 0, 0, 0]
    assert drawn_week.columns[2].day == DAY


def test_all_days_of_a_week_share_the_hours_that_its_appointments_need() -> None:
    early, late = on(1, "2026-12-01T06:45:00+00:00"), on(2, "2026-12-04T20:00:00+00:00", 75)
    drawn_week = week(date(2026, 11, 30), early, late)
    assert (drawn_week.axis[0].label, drawn_week.axis[-1].label) == ("06:00", "21:00")
    assert entries(drawn_week.columns[1])[0].from_line == 10
    assert entries(drawn_week.columns[4])[0].from_line == 169


@pytest.mark.parametrize(
    ("first", "before", "after"),
    [
        (date(2026, 10, 19), "2026-10-24T09:00:00+00:00", "2026-10-25T10:00:00+00:00"),
        (date(2026, 3, 23), "2026-03-28T10:00:00+00:00", "2026-03-29T09:00:00+00:00"),
    ],
)
def test_ten_o_clock_stands_on_one_line_on_both_sides_of_a_clock_change(first: date, before: str, after: str) -> None:
    drawn_week = week(first, on(1, before), on(2, after))
    saturday, sunday = (entries(of)[0] for of in drawn_week.columns[5:])
    assert (saturday.from_line, saturday.span) == (sunday.from_line, sunday.span)
    assert saturday.span == "10:00–10:40"


def test_an_appointment_over_the_repeated_hour_keeps_its_true_times_and_its_length() -> None:
    (entry,) = entries(week(date(2026, 10, 19), on(1, "2026-10-25T00:30:00+00:00", 60)).columns[6])
    assert entry.span == "01:30–01:30"
    assert entry.to_line - entry.from_line == 12


def test_time_of_a_week_that_is_over_is_not_offered_for_booking() -> None:
    drawn_week = week(date(2026, 6, 1), now=datetime(2026, 6, 3, 13, 3, tzinfo=UTC))
    assert [[free.at for free in frees(of)] for of in drawn_week.columns[:4]] == [[], [], ["14:05"], ["08:00"]]


@pytest.mark.parametrize(("first_weekday", "starts"), [(0, date(2026, 11, 30)), (6, date(2026, 11, 29))])
def test_a_week_starts_on_the_practices_first_day(first_weekday: int, starts: date) -> None:
    assert first_of_week(DAY, first_weekday) == starts
