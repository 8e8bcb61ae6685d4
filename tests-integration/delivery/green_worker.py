"""A worker process as every service has one: `python green_worker.py AMQP_URL LEDGER_URL EFFECTS_URL`."""

from clinic.infra.nameko_subscription import run_worker, subscribe, timer

# isort: split
import logging
import sys
import threading
import time

from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.sources import LocalSource
from clinic.infra.subscription import Subscription
from clinic.infra.topology import SubscriptionQueue

AMQP_URL, LEDGER_URL, EFFECTS_URL = sys.argv[1:]
LEDGER, EFFECTS = Database(LEDGER_URL), Database(EFFECTS_URL, size=12)
log = logging.getLogger("worker")


def apply(connection, event):
    connection.execute(
        "INSERT INTO effects (practice_id, position, stream_id) VALUES (%s, %s, %s)",
        (event.practice_id, event.position, event.stream_id),
    )


def subscription(perform):
    consumer = Consumer(EFFECTS, "test", LocalSource(LEDGER, "availability"), {"OnlineBookingSwitched": apply})
    return Subscription(AMQP_URL, consumer, SubscriptionQueue("notifications", "availability"), perform=perform)


def sleep_in_the_database():
    with EFFECTS.connection() as connection:
        connection.execute("SELECT pg_sleep(0.5)")


class Worker:
    name = "notifications"

    @subscribe(subscription)
    def follow_availability(self, work):
        work()

    @timer(interval=3600, eager=True)
    def ten_sleeps_overlap(self):
        begun = time.monotonic()
        sleepers = [threading.Thread(target=sleep_in_the_database) for _ in range(10)]
        for sleeper in sleepers:
            sleeper.start()
        for sleeper in sleepers:
            sleeper.join()
        log.info("ten sleeps took %.1f s", time.monotonic() - begun)


if __name__ == "__main__":
    run_worker(Worker)
