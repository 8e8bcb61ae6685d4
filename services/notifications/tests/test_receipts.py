"""What providers say later: the table of ADR 22, and that no order of receipts makes a difference."""

from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.notifications.domain.messages import State
from clinic.notifications.domain.receipts import Said, Standing, after

SAID: tuple[Said, ...] = get_args(Said)
FOLLOWS: dict[tuple[State, Said], State] = {
    ("queued", "taken"): "sent",
    ("queued", "delivered"): "sent",
    ("queued", "failed"): "failed",
    ("sending", "taken"): "sent",
    ("sending", "delivered"): "sent",
    ("sending", "failed"): "failed",
    ("unknown", "taken"): "sent",
    ("unknown", "delivered"): "sent",
    ("unknown", "failed"): "failed",
    ("sent", "delivered"): "sent",
    ("sent", "failed"): "failed",
}


@pytest.mark.parametrize(("state", "said"), list(product(get_args(State), SAID)))
def test_every_state_and_every_word_has_its_place_in_the_table(state: State, said: Said) -> None:
    following = after(Standing(state, attempted=True, delivered=False), said)
    assert (following.state if following else None) == FOLLOWS.get((state, said))
    if following:
        assert following.delivered is (said == "delivered")


@pytest.mark.parametrize(("state", "said"), list(product(get_args(State), SAID)))
def test_a_message_that_no_provider_heard_of_stays(state: State, said: Said) -> None:
    assert after(Standing(state, attempted=False, delivered=False), said) is None


def test_delivered_twice_keeps_the_first_time_and_a_late_bounce_takes_it_away() -> None:
    delivered = Standing("sent", attempted=True, delivered=True)
    assert after(delivered, "delivered") is None
    assert after(delivered, "taken") is None
    assert after(delivered, "failed") == Standing("failed", attempted=True, delivered=False)


@given(
    st.lists(st.sampled_from(SAID), min_size=1, max_size=8), st.sampled_from(["sending", "unknown", "sent"]), st.data()
)
def test_the_end_is_the_same_in_any_order_and_however_often(said: list[Said], state: State, data: Any) -> None:
    def end_of(words: list[Said]) -> Standing:
        standing = Standing(state, attempted=True, delivered=False)
        for word in words:
            standing = after(standing, word) or standing
        return standing

    end = end_of(said)
    assert end_of(data.draw(st.permutations(said))) == end
    assert end_of([*said, *said]) == end
    assert end.state == ("failed" if "failed" in said else "sent")
    assert end.delivered == ("delivered" in said and "failed" not in said)
