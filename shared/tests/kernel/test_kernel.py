"""The pure building blocks keep their word."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.kernel.canonical import canonical_json
from clinic.kernel.client_time import (
    say_date,
    say_instant,
    say_instant_for_staff,
    say_window,
    utc_text,
)
from clinic.kernel.ids import new_id
from clinic.kernel.streams import category_of, stream_id

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_canonical_json_is_json_and_does_not_depend_on_the_order_of_keys(value: object) -> None:
    text = canonical_json(value)  # type: ignore[arg-type]
    assert json.loads(text) == value
    assert canonical_json(json.loads(text, object_pairs_hook=lambda pairs: dict(reversed(pairs)))) == text


def test_canonical_json_sorts_by_utf_16_units_as_rfc_8785_does() -> None:
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'


def test_canonical_json_refuses_fractions() -> None:
    with pytest.raises(TypeError, match="fraction"):
        canonical_json({"pounds": 1.5})  # type: ignore[dict-item]


def test_ids_rise_with_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {each.version for each in ids} == {7}


def test_a_stream_name_tells_its_category() -> None:
    assert category_of(stream_id("appointment", new_id())) == "appointment"


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2026, 12, 2, 10, 20, tzinfo=UTC), "Wednesday 2 December 2026, 10:20am"),
        (datetime(2026, 7, 1, 8, 0, tzinfo=UTC), "Wednesday 1 July 2026, 9am"),
        (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), "Wednesday 1 July 2026, 12pm"),
        (datetime(2026, 12, 1, 0, 5, tzinfo=UTC), "Tuesday 1 December 2026, 12:05am"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Sunday 25 October 2026, 1:30am"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Sunday 25 October 2026, 1:30am"),
    ],
)
def test_clients_read_the_clinics_time(instant: datetime, said: str) -> None:
    assert say_instant(instant, "Europe/London") == said


def test_staff_read_24_hours() -> None:
    assert say_instant_for_staff(datetime(2026, 7, 1, 13, 5, tzinfo=UTC), "Europe/London") == "Wed 1 Jul 2026, 14:05"


def test_a_date_can_be_said_without_its_year() -> None:
    assert say_date(date(2026, 12, 2), year=False) == "Wednesday 2 December"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1440, "24 hours"), (2880, "2 days"), (60, "1 hour"), (90, "90 minutes"), (1, "1 minute"), (0, "0 minutes")],
)
def test_windows_are_said_as_people_say_them(minutes: int, said: str) -> None:
    assert say_window(minutes) == said


def test_an_instant_is_written_in_utc_and_a_naive_one_is_refused() -> None:
    assert utc_text(datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/London"))) == "2026-07-01T08:00:00Z"
    with pytest.raises(ValueError, match="zone"):
        utc_text(datetime(2026, 7, 1, 9))  # noqa: DTZ001
