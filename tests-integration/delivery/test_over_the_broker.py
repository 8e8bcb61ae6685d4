"""From one ledger to another service's effects over RabbitMQ, and over HTTP when there is none (A5)."""

import threading
import time

import kombu
import pytest

from clinic.infra.publisher import BrokerAway
from clinic.infra.relay import Relay
from clinic.infra.wake_up import knock


def test_every_event_arrives_once_and_in_order(ledger, effects, delivery, threads, eventually, broker):
    practices = [ledger.practice() for _ in range(3)]
    threads.run(delivery.run_subscription)
    threads.run(delivery.run_relay)
    for _ in range(20):
        for practice in practices:
            ledger.append(practice, *"abc")
    eventually(lambda: all(len(effects.of(practice)) == 60 for practice in practices))
    for practice in practices:
        assert effects.of(practice) == list(range(1, 61))
    assert delivery.consumer.checkpoint(practices[0]).position == 60


def test_the_queue_is_what_was_decided(delivery, ledger, threads, eventually, broker):
    threads.run(delivery.run_relay)
    threads.run(delivery.run_subscription)
    eventually(lambda: any(queue["name"] == delivery.queue.name for queue in broker.api("queues")))
    (queue,) = broker.api("queues")
    assert queue["type"] == "quorum"
    assert queue["arguments"] == {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-max-length": 100_000,
        "x-overflow": "drop-head",
    }
    eventually(lambda: [found["routing_key"] for found in broker.api("bindings") if found["source"]] == ["#"])


def test_a_relay_that_crashes_before_its_checkpoint_publishes_twice_and_nothing_happens_twice(
    ledger, effects, delivery, threads, eventually
):
    class Crash(Exception):
        pass

    class CrashingRelay(Relay):
        def before_checkpoint(self):
            raise Crash

    practice = ledger.practice()
    publisher = delivery.publisher()
    publisher.connect()
    threads.run(delivery.run_subscription)
    ledger.append(practice, *"abc")
    eventually(lambda: effects.of(practice) == [1, 2, 3])
    ledger.append(practice, *"def")
    with pytest.raises(Crash):
        delivery.relay(publisher, CrashingRelay).publish_batch()
    eventually(lambda: effects.of(practice) == [1, 2, 3, 4, 5, 6])
    assert delivery.relay(publisher).publish_batch() == (6, 0)
    assert delivery.relay(publisher).publish_batch() == (0, 0)
    publisher.close()
    ledger.append(practice, "g")
    eventually(lambda: effects.of(practice) == [1, 2, 3, 4, 5, 6, 7])


def test_what_no_queue_takes_is_not_counted_as_published(ledger, delivery, effects, threads, eventually):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    publisher = delivery.publisher()
    relay = delivery.relay(publisher)
    assert relay.publish_batch() == (0, 2)
    assert relay.publish_batch() == (0, 1), "one event is enough to find out"
    threads.run(delivery.run_subscription)
    moved = []
    eventually(lambda: moved.append(relay.publish_batch()[0]) or sum(moved) == 2)
    publisher.close()
    eventually(lambda: effects.of(practice) == [1, 2])


def test_two_relays_have_one_leader(ledger, delivery, threads, eventually):
    """While one publishes a batch the other finds the lead taken."""
    practice = ledger.practice()
    threads.run(delivery.run_subscription)
    first, second = delivery.publisher(), delivery.publisher()
    others = []

    class Watched(Relay):
        def before_checkpoint(self):
            others.append(delivery.relay(second).publish_batch())

    first.connect()
    eventually(lambda: delivery.consumer.checkpoint(practice).position == 0)
    ledger.append(practice, *"ab")
    moved = []
    eventually(lambda: moved.append(delivery.relay(first, Watched).publish_batch()[0]) or sum(moved) == 2)
    assert set(others) == {(0, 0)}
    first.close()
    second.close()


def test_a_message_that_is_no_event_is_passed_over(ledger, effects, delivery, threads, eventually, broker):
    practice = ledger.practice()
    threads.run(delivery.run_relay)
    threads.run(delivery.run_subscription)
    ledger.append(practice, "a")
    eventually(lambda: effects.of(practice) == [1])
    with kombu.Connection(broker.url("operator")) as connection:
        producer = connection.Producer()
        for body in ("{", "[]", "null", "x" * 100_000):
            producer.publish(body, exchange="availability.events", routing_key="x", content_type="application/json")
        producer.publish(b"\xff\xfe", exchange="availability.events", routing_key="x", headers={"cloudEvents:id": 3})
    ledger.append(practice, "b")
    assert eventually(lambda: effects.of(practice) == [1, 2]) < 5
    eventually(lambda: all(queue.get("messages", 1) == 0 for queue in broker.api("queues")))


def test_while_the_broker_is_down_events_arrive_within_six_seconds_and_once(
    ledger, effects, delivery, threads, eventually, broker
):
    practice = ledger.practice()
    threads.run(delivery.run_relay)
    threads.run(delivery.run_subscription)
    ledger.append(practice, "a")
    eventually(lambda: effects.of(practice) == [1])
    broker.node.stop()
    ledger.append(practice, *"bc")
    assert eventually(lambda: effects.of(practice) == [1, 2, 3]) <= 6
    ledger.append(practice, "d")
    assert eventually(lambda: effects.of(practice) == [1, 2, 3, 4]) <= 6
    broker.node.start()
    ledger.append(practice, "e")
    eventually(lambda: effects.of(practice) == [1, 2, 3, 4, 5])
    eventually(lambda: any(queue.get("consumers") for queue in broker.api("queues")), 30)
    ledger.append(practice, "f")
    eventually(lambda: 6 in effects.of(practice))
    assert effects.of(practice) == [1, 2, 3, 4, 5, 6]


def test_the_last_event_before_the_broker_is_wiped_is_not_forgotten(
    ledger, effects, delivery, threads, eventually, broker
):
    practice = ledger.practice()
    delivery_publisher = delivery.publisher()
    stop = threading.Event()
    follower = threading.Thread(target=delivery.run_subscription, args=(stop.is_set,))
    delivery_publisher.connect()
    follower.start()
    eventually(lambda: bool(broker.api("queues")))
    stop.set()
    follower.join()
    ledger.append(practice, *"ab")
    eventually(lambda: delivery.relay(delivery_publisher).publish_batch() == (2, 0))
    broker.node.kill()
    broker.node.delete_data()
    with pytest.raises(BrokerAway):
        delivery_publisher.wait(5)
    delivery_publisher.close()
    threads.run(delivery.run_subscription)
    eventually(lambda: effects.of(practice) == [1, 2])
    broker.node.start()
    threads.run(delivery.run_relay)
    eventually(lambda: any(queue.get("consumers") for queue in broker.api("queues")), 30)
    ledger.append(practice, "c")
    eventually(lambda: effects.of(practice) == [1, 2, 3])


def test_a_knock_is_heard_at_once(ledger, effects, delivery, threads, eventually):
    practice = ledger.practice()
    threads.run(delivery.run_relay)
    threads.run(delivery.run_subscription)
    ledger.append(practice, "z")
    eventually(lambda: effects.of(practice) == [1])
    took = []
    for number in range(2, 22):
        time.sleep(0.02)
        begun = time.monotonic()
        ledger.append(practice, "a")
        knock(ledger.database)
        eventually(lambda number=number: len(effects.of(practice)) == number)
        took.append(time.monotonic() - begun)
    print(f"append to effect: median {sorted(took)[10] * 1000:.1f} ms, longest {max(took) * 1000:.1f} ms")
