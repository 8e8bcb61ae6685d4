"""The one rule, without a database or a broker (A5)."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from clinic.infra.consumer_rows import Begun, last_error_of, tries_of
from clinic.infra.delivery_rule import (
    LEDGER_HAS_A_HOLE,
    LEDGER_REWOUND,
    Checkpoint,
    ask_after,
    head_reason_to_stop,
    reason_to_stop,
    sort_out,
)
from clinic.kernel.recorded import SYSTEM, Head, Recorded

PRACTICE = UUID(int=1)
START = Checkpoint()


def event(position: int, *, history: int = 0) -> Recorded:
    """The event at a position of one of several histories that a ledger might have had."""
    at = datetime(2026, 12, 2, 10, 20, tzinfo=UTC)
    return Recorded(
        event_id=UUID(int=1000 * history + position),
        type="OnlineBookingSwitched",
        schema_version=1,
        practice_id=PRACTICE,
        stream_id="clinician-x",
        stream_version=position,
        position=position,
        previous_event_id=UUID(int=1000 * history + position - 1) if position > 1 else None,
        occurred_at=at,
        recorded_at=at,
        actor=SYSTEM,
        command_id=PRACTICE,
        correlation_id=PRACTICE,
        causation_id=None,
        traceparent=None,
        data={},
    )


LEDGER = [event(position) for position in range(1, 31)]
deliveries = st.lists(st.lists(st.integers(1, 30), max_size=12), max_size=20)


@given(deliveries)
def test_whatever_is_delivered_and_fetched_applies_every_event_once_in_order(delivered):
    checkpoint, applied = START, []
    for positions in delivered:
        found = sort_out(checkpoint, [LEDGER[position - 1] for position in positions])
        for fitting in found.applicable:
            applied.append(fitting.position)
            checkpoint = checkpoint.moved_to(fitting)
        if found.missing:
            fetched = LEDGER[ask_after(checkpoint) : max(positions)]
            assert reason_to_stop(checkpoint, fetched) is None
            for fitting in fetched:
                if fitting.position > checkpoint.position:
                    applied.append(fitting.position)
                    checkpoint = checkpoint.moved_to(fitting)
        assert checkpoint.position >= max(positions, default=0)
    assert applied == list(range(1, checkpoint.position + 1))


@given(st.integers(1, 30), st.lists(st.integers(1, 30)))
def test_what_lies_at_or_below_the_checkpoint_is_never_applied_again(at, positions):
    checkpoint = START.moved_to(LEDGER[at - 1])
    found = sort_out(checkpoint, [LEDGER[position - 1] for position in positions])
    assert all(fitting.position > at for fitting in found.applicable)


@given(st.integers(1, 29), st.integers(1, 30))
def test_an_event_of_another_history_is_never_applied(at, position):
    checkpoint = START.moved_to(event(at))
    found = sort_out(checkpoint, [event(position, history=1)])
    assert found.applicable == ()
    assert found.missing == (position >= at)


@given(st.integers(1, 29), st.integers(1, 30))
def test_a_ledger_with_another_history_stops_the_consumer_at_once(at, length):
    checkpoint = START.moved_to(event(at))
    restored = [event(position, history=1) for position in range(1, length + 1)]
    assert reason_to_stop(checkpoint, restored[ask_after(checkpoint) :]) == LEDGER_REWOUND


def test_a_ledger_that_is_shorter_than_the_checkpoint_was_rewound():
    checkpoint = START.moved_to(event(5))
    assert reason_to_stop(checkpoint, []) == LEDGER_REWOUND
    assert head_reason_to_stop(checkpoint, Head(4, UUID(int=4))) == LEDGER_REWOUND
    assert head_reason_to_stop(checkpoint, Head(5, UUID(int=5))) is None
    assert head_reason_to_stop(checkpoint, Head(5)) is None, "a release before told no event ids"
    assert head_reason_to_stop(START, Head(0)) is None
    assert reason_to_stop(START, []) is None


def test_a_ledger_that_ends_at_the_same_position_with_another_event_was_rewound():
    assert head_reason_to_stop(START.moved_to(event(5)), Head(5, UUID(int=1005))) == LEDGER_REWOUND


def test_a_hole_in_what_the_ledger_gives_stops_the_consumer():
    checkpoint = START.moved_to(event(5))
    assert reason_to_stop(checkpoint, [event(5), event(6), event(8)]) == LEDGER_HAS_A_HOLE
    assert reason_to_stop(START, [event(2)]) == LEDGER_HAS_A_HOLE


def test_a_predecessor_that_differs_stops_the_consumer():
    broken = replace(event(6), previous_event_id=UUID(int=77))
    assert reason_to_stop(START.moved_to(event(5)), [event(5), broken]) == LEDGER_REWOUND


def test_an_attempt_of_a_batch_counts_for_every_event_in_it():
    begun = (Begun(11, 60, 1, "ValueError"), Begun(30, 30, 2, "KeyError at handle:7"), Begun(31, 31, 1, None))
    assert [tries_of(begun, position) for position in (10, 11, 30, 31, 60, 61)] == [0, 1, 3, 2, 1, 0]
    assert last_error_of(begun, 30) == "KeyError at handle:7"
    assert last_error_of(begun, 31) == "ended the process"
