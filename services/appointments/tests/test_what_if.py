"""Recorded decisions, decided again under other windows (F54, ADR 0034)."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.appointments.application.what_if import report_as_json, report_on
from clinic.appointments.domain.policy import is_outside
from clinic.appointments.domain.what_if import (
    Decision,
    Tried,
    read_window,
    what_if,
    window_text,
    would_be_allowed,
)
from clinic.appointments.entrypoints.cli_policy import drawing, summary
from clinic.contracts.appointments import Level, PolicySnapshot, RulesFrom, Window

DAY = Window("minutes", 1440)
START = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
BO, CY = UUID(int=1), UUID(int=2)
GOLDEN = Path(__file__).parent / "golden" / "what_if.svg"

WINDOWS = st.one_of(
    st.just(Window("always")), st.just(Window("never")), st.integers(0, 10_000).map(lambda n: Window("minutes", n))
)
LEVELS = st.sampled_from(["practice", "type", "appointment"])


def policy(edit: Window = DAY, cancel: Window = DAY, level: Level | None = None, **changes: Any) -> PolicySnapshot:
    rules_from = RulesFrom(edit_window=level, cancellation_window=level) if level else None
    return PolicySnapshot(1, "v2", True, **{"may_change": True, "may_cancel": True, **changes}, edit_window=edit,
                          cancellation_window=cancel, clinician_available_online=None, policy_text_version=0,
                          rules_version=None, rules_from=rules_from)  # fmt: skip


def asked(before: timedelta, held: PolicySnapshot | None = None, wanted: Any = "change", **changes: Any) -> Decision:
    """Somebody asked so long before the start, and was answered by what held."""
    held = held or policy()
    window, offered = (
        (held.edit_window, held.may_change) if wanted == "change" else (held.cancellation_window, held.may_cancel)
    )
    allowed = offered and is_outside(window, START, START - before)
    return replace(Decision(BO, wanted, allowed, START, START - before, "Europe/London", held), **changes)


@st.composite
def decisions(draw: Any) -> Decision:
    """Any decision as it could have been recorded, of a release with levels or before them."""
    level = draw(st.none() | LEVELS)
    held = policy(draw(WINDOWS), draw(WINDOWS), level, may_change=draw(st.booleans()), may_cancel=draw(st.booleans()))
    before = timedelta(minutes=draw(st.integers(0, 12_000)), microseconds=draw(st.sampled_from([-1, 0, 1])))
    return asked(before, held, draw(st.sampled_from(["change", "cancel"])))


@given(st.lists(decisions(), max_size=20), st.booleans())
def test_the_windows_that_held_change_nothing(found: list[Decision], everywhere: bool) -> None:
    for one in found:
        held = Tried(one.policy.edit_window, one.policy.cancellation_window, everywhere)
        assert would_be_allowed(one, held) == would_be_allowed(one, Tried()) == one.allowed
    report = what_if(found, Tried())
    cells = [count for week in report.weeks.values() for count in week]
    assert not any(count.would_be_refused or count.would_be_allowed for count in (*cells, *report.totals.values()))
    assert sum(count.decided for count in cells) == len(found)


@given(decisions(), WINDOWS)
def test_another_level_keeps_its_word_unless_everywhere_is_said(one: Decision, window: Window) -> None:
    tried = Tried(window, window)
    rules_from = one.policy.rules_from
    if rules_from is not None and rules_from.edit_window != "practice":
        assert would_be_allowed(one, tried) == one.allowed
    offered = one.policy.may_change if one.wanted == "change" else one.policy.may_cancel
    expected = offered and is_outside(window, one.starts_at, one.decided_at)
    assert would_be_allowed(one, replace(tried, everywhere=True)) == expected
    if rules_from is None or rules_from.edit_window == "practice":
        assert would_be_allowed(one, tried) == expected, "before there were levels it was the practice's"


@pytest.mark.parametrize(("micro", "allowed"), [(1, True), (0, True), (-1, False)])
def test_exactly_at_the_window_is_outside_it(micro: int, allowed: bool) -> None:
    one = asked(timedelta(hours=48, microseconds=micro))
    assert would_be_allowed(one, Tried(edit_window=read_window("48h"))) is allowed
    assert would_be_allowed(replace(one, wanted="cancel"), Tried(edit_window=read_window("48h"))) is True


def test_windows_are_elapsed_time_when_the_clocks_change() -> None:
    starts_at = datetime(2026, 10, 25, 10, 0, tzinfo=UTC)
    the_day_before = datetime(2026, 10, 24, 9, 30, tzinfo=UTC)
    held = policy(Window("always"))
    one = Decision(BO, "change", True, starts_at, the_day_before, "Europe/London", held)
    assert would_be_allowed(one, Tried(edit_window=read_window("24h"))), "10:30 to 10:00 by the wall, but 24 h 30 min"
    assert not would_be_allowed(one, Tried(edit_window=read_window("25h")))


def test_the_weekday_is_the_decisions_own_where_the_location_is() -> None:
    sunday_night = datetime(2026, 7, 5, 23, 30, tzinfo=UTC)
    one = Decision(BO, "change", True, sunday_night + timedelta(days=3), sunday_night, "Europe/London", policy())
    (week,) = what_if([one], Tried()).weeks.values()
    assert [count.decided for count in week] == [1, 0, 0, 0, 0, 0, 0], "00:30 on Monday in London"
    (week,) = what_if([replace(one, zone="America/New_York")], Tried()).weeks.values()
    assert [count.decided for count in week] == [0, 0, 0, 0, 0, 0, 1]


def test_what_is_switched_off_is_not_allowed_by_a_window() -> None:
    off = asked(timedelta(days=9), policy(may_change=False, may_cancel=False))
    assert not would_be_allowed(off, Tried(Window("always"), Window("always"), everywhere=True))
    never = asked(timedelta(days=9), policy(Window("never")))
    assert would_be_allowed(never, Tried(edit_window=DAY))


@pytest.mark.parametrize("text", ["always", "never", "0m", "90m", "25h", "2d", "365d"])
def test_windows_are_read_as_they_are_written(text: str) -> None:
    assert window_text(read_window(text)) == text


@pytest.mark.parametrize("text", ["", "48", "h", "-1h", "1.5h", "366d", "2w", "always ", "9999999m", "٣h", "48H"])
def test_what_is_no_window_is_told_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write always, never, or up to a year as 90m, 24h or 2d"):
        read_window(text)


def many() -> list[Decision]:
    """Two clinicians and two weeks of requests at every distance."""
    found = []
    for number in range(60):
        decided_at = datetime(2026, 6, 1, 8, tzinfo=UTC) + timedelta(hours=7 * number)
        before = timedelta(hours=5 + (number * 13) % 90)
        one = asked(before, wanted="cancel" if number % 3 == 0 else "change", clinician_id=CY if number % 4 else BO)
        found.append(replace(one, decided_at=decided_at, starts_at=decided_at + before))
    return found


def test_the_figures_of_two_weeks() -> None:
    tried = Tried(read_window("48h"), read_window("12h"))
    report = what_if(many(), tried, unrecorded=4)
    assert summary(report) == (
        "Of 40 changes that clients asked for, 30 were allowed; 10 of those would have been refused, 0 of the others "
        "allowed. Of 20 cancellations that clients asked for, 15 were allowed; 0 of those would have been refused, "
        "2 of the others allowed. At least 4 more refusals were not recorded one by one."
    )
    told = report_as_json(report, tried, date(2026, 6, 1), date(2026, 6, 30))
    assert (told["edit_window"], told["cancellation_window"], told["unrecorded"]) == ("2d", "12h", 4)
    weeks = [one["weekdays"] for one in told["clinicians"]]
    assert sum(count["would_be_refused"] for week in weeks for count in week) == 10
    assert sum(count["would_be_allowed"] for week in weeks for count in week) == 2


def test_the_drawing_is_the_golden_one_accessible_and_without_script() -> None:
    tried = Tried(read_window("48h"), read_window("12h"))
    drawn = drawing(what_if(many(), tried, unrecorded=4), tried, date(2026, 6, 1), date(2026, 6, 30))
    assert drawn == GOLDEN.read_text(encoding="utf-8")
    root = ET.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img"
    assert root.attrib["viewBox"].startswith("0 0 360 ")
    told = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert told.keys() == set(root.attrib["aria-labelledby"].split())
    assert {element.tag for element in root.iter()} <= {
        space + tag for tag in ("svg", "title", "desc", "rect", "text", "g")
    }
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or name == "style"]
    assert min(float(element.get("font-size", "14")) for element in root.iter(f"{space}text")) >= 12


def test_nothing_decided_is_drawn_too() -> None:
    drawn = drawing(what_if([], Tried(DAY)), Tried(DAY), date(2026, 6, 1), date(2026, 6, 30))
    assert "Nothing was decided in this period." in drawn
    assert report_on([], Tried(DAY), date(2026, 6, 1), date(2026, 6, 30)).weeks == {}
