"""A worker whose handler fails where the table `poison` says so: AMQP_URL, LEDGER_URL, EFFECTS_URL."""

from clinic.infra.nameko_subscription import run_worker, subscribe

# isort: split
import os
import sys

from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.sources import LocalSource
from clinic.infra.subscription import Subscription
from clinic.infra.topology import SubscriptionQueue

AMQP_URL, LEDGER_URL, EFFECTS_URL = sys.argv[1:]


class Feed(LocalSource):
    """The ledger as another service sees it: data are checked."""

    trusted = False


def apply(connection, event):
    found = connection.execute(
        "SELECT what FROM poison WHERE practice_id = %s AND position = %s", (event.practice_id, event.position)
    ).fetchone()
    if found and found["what"] == "raises":
        raise ValueError("poisoned")
    if found and found["what"] == "kills":
        os._exit(9)
    connection.execute(
        "INSERT INTO effects (practice_id, position, stream_id) VALUES (%s, %s, %s)",
        (event.practice_id, event.position, event.stream_id),
    )


def subscription(perform):
    feed = Feed(Database(LEDGER_URL), "availability")
    consumer = Consumer(Database(EFFECTS_URL), "test", feed, {"OnlineBookingSwitched": apply})
    return Subscription(AMQP_URL, consumer, SubscriptionQueue("notifications", "availability"), perform=perform)


class Worker:
    name = "notifications"

    @subscribe(subscription)
    def follow_availability(self, work):
        work()


if __name__ == "__main__":
    run_worker(Worker)
