"""The worked example is true for every value, over both clock changes, and for each appointment type (ux.md)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from clinic.portal.application.staff.worked_example import next_friday, text_now, type_examples, worked_example

from .cast import SETTINGS, ZONE

FRIDAY = date(2026, 12, 4)


def example(friday: date = FRIDAY, **changes: Any) -> str:
    return worked_example(SETTINGS | changes, friday, ZONE)


def minutes(number: int) -> dict[str, Any]:
    return {"kind": "minutes", "minutes": number}


def test_the_example_of_the_design_is_said_word_for_word() -> None:
    assert example() == (
        "A client with an appointment on Friday 10:00 can change it until Thursday 10:00; cannot cancel online."
    )


@pytest.mark.parametrize(
    ("number", "until"),
    [
        (90, "Friday 08:30"),
        (660, "Thursday 23:00"),
        (2880, "Wednesday 10:00"),
        (10080, "Friday 10:00 (7 days before)"),
    ],
)
def test_the_example_counts_back_from_friday_at_ten(number: int, until: str) -> None:
    assert f"can change it until {until};" in example(edit_window=minutes(number))


@pytest.mark.parametrize(
    ("friday", "until"),
    [
        (date(2026, 10, 30), "Saturday 11:00 (the clocks change in between)"),
        (date(2026, 4, 3), "Saturday 09:00 (the clocks change in between)"),
    ],
)
def test_a_window_is_elapsed_time_over_a_clock_change(friday: date, until: str) -> None:
    assert f"can change it until {until};" in example(friday, edit_window=minutes(6 * 1440))


def test_always_lasts_until_the_start_and_an_ability_that_is_off_says_so() -> None:
    said = example(cancellation_window={"kind": "always", "minutes": 0}, may_change=False)
    assert said.endswith("cannot change it online; can cancel until it starts.")


@pytest.mark.parametrize("changes", [{"portal_on": False}, {"online_booking_edition": "classic"}])
def test_a_portal_that_is_off_lets_nobody_do_anything(changes: dict[str, Any]) -> None:
    assert example(**changes).startswith("The portal is off")


@pytest.mark.parametrize(
    ("now", "friday"),
    [
        (datetime(2026, 12, 2, 8, tzinfo=UTC), date(2026, 12, 4)),
        (datetime(2026, 12, 4, 8, tzinfo=UTC), date(2026, 12, 11)),
        (datetime(2026, 6, 4, 23, 30, tzinfo=UTC), date(2026, 6, 12)),
    ],
)
def test_the_friday_is_the_next_one_after_today_in_the_practices_zone(now: datetime, friday: date) -> None:
    assert next_friday(now, ZONE) == friday


def test_a_type_that_differs_has_its_own_sentence() -> None:
    rules = [{"appointment_type_id": "a", "rules": {"may_change": False, "cancellation_window": minutes(60)}}]
    told = type_examples(SETTINGS | {"type_rules": rules}, {"a": "Assessment", "b": "Follow-up"}, FRIDAY, ZONE)
    said = "A client with an appointment on Friday 10:00 cannot change it online; can cancel until Friday 09:00."
    assert told == [f"Assessment: {said}"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, None),
        ({"portal_on": False}, "Please phone us."),
        ({"portal_on": False, "online_booking_on": False}, "Nobody books online."),
        ({"online_booking_edition": "none", "online_booking_on": False}, "Nobody books online."),
    ],
)
def test_the_text_that_clients_read_now_is_the_one_of_the_switches(changes: dict[str, Any], text: str | None) -> None:
    assert text_now(SETTINGS | {"online_booking_off_text": "Nobody books online."} | changes) == text
