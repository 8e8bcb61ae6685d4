"""What a consumer makes of its queue: it depends on it for nothing but speed (A5)."""

import amqp
import kombu
import psycopg

from clinic.infra import subscription
from clinic.infra.topology import SubscriptionQueue


def test_what_overflows_at_the_head_is_a_gap_and_fetched(ledger, effects, delivery, threads, eventually, broker, feed):
    """A dead consumer's queue stays short; when it comes back nothing is missing."""
    queue = SubscriptionQueue("notifications", "availability")
    queue.arguments["x-max-length"] = 10
    delivery.queue = queue
    practice = ledger.practice()
    publisher = delivery.publisher()
    publisher.connect()
    with kombu.Connection(broker.url("operator")) as connection:
        channel = connection.channel()
        channel.queue_declare(queue=queue.name, durable=True, auto_delete=False, arguments=queue.arguments)
        channel.queue_bind(queue=queue.name, exchange=queue.exchange, routing_key="#")
    for _ in range(20):
        ledger.append(practice, *"abc")
    assert delivery.relay(publisher).publish_batch() == (60, 0)
    publisher.close()
    eventually(lambda: 0 < broker.api("queues")[0].get("messages", 0) <= 10, 30)
    threads.run(delivery.run_subscription)
    eventually(lambda: effects.of(practice) == list(range(1, 61)))
    assert feed.asked > 0


def test_an_idle_consumer_asks_for_heads_though_the_broker_is_there(
    ledger, effects, delivery, threads, eventually, broker
):
    """No relay runs: the broker is silent, and what was appended arrives all the same."""
    practice = ledger.practice()
    publisher = delivery.publisher()
    publisher.connect()
    threads.run(delivery.run_subscription)
    eventually(lambda: any(queue.get("consumers") for queue in broker.api("queues")), 30)
    for number, name in enumerate("abc", start=1):
        ledger.append(practice, name)
        eventually(lambda number=number: effects.of(practice) == list(range(1, number + 1)))
    publisher.close()


def test_a_busy_consumer_asks_for_heads_too(ledger, effects, delivery, threads, eventually, monkeypatch):
    """The last event of one practice was dropped, while events of another keep coming."""
    monkeypatch.setattr(subscription, "IDLE_SECONDS", 3600.0)
    monkeypatch.setattr(subscription, "BUSY_CHECK_SECONDS", 0.5)
    busy, forgotten = ledger.practice(), ledger.practice()
    publisher = delivery.publisher()
    threads.run(delivery.run_subscription)
    relay = delivery.relay(publisher)
    ledger.append(busy, "a")
    eventually(lambda: relay.publish_batch()[0] or effects.of(busy) == [1])
    ledger.append(forgotten, "z")
    eventually(lambda: effects.of(forgotten) == [1])
    publisher.close()


def test_a_consumer_that_was_away_from_the_broker_asks_at_its_return(
    ledger, effects, delivery, threads, eventually, broker, monkeypatch
):
    """Neither idle nor busy checks: it is the reconnect that asks."""
    monkeypatch.setattr(subscription, "IDLE_SECONDS", 3600.0)
    monkeypatch.setattr(subscription, "BUSY_CHECK_SECONDS", 3600.0)
    monkeypatch.setattr(subscription, "LONGEST_PAUSE_SECONDS", 0.5)
    practice = ledger.practice()
    publisher = delivery.publisher()
    publisher.connect()
    checks = []
    look = delivery.consumer.catch_up_all
    delivery.consumer.catch_up_all = lambda: checks.append(look())
    threads.run(delivery.run_subscription)
    eventually(lambda: any(queue.get("consumers") for queue in broker.api("queues")), 30)
    eventually(lambda: len(checks) >= 1)
    publisher.close()
    before = len(checks)
    ledger.append(practice, "a")
    broker.node.stop()
    broker.node.start()
    publisher.connect()
    eventually(lambda: effects.of(practice) == [1], 60)
    publisher.close()
    assert len(checks) > before


def test_a_batch_is_acknowledged_together_and_after_its_commit(
    ledger, effects, delivery, threads, eventually, monkeypatch
):
    practice = ledger.practice()
    for _ in range(6):
        ledger.append(practice, *("abcdefghij" * 2))
    seen = []
    acknowledge = amqp.Channel.basic_ack

    def watched(self, delivery_tag, multiple=False, **more):
        seen.append((delivery_tag, multiple, len(effects.of(practice))))
        return acknowledge(self, delivery_tag, multiple=multiple, **more)

    monkeypatch.setattr(amqp.Channel, "basic_ack", watched)
    # What the heads tell would have its effect whatever is acknowledged: only deliveries count here.
    monkeypatch.setattr(delivery.consumer, "catch_up_all", lambda: None)
    publisher = delivery.publisher()
    threads.run(delivery.run_subscription)
    relay, moved = delivery.relay(publisher), []
    eventually(lambda: moved.append(relay.publish_batch()[0]) or sum(moved) == 120)
    eventually(lambda: seen and seen[-1][0] >= 120)
    publisher.close()
    assert effects.of(practice) == list(range(1, 121))
    assert all(multiple for _, multiple, _ in seen)
    assert len(seen) < 120
    for tag, _, applied in seen:
        assert applied >= min(tag, 120), "acknowledged before its effects were committed"


def test_effects_checkpoint_and_parked_events_are_one_transaction(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"aba")

    def handle(connection, event):
        if event.position == 1:
            raise ValueError
        effects.apply(connection, event)

    seen = []

    def looking(connection, event):
        effects.apply(connection, event)
        seen.append((effects.of(other), make_consumer().checkpoint(other).position))

    make_consumer(handle).receive(ledger.events(practice)[:2])
    with psycopg.connect(effects.url("superuser")) as connection:
        of_checkpoint = connection.execute("SELECT xmin FROM consumer_checkpoints").fetchone()
        of_effects = connection.execute("SELECT xmin FROM effects").fetchone()
    assert of_checkpoint == of_effects
    make_consumer(handle).receive(ledger.events(practice)[2:])
    with psycopg.connect(effects.url("superuser")) as connection:
        of_checkpoint = connection.execute("SELECT xmin FROM consumer_checkpoints").fetchone()
        of_parked = connection.execute("SELECT xmin FROM parked_events WHERE position = 3").fetchone()
        of_trail = connection.execute("SELECT xmin FROM consumer_trail WHERE position = 3").fetchone()
    assert of_checkpoint == of_parked == of_trail
    other = ledger.practice()
    ledger.append(other, "a")
    consumer = make_consumer(looking)
    consumer.receive(ledger.events(other))
    assert seen == [([], 0)], "nothing is seen of it before it is all there"


def test_what_is_no_event_is_counted_and_kept_nowhere(ledger, effects, delivery, threads, eventually, broker):
    practice = ledger.practice()
    threads.run(delivery.run_relay)
    threads.run(delivery.run_subscription)
    ledger.append(practice, "a")
    eventually(lambda: effects.of(practice) == [1])
    eventually(lambda: any(queue.get("consumers") for queue in broker.api("queues")), 30)
    with kombu.Connection(broker.url("operator")) as connection:
        producer = connection.Producer()
        for body in (b"{", b"\xff\xfe", b"[]"):
            producer.publish(body, exchange="availability.events", routing_key="x")

    def counted():
        with psycopg.connect(effects.url("superuser")) as connection:
            return connection.execute("SELECT consumer, source, messages FROM unreadable_messages").fetchall()

    eventually(lambda: counted() == [("test", "availability", 3)])
    ledger.append(practice, "b")
    eventually(lambda: effects.of(practice) == [1, 2])
    assert effects.parked(practice) == {}


def test_only_some_places_of_a_long_way_are_kept(ledger, effects, make_consumer):
    """All of the last 256, and further back one for each doubling: common ground is at most about twice as far."""
    practice = ledger.practice()
    for _ in range(20):
        ledger.append(practice, *("abcdefghij" * 10))
    make_consumer(batch=1).catch_up(practice)
    kept = effects.trail(practice)
    assert set(range(1745, 2001)) <= set(kept)
    assert len(kept) < 256 + 128 + 12
    for lost in (1, 10, 300, 700, 1500, 1900):
        common = max((place for place in kept if place <= 2000 - lost), default=0)
        assert 2000 - common <= 2 * lost + 256 + 128, lost
