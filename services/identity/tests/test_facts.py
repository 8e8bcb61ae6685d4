"""Date of birth and postcode as typed (F10, F12, F15)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.identity.domain.facts import Facts, IncompleteFacts, canonical_postcode, is_complete, read_facts, same_facts

TODAY = date(2026, 12, 2)
BORN = date(1985, 3, 7)


@pytest.mark.parametrize("typed", [("7", "3", "1985"), ("07", "03", "1985"), (" 7 ", "3", "1985 ")])
def test_three_boxes_make_a_date(typed: tuple[str, str, str]) -> None:
    assert read_facts(*typed, "l1 4ds", TODAY) == Facts(BORN, "l14ds")


@pytest.mark.parametrize(
    ("day", "month", "year", "postcode", "errors"),
    [
        ("", "3", "1985", "L1", {"day": ["missing"]}),
        ("", " ", "", "", {"day": ["missing"], "month": ["missing"], "year": ["missing"], "postcode": ["missing"]}),
        ("7", "March", "1985", "L1", {"month": ["not_a_number"]}),
        ("-7", "3", "1985", "L1", {"day": ["not_a_number"]}),
        ("007", "3", "1985", "L1", {"day": ["not_a_number"]}),
        ("٧", "3", "1985", "L1", {"day": ["not_a_number"]}),
        ("7", "3", "19855", "L1", {"year": ["not_a_number"]}),
        ("31", "6", "1985", "L1", {"date_of_birth": ["impossible"]}),
        ("29", "2", "2001", "L1", {"date_of_birth": ["impossible"]}),
        ("0", "13", "0", "L1", {"date_of_birth": ["impossible"]}),
        ("7", "3", "85", "L1", {"date_of_birth": ["impossible"]}),
        ("3", "12", "2026", "L1", {"date_of_birth": ["in_future"]}),
        ("31", "6", "1985", " ", {"date_of_birth": ["impossible"], "postcode": ["missing"]}),
    ],
)
def test_what_is_no_complete_pair_is_named_by_field(
    day: str, month: str, year: str, postcode: str, errors: dict[str, list[str]]
) -> None:
    with pytest.raises(IncompleteFacts) as refused:
        read_facts(day, month, year, postcode, TODAY)
    assert refused.value.errors == errors


def test_somebody_born_today_has_a_date_of_birth() -> None:
    assert read_facts("2", "12", "2026", "L1", TODAY).date_of_birth == TODAY


@pytest.mark.parametrize("typed", ["L1 4DS", "l14ds", " l1  4Ds\t", "Ｌ１４ＤＳ", "L1\u00a04DS"])
def test_postcodes_are_compared_without_case_and_spaces(typed: str) -> None:
    assert canonical_postcode(typed) == "l14ds"


def test_both_facts_must_be_the_record_s() -> None:
    assert same_facts(Facts(BORN, "l14ds"), BORN, "L1 4DS")
    assert not same_facts(Facts(BORN, "l14ds"), BORN, "L1 4DT")
    assert not same_facts(Facts(date(1985, 3, 8), "l14ds"), BORN, "L1 4DS")
    assert not same_facts(Facts(BORN, "l14ds"), None, "L1 4DS")
    assert not same_facts(Facts(BORN, "l14ds"), BORN, "")


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_is_typed_is_a_pair_of_facts_or_told_by_field(day: str, month: str, year: str, postcode: str) -> None:
    try:
        facts: Facts | None = read_facts(day, month, year, postcode, TODAY)
        errors: set[str] = set()
    except IncompleteFacts as incomplete:
        facts, errors = None, set(incomplete.errors)
    assert errors <= {"day", "month", "year", "date_of_birth", "postcode"}
    assert (facts is None) == bool(errors)
    assert facts is None or same_facts(facts, facts.date_of_birth, postcode)


def test_a_record_needs_both_facts() -> None:
    assert is_complete(BORN, "L1 4DS")
    assert not is_complete(None, "L1 4DS")
    assert not is_complete(BORN, "  ")


def test_facts_are_never_printed() -> None:
    assert "1985" not in repr(Facts(BORN, "l14ds"))
    assert "l14ds" not in str(Facts(BORN, "l14ds"))
