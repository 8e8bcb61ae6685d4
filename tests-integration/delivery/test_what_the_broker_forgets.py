"""A message is acknowledged after its effects, and an event that no message brought is fetched (A5)."""

import kombu
import pytest

from clinic.infra.applying import Stopping
from clinic.infra.subscription import Subscription


def waiting(broker, queue):
    """How many messages of the queue nobody holds."""
    with kombu.Connection(broker.url("operator")) as connection:
        return connection.channel().queue_declare(queue=queue.name, passive=True).message_count


def test_what_did_not_take_effect_is_still_on_the_queue(ledger, effects, delivery, broker, eventually):
    """The process ends while it works on a batch: the broker has every message of it for the next one."""
    practice = ledger.practice()
    publisher = delivery.publisher()
    publisher.connect()
    ends = []

    def perform(work):
        """A look at the heads is done; a delivery ends the process."""
        if work == delivery.consumer.catch_up_all:
            ends.append("checked") if ends else work()
            if "published" not in ends:
                ledger.append(practice, *"abc")
                eventually(lambda: delivery.relay(publisher).publish_batch()[0] == 3)
                ends.append("published")
            return
        raise Stopping

    Subscription(broker.url("notifications"), delivery.consumer, delivery.queue, perform=perform).run(lambda: False)
    publisher.close()
    assert effects.of(practice) == []
    assert eventually(lambda: waiting(broker, delivery.queue) == 3) < 15


@pytest.mark.timeout(60)
def test_an_event_that_never_came_to_the_broker_takes_effect_while_all_is_quiet(
    ledger, effects, delivery, broker, threads, eventually
):
    """The broker is well and silent, nobody publishes: the consumer asks by itself."""
    practice = ledger.practice()
    publisher = delivery.publisher()
    publisher.connect()
    publisher.close()
    threads.run(delivery.run_subscription)
    eventually(lambda: any(queue.get("consumers") for queue in broker.api("queues")), 30)
    ledger.append(practice, *"ab")
    eventually(lambda: effects.of(practice) == [1, 2])
    ledger.append(practice, "c")
    eventually(lambda: effects.of(practice) == [1, 2, 3])
