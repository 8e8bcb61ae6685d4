"""Algebra of half-open intervals of whole minutes. Every result is sorted, disjoint and without touching neighbours."""

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]
"""`[start, end)` with start < end."""


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """What at least one interval covers; touching ones become one, empty ones (start ≥ end) count for nothing."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def intersection(inputs: Sequence[Iterable[Interval]]) -> list[Interval]:
    """What all inputs cover; nothing for no input."""
    if not inputs:
        return []
    common = union(inputs[0])
    for other in inputs[1:]:
        common = _both(common, union(other))
    return common


def difference(minuend: Iterable[Interval], subtrahend: Iterable[Interval]) -> list[Interval]:
    """What the first covers and the second does not."""
    taken = union(subtrahend)
    left: list[Interval] = []
    index = 0
    for begin, end in union(minuend):
        start = begin
        while index < len(taken) and taken[index][1] <= start:
            index += 1
        following = index
        while following < len(taken) and taken[following][0] < end:
            if start < taken[following][0]:
                left.append((start, taken[following][0]))
            start = max(start, taken[following][1])
            following += 1
        if start < end:
            left.append((start, end))
    return left


def covers(intervals: Sequence[Interval], wanted: Interval) -> bool:
    """Whether one of the disjoint intervals contains the whole of `wanted`."""
    return any(start <= wanted[0] and wanted[1] <= end for start, end in intervals)


def _both(left: list[Interval], right: list[Interval]) -> list[Interval]:
    found: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found
