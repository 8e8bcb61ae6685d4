"""Three values decide what a further import takes of a field."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clinic.kernel.taking_over import merge

VALUES = st.sampled_from(["", "old", "new", "other"])
ROWS = st.fixed_dictionaries({"name": VALUES, "email": VALUES})


def test_what_only_the_files_changed_is_taken() -> None:
    merged = merge({"email": "old"}, {"email": "old"}, {"email": "new"})
    assert (merged.taken, merged.left, merged.said) == ({"email": "new"}, (), {"email": "new"})


def test_what_only_somebody_here_changed_stays_and_is_not_told() -> None:
    merged = merge({"email": "old"}, {"email": "here"}, {"email": "old"})
    assert (merged.taken, merged.left, merged.said) == ({}, (), {"email": "old"})


def test_what_both_changed_stays_and_is_told_again_by_the_next_run() -> None:
    merged = merge({"email": "old"}, {"email": "here"}, {"email": "new"})
    assert (merged.taken, merged.left, merged.said) == ({}, ("email",), {"email": "old"})


def test_what_both_changed_to_the_same_is_agreed() -> None:
    merged = merge({"email": "old"}, {"email": "new"}, {"email": "new"})
    assert (merged.taken, merged.left, merged.said) == ({}, (), {"email": "new"})


def test_where_nothing_is_known_of_the_last_import_a_difference_is_left() -> None:
    merged = merge(None, {"email": "here", "name": "same"}, {"email": "new", "name": "same"})
    assert (merged.taken, merged.left, merged.said) == ({}, ("email",), {"name": "same"})


@given(before=st.none() | ROWS, here=ROWS, now=ROWS)
def test_a_second_run_of_the_same_files_takes_nothing_and_tells_the_same(
    before: dict[str, Any] | None, here: dict[str, Any], now: dict[str, Any]
) -> None:
    first = merge(before, here, now)
    second = merge(first.said, {**here, **first.taken}, now)
    assert second.taken == {}
    assert second.left == first.left
    assert second.said == first.said


@given(before=ROWS, here=ROWS, now=ROWS)
def test_nothing_that_was_changed_here_is_ever_overwritten(
    before: dict[str, Any], here: dict[str, Any], now: dict[str, Any]
) -> None:
    taken = merge(before, here, now).taken
    assert all(here[name] == before[name] for name in taken)
