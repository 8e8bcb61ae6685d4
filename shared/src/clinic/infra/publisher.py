"""Publishes with windowed confirms over pika's SelectConnection, driven step by step by its caller."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pika
from pika.adapters.select_connection import IOLoop

from clinic.infra import topology
from clinic.infra.cloud_events import Message

CONNECT_SECONDS = 5.0
BLOCKED_SECONDS = 10.0
HEARTBEAT_SECONDS = 10
SENDING_SHARE = 0.5
"""Of the time for a batch; the rest is for the last confirms."""


class BrokerAway(Exception):
    """The broker cannot be reached, closed the connection, or is blocked."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and where it goes."""

    routing_key: str
    message: Message


@dataclass(slots=True)
class _Unconfirmed:
    outcomes: list[bool]
    index: int
    message_id: str


class Publisher:
    """One channel in confirm mode to one exchange, which it declares; the default one, "", is there.

    At most `window` messages await their confirm.
    """

    def __init__(self, amqp_url: str, exchange: str, *, window: int = 500) -> None:
        logging.getLogger("pika").setLevel(logging.CRITICAL)
        self._parameters = pika.URLParameters(amqp_url)
        self._parameters.heartbeat = HEARTBEAT_SECONDS
        self._parameters.blocked_connection_timeout = BLOCKED_SECONDS
        self._parameters.socket_timeout = CONNECT_SECONDS
        self._parameters.stack_timeout = CONNECT_SECONDS
        self._parameters.connection_attempts = 1
        self._exchange = exchange
        self._window = window
        self._loop: IOLoop | None = None
        self._connection: pika.SelectConnection | None = None
        self._channel: pika.channel.Channel | None = None
        self._lost = ""
        self._tag = 0
        self._unconfirmed: dict[int, _Unconfirmed] = {}
        self._returned: set[str] = set()
        self._waiting_for: Callable[[], bool] = lambda: False

    def connect(self) -> None:
        """Connects, opens the channel, declares the exchange; nothing where that is done already. BrokerAway if not."""
        if self._channel is not None and not self._lost:
            return
        self.close()
        self._lost, self._tag = "", 0
        self._loop = IOLoop()
        self._connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._declare),
            on_open_error_callback=lambda _, error: self._lose(error),
            on_close_callback=lambda _, reason: self._lose(reason),
            custom_ioloop=self._loop,
        )
        self._drive(CONNECT_SECONDS, lambda: self._channel is not None)
        if self._channel is None:
            raise BrokerAway(self._lost or "no answer")

    def publish(self, outgoing: Iterable[Outgoing], seconds: float) -> list[bool]:
        """Which of the messages the broker took over, within `seconds`: confirmed and not returned as unroutable.

        They are drawn from the iterable while earlier ones await their confirm; for those that time did not suffice for
        there is no answer. What the iterable raises is raised.
        """
        self._check()
        outcomes: list[bool] = []
        source = iter(outgoing)
        failures: list[Exception] = []

        def pumped() -> bool:
            """Also called while pika works, where nothing may be raised."""
            try:
                while len(self._unconfirmed) < self._window:
                    if time.monotonic() >= until:
                        return not self._unconfirmed
                    message = next(source)
                    outcomes.append(False)
                    self._send(len(outcomes) - 1, message, outcomes)
            except StopIteration:
                return not self._unconfirmed
            except Exception as error:
                failures.append(error)
                return True
            return False

        until = time.monotonic() + seconds * SENDING_SHARE
        self._drive(seconds, pumped)
        if failures:
            raise failures[0]
        self._check()
        return outcomes

    def wait(self, seconds: float, fileno: int | None = None) -> None:
        """Keeps the connection alive for a while; ends early when `fileno` becomes readable. BrokerAway if lost."""
        loop = self._check()
        if fileno is not None:
            loop.add_handler(fileno, lambda _fd, _events: loop.stop(), IOLoop.READ)
        try:
            self._drive(seconds, lambda: False)
        finally:
            if fileno is not None:
                loop.remove_handler(fileno)
        self._check()

    def close(self) -> None:
        """Closes the connection politely, at most for a second."""
        if self._loop is not None:
            if self._connection is not None and self._connection.is_open:
                self._connection.close()
                self._drive(1.0, lambda: bool(self._lost))
            self._drive(0.02, lambda: False)  # pika closes its socket in a later round of the loop
            self._loop.close()
        self._loop = self._connection = self._channel = None
        self._unconfirmed.clear()
        self._returned.clear()

    def _declare(self, channel: pika.channel.Channel) -> None:
        channel.add_on_close_callback(lambda _, reason: self._lose(reason))
        channel.add_on_return_callback(lambda _, __, properties, ___: self._returned.add(properties.message_id))
        if not self._exchange:
            channel.confirm_delivery(self._confirmed, callback=lambda _: self._ready(channel))
            return
        channel.exchange_declare(
            self._exchange,
            exchange_type=topology.EXCHANGE_TYPE,
            durable=topology.EXCHANGE_DURABLE,
            auto_delete=topology.EXCHANGE_AUTO_DELETE,
            callback=lambda _: channel.confirm_delivery(self._confirmed, callback=lambda _: self._ready(channel)),
        )

    def _ready(self, channel: pika.channel.Channel) -> None:
        self._channel = channel
        self._look()

    def _send(self, index: int, outgoing: Outgoing, outcomes: list[bool]) -> None:
        if self._channel is None or not self._channel.is_open:
            return
        message = outgoing.message
        properties = pika.BasicProperties(
            content_type=message.content_type,
            headers=message.headers,
            message_id=message.message_id,
            delivery_mode=topology.PERSISTENT,
        )
        self._tag += 1
        self._unconfirmed[self._tag] = _Unconfirmed(outcomes, index, message.message_id)
        self._channel.basic_publish(self._exchange, outgoing.routing_key, message.body, properties, mandatory=True)

    def _confirmed(self, frame: pika.frame.Method) -> None:
        """Also for a negative confirm. A return comes before the confirm of the same message."""
        taken = isinstance(frame.method, pika.spec.Basic.Ack)
        tag = frame.method.delivery_tag
        tags = [known for known in self._unconfirmed if known <= tag] if frame.method.multiple else [tag]
        for known in tags:
            if (entry := self._unconfirmed.pop(known, None)) is not None:
                entry.outcomes[entry.index] = taken and entry.message_id not in self._returned
                self._returned.discard(entry.message_id)
        self._look()

    def _lose(self, reason: object) -> None:
        self._lost = self._lost or type(reason).__name__
        if self._loop is not None:
            self._loop.stop()

    def _check(self) -> IOLoop:
        if self._loop is None or self._channel is None or self._lost:
            raise BrokerAway(self._lost or "not connected")
        return self._loop

    def _drive(self, seconds: float, until: Callable[[], bool]) -> None:
        """Lets the connection work until the condition holds, the connection is lost, or time is up."""
        if self._loop is None or until():
            return
        self._waiting_for = until
        time_up = self._loop.call_later(seconds, self._loop.stop)
        try:
            self._loop.start()
        finally:
            self._loop.remove_timeout(time_up)
            self._waiting_for = lambda: False

    def _look(self) -> None:
        if self._loop is not None and self._waiting_for():
            self._loop.stop()
