"""The loop that reads a consumer's queue: plain code over kombu, run by a thread or by nameko alike.

It acknowledges after the effects have committed, and depends on the broker for nothing but speed: at start, on
reconnect and every 5 s when idle or disconnected the ledger itself is asked (architecture.md section 5).
"""

import logging
import time
from collections.abc import Callable
from typing import Any

import kombu

from clinic.contracts.codec import MalformedEvent
from clinic.infra import topology
from clinic.infra.applying import Stopping, said
from clinic.infra.cloud_events import from_message
from clinic.infra.consumer import Consumer
from clinic.infra.topology import SubscriptionQueue
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Recorded

Work = Callable[[], None]

BATCH = 100
PREFETCH = 200
IDLE_SECONDS = 5.0
BUSY_CHECK_SECONDS = 30.0
"""Also while events keep coming: the last event of one practice may have been dropped."""
HEARTBEAT_SECONDS = 10
CONNECT_SECONDS = 2
LONGEST_PAUSE_SECONDS = 5.0
TICK_SECONDS = 0.25

log = logging.getLogger(__name__)


class Subscription:
    """One consumer at its queue, until told to stop; broker, source and database may come and go.

    `perform` runs a piece of work (a batch or a look at the heads) and passes on what it raises.
    """

    def __init__(
        self,
        amqp_url: str,
        consumer: Consumer,
        queue: SubscriptionQueue,
        *,
        perform: Callable[[Work], None] = lambda work: work(),
    ) -> None:
        self._url = amqp_url
        self._consumer = consumer
        self._queue = queue
        self._perform = perform
        self._stopping: Callable[[], bool] = lambda: False
        self._connection: kombu.Connection | None = None
        self._arrived: list[Any] = []
        self._arrived_at = self._checked_at = float("-inf")
        self._healthy = {"broker": True, "ledger": True}

    def run(self, stopping: Callable[[], bool]) -> None:
        """Returns soon after `stopping` says so: between two batches."""
        self._stopping = stopping
        self._consumer.breathe_with(self._breathe)
        pause, connect_at = 0.0, 0.0
        try:
            while True:
                self._breathe()
                if time.monotonic() >= connect_at:
                    begun = time.monotonic()
                    self._read_queue()
                    pause = 0.0 if time.monotonic() - begun > IDLE_SECONDS else min(max(0.5, pause * 2), IDLE_SECONDS)
                    connect_at = time.monotonic() + pause
                self._check_when_due(connected=False)
                time.sleep(TICK_SECONDS)
        except Stopping:
            log.info("%s stops between two batches", self._consumer.name)

    def _read_queue(self) -> None:
        """Reads until the broker is lost; whatever goes wrong with it, the loop comes back."""
        connection = kombu.Connection(self._url, heartbeat=HEARTBEAT_SECONDS, connect_timeout=CONNECT_SECONDS)
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=CONNECT_SECONDS)
            self._open(connection)
            self._report("broker", None)
            self._checked_at = float("-inf")
            while True:
                self._breathe()
                self._check_when_due(connected=True)
                if batch := self._gather(connection):
                    self._take(batch)
                    batch[-1].channel.basic_ack(batch[-1].delivery_tag, multiple=True)
        except Stopping:
            raise
        except Exception as error:
            self._report("broker", said(error))
        finally:
            self._connection = None
            self._arrived.clear()
            connection.release()

    def _open(self, connection: kombu.Connection) -> None:
        channel = connection.channel()
        channel.queue_declare(
            queue=self._queue.name,
            durable=topology.QUEUE_DURABLE,
            exclusive=topology.QUEUE_EXCLUSIVE,
            auto_delete=topology.QUEUE_AUTO_DELETE,
            arguments=self._queue.arguments,
        )
        channel.queue_bind(queue=self._queue.name, exchange=self._queue.exchange, routing_key=topology.BINDING)
        queue = kombu.Queue(self._queue.name, channel=channel, no_declare=True)
        consumer = kombu.Consumer(
            channel, [queue], on_message=self._arrived.append, auto_declare=False, prefetch_count=PREFETCH
        )
        consumer.consume(no_ack=False)
        self._connection = connection

    def _gather(self, connection: kombu.Connection) -> list[Any]:
        """What has arrived, at most a batch; waits for the first message only."""
        seconds = TICK_SECONDS
        while len(self._arrived) < BATCH:
            try:
                connection.drain_events(timeout=0.001 if self._arrived else seconds)
            except TimeoutError:
                break
        batch = self._arrived[:BATCH]
        del self._arrived[:BATCH]
        if batch:
            self._arrived_at = time.monotonic()
        return batch

    def _take(self, batch: list[Any]) -> None:
        """Returns when the batch may be acknowledged; tries for ever, with back-off."""
        events = [event for message in batch if (event := self._event(message)) is not None]
        unreadable, pause = len(batch) - len(events), 0.1

        def work() -> None:
            self._consumer.receive(events)
            if unreadable:
                self._consumer.pass_over(unreadable)

        while True:
            try:
                self._perform(work)
                return
            except Stopping:
                raise
            except Exception as error:
                self._tell(error)
                self._rest(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _event(self, message: Any) -> Recorded | None:
        """What cannot be read is not an event: it is counted, and the ledger is asked for the real one."""
        try:
            return from_message(message.headers, message.body, self._queue.source)
        except MalformedEvent as error:
            log.warning("%s: a message is passed over, the ledger will be asked: %s", self._queue.name, error)
            return None

    def _check_when_due(self, *, connected: bool) -> None:
        now = time.monotonic()
        quiet = not connected or self._consumer.behind or now - self._arrived_at >= IDLE_SECONDS
        if now - self._checked_at < (IDLE_SECONDS if quiet else BUSY_CHECK_SECONDS):
            return
        try:
            self._perform(self._consumer.catch_up_all)
            self._report("ledger", None)
        except Stopping:
            raise
        except Exception as error:
            self._tell(error)
        self._checked_at = time.monotonic()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, Unavailable):
            self._report("ledger", str(error))
        else:
            log.error("%s: %s", self._consumer.name, said(error))

    def _report(self, what: str, trouble: str | None) -> None:
        """Says when something goes and when it comes back, not each time it is found away."""
        if self._healthy[what] and trouble:
            log.warning("%s: %s is away (%s)", self._queue.name, what, trouble)
        elif trouble is None and not self._healthy[what]:
            log.info("%s: %s is back", self._queue.name, what)
        self._healthy[what] = trouble is None

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._breathe()
            time.sleep(min(left, TICK_SECONDS))

    def _breathe(self) -> None:
        """Between batches: ends a long catch-up when told to stop, and keeps the broker's connection alive."""
        if self._stopping():
            raise Stopping
        if self._connection is not None:
            self._connection.heartbeat_check()
