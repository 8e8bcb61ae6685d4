"""The only publisher: a leader per batch, in order, persistent, windowed, and never past what was confirmed (A5)."""

import threading

import kombu
import psycopg
import pytest

from clinic.infra import topology
from clinic.infra.database import Database
from clinic.infra.delivery_rule import LEDGER_REWOUND
from clinic.infra.publisher import Publisher
from clinic.infra.relay import Relay
from clinic.infra.topology import exchange_name
from clinic.kernel.errors import Unavailable


class Answers:
    """A broker that confirms as it is told, once each."""

    def __init__(self, *outcomes: bool) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[int] = []

    def connect(self) -> None:
        """Always there."""

    def publish(self, outgoing, seconds):
        sent = [int(one.message.headers["cloudEvents:position"]) for one in outgoing]
        self.sent += sent
        told, self.outcomes = self.outcomes[: len(sent)], self.outcomes[len(sent) :]
        return told + [True] * (len(sent) - len(told))


@pytest.fixture
def relay_to(ledger):
    """`relay_to(publisher)`: a relay with a pool of its own."""
    made = []

    def make(publisher, kind=Relay):
        made.append(Database(ledger.url("relay"), size=1))
        return kind("availability", made[-1], publisher)

    yield make
    for database in made:
        database.close()


def published(ledger, practice):
    with psycopg.connect(ledger.url("superuser")) as connection:
        row = connection.execute(
            "SELECT position, stopped_reason FROM relay_checkpoints WHERE practice_id = %s", (practice,)
        ).fetchone()
    return row or (0, None)


def test_the_checkpoint_moves_only_over_what_was_confirmed_without_a_gap(ledger, relay_to):
    practice, other = ledger.practice(), ledger.practice()
    ledger.append(practice, *"abcd")
    broker = Answers(True, False, True, True)
    relay = relay_to(broker)
    assert relay.publish_batch() == (1, 3)
    assert published(ledger, practice) == (1, None)
    ledger.append(other, *"ab")
    assert relay.publish_batch() == (5, 0)
    assert broker.sent[4:] in ([2, 3, 4, 1, 2], [1, 2, 2, 3, 4])
    assert (published(ledger, practice)[0], published(ledger, other)[0]) == (4, 2)


def test_the_checkpoint_is_not_written_before_the_confirms(ledger, relay_to):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    seen = []

    class Watched(Answers):
        def publish(self, outgoing, seconds):
            outcomes = super().publish(outgoing, seconds)
            seen.append(published(ledger, practice))
            return outcomes

    class WatchedRelay(Relay):
        def before_checkpoint(self):
            seen.append(published(ledger, practice))

    relay_to(Watched(), WatchedRelay).publish_batch()
    assert seen == [(0, None), (0, None)]
    assert published(ledger, practice) == (2, None)


def test_a_leader_that_is_stopped_in_a_batch_cannot_hold_the_lead(ledger, relay_to, eventually):
    """Frozen between confirm and checkpoint: the database ends its transaction, and with it the lock, after 2 s."""
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    frozen, woken, failed = threading.Event(), threading.Event(), []

    class Frozen(Relay):
        def before_checkpoint(self):
            frozen.set()
            woken.wait(30)

    def lead():
        try:
            relay_to(Answers(), Frozen).publish_batch()
        except Unavailable as error:
            failed.append(error)

    leader = threading.Thread(target=lead)
    leader.start()
    assert frozen.wait(10)
    second = relay_to(Answers())
    assert second.publish_batch() == (0, 0), "the lead is taken"
    eventually(lambda: second.publish_batch() == (2, 0), 20)
    woken.set()
    leader.join(10)
    assert failed, "what the stopped one wakes up to is over"
    assert published(ledger, practice) == (2, None)


def test_what_goes_over_the_wire_is_in_order_persistent_and_complete(ledger, delivery, broker, eventually):
    practices = [ledger.practice() for _ in range(3)]
    for practice in practices:
        for _ in range(5):
            ledger.append(practice, *"abc")
    publisher = delivery.publisher()
    publisher.connect()
    with kombu.Connection(broker.url("operator")) as connection:
        channel = connection.channel()
        exchange = kombu.Exchange(exchange_name("availability"), type="topic", channel=channel, no_declare=True)
        queue = kombu.Queue("watcher", exchange, routing_key="#", channel=channel, exclusive=True)
        queue.declare()
        assert delivery.relay(publisher).publish_batch() == (45, 0)
        found = []
        eventually(lambda: [one for one in [queue.get(no_ack=True)] if one and found.append(one)] or len(found) == 45)
    publisher.close()
    assert {message.delivery_info.get("exchange") for message in found} == {"availability.events"}
    assert {message.properties["delivery_mode"] for message in found} == {topology.PERSISTENT}
    for practice in practices:
        places = [
            int(message.headers["cloudEvents:position"])
            for message in found
            if message.headers["cloudEvents:practiceid"] == str(practice)
        ]
        assert places == list(range(1, 16))


def test_confirms_are_awaited_in_a_window(ledger, delivery, broker, threads, eventually):
    """More than one message is on its way at once, and never more than the window."""
    practice = ledger.practice()
    for _ in range(4):
        ledger.append(practice, *("abcdefghij" * 3))
    threads.run(delivery.run_subscription)
    under_way = []

    class Counting(Publisher):
        def _send(self, index, outgoing, outcomes):
            super()._send(index, outgoing, outcomes)
            under_way.append(len(self._unconfirmed))

    publisher = Counting(broker.url("availability"), exchange_name("availability"), window=10)
    publisher.connect()
    eventually(lambda: broker.api("queues"))
    moved = []
    relay = delivery.relay(publisher)
    eventually(lambda: moved.append(relay.publish_batch()[0]) or sum(moved) == 120)
    publisher.close()
    assert max(under_way) == 10


def test_a_relay_that_is_past_a_restored_ledger_stops_the_practice_only(ledger, relay_to):
    """Also where the restored ledger ends at the same position, and where it has grown past it (ADR 0028)."""
    shorter, same, longer, sound = (ledger.practice() for _ in range(4))
    for practice in (shorter, same, longer, sound):
        ledger.append(practice, *"abc")
    relay_to(Answers()).publish_batch()
    for practice in (shorter, same, longer):
        ledger.as_owner_of_everything("DELETE FROM events WHERE practice_id = %s AND position > 2", practice)
        restored = "UPDATE heads SET position = 2, last_event_id = %s WHERE practice_id = %s"
        ledger.as_owner_of_everything(restored, ledger.events(practice)[1].event_id, practice)
    ledger.append(same, "x")
    ledger.append(longer, *"xyz")
    ledger.append(sound, "d")
    broker = Answers()
    relay = relay_to(broker)
    while relay.publish_batch()[0]:
        pass
    assert broker.sent == [4], "nothing of a history that is not known to continue"
    for practice in (shorter, same, longer):
        assert published(ledger, practice) == (3, LEDGER_REWOUND)
    assert published(ledger, sound) == (4, None)
