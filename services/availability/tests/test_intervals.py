"""The algebra of half-open intervals."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from clinic.availability.domain.intervals import Interval, covers, difference, intersection, union

intervals = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


def minutes(given: list[Interval]) -> set[int]:
    return {minute for start, end in given for minute in range(start, end)}


def test_touching_intervals_become_one_and_empty_ones_nothing() -> None:
    assert union([(5, 9), (1, 5), (20, 20), (30, 10)]) == [(1, 9)]


@given(intervals, intervals)
def test_every_operation_is_the_one_on_sets_of_minutes(left: list[Interval], right: list[Interval]) -> None:
    for result, expected in (
        (union([*left, *right]), minutes(left) | minutes(right)),
        (intersection([left, right]), minutes(left) & minutes(right)),
        (difference(left, right), minutes(left) - minutes(right)),
    ):
        assert minutes(result) == expected
        assert all(end < start for (_, end), (start, _) in itertools.pairwise(result))


def test_an_interval_is_covered_by_one_that_contains_it_whole() -> None:
    assert covers([(1, 5), (6, 9)], (6, 9))
    assert not covers([(1, 5), (6, 9)], (4, 7))
