"""The engine answers every conformance case; `availability-cases.json` explains its fields in its `note`."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.availability.domain.hours import Hours
from clinic.availability.domain.intervals import Interval, intersection
from clinic.availability.domain.offered_times import Grid, Question, Visit, is_offered, offered_times, taken_minutes
from clinic.availability.domain.wall_time import minute_at_or_after

_FILE = json.loads((Path(__file__).parent / "availability-cases.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = _FILE["cases"]
RANGE_CASES: list[dict[str, Any]] = _FILE["range_cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_exactly_the_expected_times_are_offered(case: dict[str, Any]) -> None:
    assert offered_times(question_of(case)) == [minute(instant) for instant in case["expected_slots"]]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_everything_offered_passes_the_check_and_its_neighbours_only_when_offered(case: dict[str, Any]) -> None:
    question = question_of(case)
    expected = {minute(instant) for instant in case["expected_slots"]}
    for start in sorted({start + shift for start in expected for shift in (-1, 0, 1)})[:300]:
        assert is_offered(question, start) == (start in expected)


@pytest.mark.parametrize("case", RANGE_CASES, ids=[case["id"] for case in RANGE_CASES])
def test_intervals_intersect_as_expected(case: dict[str, Any]) -> None:
    inputs = [[(minute(start), minute(end)) for start, end in given] for given in case["inputs"]]
    assert intersection(inputs) == [(minute(start), minute(end)) for start, end in case["expected"]]


def minute(instant: str) -> int:
    """The UTC minute of an instant that is a whole minute or rounds up to one."""
    return minute_at_or_after(datetime.fromisoformat(instant))


def question_of(case: dict[str, Any]) -> Question:
    """The question that a case asks."""
    return Question(
        zone=case["timezone"],
        plans=[
            Hours(
                {int(day): _hours(given) for day, given in case["working_hours"].items()},
                {date.fromisoformat(on): _hours(given) for on, given in case["overrides"].items()},
            )
        ],
        visit=Visit(case["duration_min"], case["buffer_before"], case["buffer_after"]),
        grid=Grid(case["grid"], case["interval_min"]),
        earliest=minute(case["now"]) + case["min_notice_min"],
        window_from=minute(case["window"]["from"]),
        window_to=minute(case["window"]["to"]),
        busy=[_busy(given) for given in case["busy"]],
        contain=case["window_mode"] == "contain",
        max_per_day=case.get("max_per_day"),
    )


def _busy(given: dict[str, Any]) -> Interval:
    start, end = taken_minutes(datetime.fromisoformat(given["start"]), datetime.fromisoformat(given["end"]))
    return start - given.get("buffer_before", 0), end + given.get("buffer_after", 0)


def _hours(given: list[list[str]]) -> list[tuple[int, int]]:
    return [(_wall_minute(start), _wall_minute(end)) for start, end in given]


def _wall_minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
