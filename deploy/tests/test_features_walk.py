"""The walk through docs/features.md says of every feature whether it works, and the tests that it names exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEATURES = (ROOT / "docs/features.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<numbers>[\d, ]+) \| (?P<state>works|later|works; later:[^|]+?) \| (?P<why>[^|]+) \|$", re.M)
OPERATIONS = range(1, 56)
"""Sections A to H."""


def _tests() -> set[str]:
    folders = ("services", "shared", "deploy", "tests-integration")
    files = (path for folder in folders for path in (ROOT / folder).rglob("test_*.py") if ".venv" not in path.parts)
    return {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))}


def _rows() -> list[tuple[list[int], str, str]]:
    walk = FEATURES.partition("## The walk")[2]
    return [([int(n) for n in row["numbers"].split(",")], row["state"], row["why"]) for row in ROW.finditer(walk)]


def test_every_feature_of_a_to_h_is_walked_once() -> None:
    assert sorted(number for numbers, _, _ in _rows() for number in numbers) == list(OPERATIONS)


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"F{row[0][0]}")
def test_what_works_names_tests_that_exist_and_what_comes_later_says_why(row: tuple[list[int], str, str]) -> None:
    _, state, why = row
    named = re.findall(r"`(test_\w+)`", why)
    if state == "later":
        assert len(why.split()) >= 4, why
    else:
        assert named, why
    assert set(named) <= _tests()


def test_the_rule_bites() -> None:
    assert not ROW.search("| 1 | perhaps | `test_x` |")
    assert ROW.search("| 8, 11 | works | `test_x` |")
    assert {"test_the_rule_bites"} <= _tests()
