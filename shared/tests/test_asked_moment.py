"""A moment that somebody asks for is one instant, or it is said why not."""

from datetime import UTC, datetime

import pytest

from clinic.kernel.asked_moment import NotAMoment, needs_zone, read_moment

LONDON = "Europe/London"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-02T10:20:00Z", datetime(2026, 12, 2, 10, 20, tzinfo=UTC)),
        ("2026-07-02 10:20", datetime(2026, 7, 2, 9, 20, tzinfo=UTC)),
        (" 2026-07-02T10:20:30.5 ", datetime(2026, 7, 2, 9, 20, 30, 500000, tzinfo=UTC)),
        ("2026-07-02 10:20+05:30", datetime(2026, 7, 2, 4, 50, tzinfo=UTC)),
        ("2026-10-25 01:30+01:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25 01:30+00:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_or_a_wall_time_is_one_moment(said: str, meant: datetime) -> None:
    assert read_moment(said, LONDON) == meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("2026-10-25 01:30", "happens twice in Europe/London: say which one, 2026-10-25 01:30+01:00 or"),
        ("2026-03-29 01:30", "does not exist in Europe/London: the clocks go forward over it"),
        ("2026-02-30 10:00", "does not exist"),
        ("2026-02-20 24:01", "does not exist"),
        ("yesterday", "is no moment such as"),
        ("2026-02-20", "is no moment such as"),
        ("", "is no moment such as"),
        ("0001-01-01T00:00:00+14:00", "does not exist"),
    ],
)
def test_what_is_no_moment_is_said_plainly(said: str, why: str) -> None:
    with pytest.raises(NotAMoment, match=why.replace("+", r"\+")):
        read_moment(said, LONDON)


def test_only_a_wall_time_needs_a_zone() -> None:
    assert [needs_zone(said) for said in ("2026-07-02 10:20", "2026-07-02 10:20Z", "x")] == [True, False, False]
