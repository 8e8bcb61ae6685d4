"""Operators see how far a rebuild is: a bar where somebody looks, plain lines elsewhere."""

import io

import pytest
from rich.console import Console

from clinic.appointments.entrypoints import rebuild_progress
from clinic.appointments.entrypoints.rebuild_progress import shown_progress


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> io.StringIO:
    """What stands on standard error; `request.param` is whether that is a terminal."""
    said = io.StringIO()
    console = Console(file=said, force_terminal=request.param, width=120, highlight=False)
    monkeypatch.setattr(rebuild_progress, "log", console)
    monkeypatch.setattr(rebuild_progress, "LINE_SECONDS", 0.0)
    return said


@pytest.mark.parametrize("told", [False], indirect=True, ids=["no terminal"])
def test_elsewhere_lines_say_how_much_is_done_how_fast_and_how_long_it_takes(told: io.StringIO) -> None:
    with shown_progress(10_000, 4_000) as passed:
        passed(2_500)
        passed(9_000)
    first, last = told.getvalue().splitlines()
    assert first.startswith("6,500 of 10,000 events, ")
    assert last.startswith("10,000 of 10,000 events, "), "never more than there are"
    assert last.endswith("about 0 s left")


@pytest.mark.parametrize("told", [True], indirect=True, ids=["terminal"])
def test_a_terminal_shows_a_bar(told: io.StringIO) -> None:
    with shown_progress(10_000, 4_000) as passed:
        passed(6_000)
    assert "10000/10000" in told.getvalue()
    assert "/s" in told.getvalue()
