"""What a text message is charged as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.notifications.adapters.sms import COSTS_MORE, NOT_ALLOWED, judge_length, number_to_text
from clinic.notifications.domain.delivery import Failed
from clinic.notifications.domain.short_text import TOO_LONG, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("a" * 459, 3), ("a" * 460, 4),
        ("€" * 80, 1), ("€" * 81, 2), ("a" * 159 + "€", 2),
        # 152 characters, then one of two septets that does not fit into the first part any more
        ("a" * 152 + "€" + "a" * 151, 2), ("a" * 152 + "€" + "a" * 152, 3),
        ("Ω" * 160, 1), ("ś" * 70, 1), ("ś" * 71, 2), ("ś" * 134, 2), ("ś" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2),
    ],
)  # fmt: skip
def test_segments_are_counted_as_they_are_charged(text: str, count: int) -> None:
    assert segments(text) == count


@given(st.text(max_size=400), st.text(max_size=40))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert segments(text) <= segments(text + more)


@pytest.mark.parametrize(("text", "goes"), [("a" * 459, True), ("a" * 460, False), ("ś" * 202, False)])
def test_more_than_three_segments_are_refused(text: str, goes: bool) -> None:
    if goes:
        judge_length(text)
        return
    with pytest.raises(Failed, match=TOO_LONG):
        judge_length(text)


@pytest.mark.parametrize(
    ("number", "reason"),
    [("+1 212 555 0100", NOT_ALLOWED), ("09061 234567", COSTS_MORE), ("0845 123 4567", COSTS_MORE)],
)
def test_numbers_abroad_and_numbers_that_cost_more_get_nothing(number: str, reason: str) -> None:
    with pytest.raises(Failed, match=reason):
        number_to_text(number, (44,))


def test_allowed_countries_are_a_setting() -> None:
    assert number_to_text("+1 212 555 0100", (44, 1)) == "+12125550100"
