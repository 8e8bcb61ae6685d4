"""What fails stays alone (A5): parked with its reason, retried when told or known, the others go on."""

import subprocess
import sys
from dataclasses import replace

import pytest

from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.parking import request_retry
from clinic.kernel.errors import Unavailable

ROWS = ConsumerRows("test", "availability")


def refusing(effects, *positions, times=None):
    """A handler that fails at these positions, the given number of times (for ever when None)."""
    tried = []

    def handle(connection, event):
        effects.apply(connection, event)
        if event.position in positions and (times is None or tried.count(event.position) < times):
            tried.append(event.position)
            raise ValueError("born 1990-01-01")

    handle.tried = tried
    return handle


def test_an_event_that_fails_three_times_is_parked_and_the_others_go_on(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abcde")
    handle = refusing(effects, 3)
    make_consumer(handle).receive(ledger.events(practice))
    assert effects.of(practice) == [1, 2, 4, 5]
    assert handle.tried == [3, 3, 3]
    reason = effects.parked(practice)[3]
    assert reason.startswith("failed 3 times: ValueError at handle")
    assert "1990" not in reason
    assert effects.attempts(practice) == 0


def test_later_events_of_the_same_stream_wait_for_the_parked_one(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abab")
    consumer = make_consumer(refusing(effects, 1))
    consumer.receive(ledger.events(practice))
    ledger.append(practice, *"abc")
    consumer.receive(ledger.events(practice)[4:])
    assert effects.of(practice) == [2, 4, 6, 7]
    assert list(effects.parked(practice)) == [1, 3, 5]
    assert "position 1 of its stream is parked" in effects.parked(practice)[3]
    assert consumer.checkpoint(practice).parked == 3


def test_a_failure_that_goes_away_parks_nothing(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abc")
    make_consumer(refusing(effects, 2, times=2)).receive(ledger.events(practice))
    assert effects.of(practice) == [1, 2, 3]
    assert effects.parked(practice) == {}


def test_trouble_with_the_network_is_never_counted(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    calls = []

    def handle(connection, event):
        calls.append(event.position)
        if len(calls) <= 10:
            raise Unavailable("identity is away")
        effects.apply(connection, event)

    consumer = make_consumer(handle)
    for _ in range(10):
        with pytest.raises(Unavailable):
            consumer.receive(ledger.events(practice))
    consumer.receive(ledger.events(practice))
    assert effects.of(practice) == [1, 2]
    assert effects.parked(practice) == {}
    assert effects.attempts(practice) == 0


def test_a_retry_after_the_fix_has_its_effect_once_and_frees_the_stream(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abaa")
    make_consumer(refusing(effects, 1)).receive(ledger.events(practice))
    assert effects.of(practice) == [2]
    fixed = make_consumer()
    fixed.catch_up_all()
    assert effects.of(practice) == [2], "nobody asked for a retry"
    with effects.database.transaction(practice) as connection:
        assert request_retry(connection, ROWS, practice, 3)
    fixed.catch_up_all()
    fixed.catch_up_all()
    assert effects.of(practice) == [2, 1, 3, 4]
    assert effects.parked(practice) == {}
    assert fixed.checkpoint(practice).parked == 0


def test_a_retry_that_fails_keeps_the_event_parked_with_the_new_reason(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"aa")
    consumer = make_consumer(refusing(effects, 1))
    consumer.receive(ledger.events(practice))
    with effects.database.transaction(practice) as connection:
        request_retry(connection, ROWS, practice, 1)
    consumer.catch_up_all()
    assert effects.of(practice) == []
    assert effects.parked(practice)[1].startswith("a retry failed: ValueError")
    assert list(effects.parked(practice)) == [1, 2]


def test_an_unknown_type_is_parked_and_tried_again_by_a_release_that_knows_it(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abca")
    was = "UPDATE events SET type = 'SomethingNew' WHERE practice_id = %s AND position = 1"
    ledger.as_owner_of_everything(was, practice)
    make_consumer().receive(ledger.events(practice))
    assert effects.of(practice) == [2, 3]
    assert effects.parked(practice)[1] == "unknown type or version"
    with effects.database.transaction(practice) as connection:
        new_release = "UPDATE parked_events SET event = replace(event, 'SomethingNew', 'OnlineBookingSwitched')"
        connection.execute(f"{new_release} WHERE position = 1")
    make_consumer().catch_up_all()
    assert effects.of(practice) == [2, 3, 1, 4]


def test_a_version_from_the_future_is_parked_without_being_tried(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    ledger.as_owner_of_everything("UPDATE events SET schema_version = 9 WHERE position = 1")
    make_consumer().catch_up_all()
    assert effects.of(practice) == [2]
    assert effects.parked(practice) == {1: "unknown type or version"}


def test_data_that_are_wrong_on_the_broker_only_are_fetched_from_the_ledger(ledger, effects, make_consumer, feed):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    first, second = ledger.events(practice)
    make_consumer().receive([replace(first, data={"clinician_id": 7}), second])
    assert effects.of(practice) == [1, 2]
    assert effects.parked(practice) == {}
    assert feed.asked == 1


def test_data_that_are_wrong_in_the_ledger_are_parked_with_the_names_of_the_fields(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    ledger.as_owner_of_everything("""UPDATE events SET data = '{"available":true}' WHERE position = 1""")
    make_consumer().catch_up_all()
    assert effects.of(practice) == [2]
    assert "clinician_id" in effects.parked(practice)[1]


KILLER = """
import os, sys
from uuid import UUID
from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.sources import LocalSource

def handle(connection, event):
    if event.position == 3:
        os._exit(9)
    connection.execute(
        "INSERT INTO effects (practice_id, position, stream_id) VALUES (%s, %s, %s)",
        (event.practice_id, event.position, event.stream_id),
    )

ledger, effects = Database(sys.argv[1]), Database(sys.argv[2])
Consumer(effects, "test", LocalSource(ledger, "availability"), {"OnlineBookingSwitched": handle}).catch_up_all()
ledger.close()
effects.close()
"""


def test_an_event_that_kills_the_process_is_parked_after_the_third_crash(ledger, effects):
    practice = ledger.practice()
    ledger.append(practice, *"abcdc")
    command = [sys.executable, "-c", KILLER, ledger.url("api"), effects.url("worker")]
    codes = [subprocess.run(command, timeout=60, check=False).returncode for _ in range(4)]
    assert codes == [9, 9, 9, 0]
    assert effects.of(practice) == [1, 2, 4]
    assert effects.parked(practice)[3] == "failed 3 times: ended the process"
    assert list(effects.parked(practice)) == [3, 5]
