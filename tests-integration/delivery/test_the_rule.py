"""What a consumer makes of deliveries, right and wrong (A5)."""

import random
import threading

import pytest

from clinic.infra import operating
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Database
from clinic.infra.delivery_rule import LEDGER_REWOUND, Checkpoint, Stopped
from clinic.kernel.errors import Unavailable


def test_a_delivery_takes_effect_once_and_in_order(ledger, effects, make_consumer, feed):
    practice = ledger.practice()
    ledger.append(practice, *"abcab")
    consumer = make_consumer()
    consumer.receive(ledger.events(practice))
    assert effects.of(practice) == [1, 2, 3, 4, 5]
    assert consumer.checkpoint(practice).position == 5
    assert consumer.checkpoint(practice).event_id == ledger.events(practice)[-1].event_id
    assert effects.attempts(practice) == 0
    assert feed.asked == 0


def test_duplicates_have_no_effect(ledger, effects, make_consumer, feed):
    practice = ledger.practice()
    ledger.append(practice, *"abc")
    events, consumer = ledger.events(practice), make_consumer()
    consumer.receive(events + events)
    consumer.receive(events[1:2])
    consumer.receive(events)
    assert effects.of(practice) == [1, 2, 3]
    assert feed.asked == 0


def test_a_gap_is_fetched_from_the_ledger(ledger, effects, make_consumer, feed):
    practice = ledger.practice()
    ledger.append(practice, *"abcdefgh")
    events, consumer = ledger.events(practice), make_consumer()
    consumer.receive(events[:2])
    consumer.receive(events[5:7])
    assert effects.of(practice) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert feed.asked == 1


def test_any_disorder_ends_in_order(ledger, effects, make_consumer):
    """Dropped, doubled and shuffled deliveries over several practices: every event once, in order."""
    chance = random.Random(4)
    practices = [ledger.practice() for _ in range(3)]
    for practice in practices:
        ledger.append(practice, *(chance.choice("abc") for _ in range(40)))
    consumer = make_consumer(batch=7)
    sent = [event for practice in practices for event in ledger.events(practice)]
    sent = [event for event in sent for _ in range(chance.choice((0, 1, 1, 2)))]
    chance.shuffle(sent)
    while sent:
        consumer.receive(sent[:9])
        del sent[:9]
    consumer.catch_up_all()
    for practice in practices:
        assert effects.of(practice) == list(range(1, 41))


def test_catching_up_stops_at_until_or_the_end(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abcde")
    consumer = make_consumer(batch=2)
    assert consumer.catch_up(practice, until=5) == 5
    assert consumer.catch_up(practice, until=50, deadline_seconds=0.3) == 5
    ledger.append(practice, *"fg")
    assert consumer.catch_up(practice) == 7
    assert effects.of(practice) == [1, 2, 3, 4, 5, 6, 7]


def test_a_deadline_that_has_passed_leaves_the_rest(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abcde")
    assert make_consumer().catch_up(practice, deadline_seconds=0) == 0
    assert effects.of(practice) == []


def test_while_the_ledger_is_away_what_fits_takes_effect_and_the_rest_comes_later(ledger, effects, make_consumer, feed):
    practice, other = ledger.practice(), ledger.practice()
    ledger.append(practice, *"abcd")
    ledger.append(other, *"ab")
    consumer = make_consumer()
    feed.away = True
    consumer.receive([ledger.events(practice)[0], ledger.events(practice)[3], *ledger.events(other)])
    assert (effects.of(practice), effects.of(other)) == ([1], [1, 2])
    assert consumer.behind
    with pytest.raises(Unavailable):
        consumer.catch_up_all()
    feed.away = False
    consumer.catch_up_all()
    assert effects.of(practice) == [1, 2, 3, 4]
    assert not consumer.behind


def test_a_ledger_restored_to_an_older_point_stops_the_practice_red(ledger, effects, make_consumer, caplog):
    practice, other = ledger.practice(), ledger.practice()
    ledger.append(practice, *"abcd")
    ledger.append(other, "a")
    consumer = make_consumer()
    consumer.catch_up_all()
    ledger.as_owner_of_everything("DELETE FROM events WHERE practice_id = %s AND position > 2", practice)
    restored = "UPDATE heads SET position = 2, last_event_id = %s WHERE practice_id = %s"
    ledger.as_owner_of_everything(restored, ledger.events(practice)[1].event_id, practice)
    ledger.append(other, "b")
    consumer.catch_up_all()
    assert consumer.stopped() == {practice: LEDGER_REWOUND}
    assert "ledger rewound" in caplog.text
    assert effects.of(other) == [1, 2]


def test_new_events_of_a_restored_ledger_are_not_swallowed(ledger, effects, make_consumer):
    """The restored ledger has grown past the checkpoint before anybody looked at heads."""
    practice = ledger.practice()
    ledger.append(practice, *"abcd")
    consumer = make_consumer()
    consumer.catch_up_all()
    ledger.as_owner_of_everything("DELETE FROM events WHERE practice_id = %s AND position > 2", practice)
    restored = "UPDATE heads SET position = 2, last_event_id = %s WHERE practice_id = %s"
    ledger.as_owner_of_everything(restored, ledger.events(practice)[1].event_id, practice)
    ledger.append(practice, *"xyzxyz")
    consumer.receive(ledger.events(practice)[4:5])
    assert consumer.stopped() == {practice: LEDGER_REWOUND}
    assert effects.of(practice) == [1, 2, 3, 4]
    with pytest.raises(Stopped, match=LEDGER_REWOUND):
        consumer.catch_up(practice)
    consumer.receive(ledger.events(practice))
    assert effects.of(practice) == [1, 2, 3, 4]


def test_another_event_in_the_checkpoints_place_is_looked_into(ledger, effects, make_consumer, feed):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    consumer = make_consumer()
    consumer.receive(ledger.events(practice))
    ledger.as_owner_of_everything("UPDATE events SET event_id = gen_random_uuid() WHERE position = 2")
    consumer.receive(ledger.events(practice)[1:])
    assert consumer.stopped() == {practice: LEDGER_REWOUND}


def test_two_processes_under_one_name_apply_everything_once(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *("abcdefghij" * 30))
    consumers = [make_consumer(batch=5) for _ in range(4)]
    threads = [threading.Thread(target=consumer.catch_up, args=(practice,)) for consumer in consumers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert effects.of(practice) == list(range(1, 301))
    assert effects.attempts(practice) == 0


def test_a_zombie_that_wakes_up_is_fenced(ledger, effects, make_consumer):
    """Its transaction was ended while it slept; others have gone on; what it tries then changes nothing."""
    practice = ledger.practice()
    ledger.append(practice, *"abc")

    def falls_asleep(connection, event):
        effects.apply(connection, event)
        pid = connection.info.backend_pid
        with effects.database.connection() as other:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        make_consumer().catch_up(practice)
        effects.apply(connection, event)

    zombie = make_consumer(falls_asleep)
    with pytest.raises(Unavailable):
        zombie.catch_up(practice)
    assert effects.of(practice) == [1, 2, 3]
    zombie.catch_up(practice)
    assert effects.of(practice) == [1, 2, 3]
    assert effects.attempts(practice) == 0


def test_a_checkpoint_moves_only_from_where_it_was_seen(ledger, effects, make_consumer):
    """Compare-and-set: the last fence, whoever holds which lock."""
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    make_consumer().catch_up(practice)
    rows, (first, second) = ConsumerRows("test", "availability"), ledger.events(practice)
    with effects.database.transaction(practice) as connection:
        assert not rows.move(connection, practice, Checkpoint(), first)
        assert not rows.move(connection, practice, Checkpoint(2, first.event_id), second)
        assert rows.move(connection, practice, Checkpoint(2, second.event_id), second)


def test_an_operator_rewinds_a_stopped_consumer_and_it_follows_the_restored_ledger(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abcd")
    consumer = make_consumer()
    consumer.catch_up_all()
    ledger.as_owner_of_everything("DELETE FROM events WHERE practice_id = %s AND position > 2", practice)
    restored = "UPDATE heads SET position = 2, last_event_id = %s WHERE practice_id = %s"
    ledger.as_owner_of_everything(restored, ledger.events(practice)[1].event_id, practice)
    ledger.append(practice, *"xyz")
    consumer.catch_up_all()
    ops = Database(effects.url("ops"), size=2)
    (stopped,) = operating.followed({"notifications": ops}, ["notifications"])
    assert stopped.checkpoint.stopped_reason == LEDGER_REWOUND
    operating.rewind(ops, "test", "availability", practice, Checkpoint(2, ledger.events(practice)[1].event_id))
    ops.close()
    consumer.catch_up_all()
    assert consumer.stopped() == {}
    assert effects.of(practice) == [1, 2, 3, 4, 3, 4, 5]
