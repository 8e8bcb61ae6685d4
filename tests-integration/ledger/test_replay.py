"""`clinic ledger replay`: recorded events once more, to a queue of the operator's own and nowhere else (F50)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pika
import pytest
from typer.testing import CliRunner, Result

from clinic.appointments.entrypoints.cli_ledger import ledger
from clinic.deploy.servers_for_tests import Vhost
from clinic.infra.cloud_events import from_message
from clinic.infra.event_store import read_after

QUEUE = "operators-look"


@pytest.fixture
def channel(broker_vhost: Vhost, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An operator's channel at a broker of its own."""
    monkeypatch.setenv("AMQP_URL", broker_vhost.url())
    connection = pika.BlockingConnection(pika.URLParameters(broker_vhost.url()))
    yield connection.channel()
    connection.close()


def run(practice: Any, *arguments: Any) -> Result:
    return CliRunner().invoke(ledger, ["replay", "--practice", *map(str, (practice.practice_id, *arguments))])


def received(channel: Any) -> list[Any]:
    """Everything in the queue, as events."""
    found = []
    while (taken := channel.basic_get(QUEUE, auto_ack=True))[0] is not None:
        method, properties, body = taken
        assert (method.exchange, properties.delivery_mode, properties.content_type) == ("", 2, "application/json")
        found.append(from_message(properties.headers, body, "appointments"))
    return found


def recorded(practice: Any, after: int = 0) -> list[Any]:
    with practice.database.transaction(practice.practice_id) as connection:
        return read_after(connection, practice.practice_id, after, 1000)


def test_every_event_comes_once_in_order_as_the_relay_publishes_it(
    practice: Any, channel: Any, at: Callable[..., datetime]
) -> None:
    for hour in (9, 11, 13, 15):
        practice.book(at(hour))
    channel.queue_declare(QUEUE)
    told = run(practice, "--to", QUEUE)
    assert told.exit_code == 0, told.output
    assert received(channel) == recorded(practice)
    assert f"{len(recorded(practice))} events were published to {QUEUE}" in " ".join(told.stderr.split())


def test_a_part_is_chosen_by_position_or_by_time(practice: Any, channel: Any, at: Callable[..., datetime]) -> None:
    for hour in (9, 11, 13):
        practice.book(at(hour))
    channel.queue_declare(QUEUE)
    everything = recorded(practice)
    assert run(practice, "--to", QUEUE, "--after", 2).exit_code == 0
    assert received(channel) == everything[2:]
    bounds = (one.recorded_at.isoformat() for one in (everything[1], everything[-1]))
    assert run(practice, "--to", QUEUE, "--from", next(bounds), "--until", next(bounds)).exit_code == 0
    assert received(channel) == everything[1:-1]
    nothing = run(practice, "--to", QUEUE, "--after", 1000)
    assert (nothing.exit_code, received(channel)) == (0, [])
    assert "0 events were published" in nothing.stderr


@pytest.mark.parametrize("queue", ["notifications.appointments.events", "identity.x", "amq.topic", "", " x", "=x"])
def test_the_products_own_queues_are_refused(practice: Any, channel: Any, queue: str) -> None:
    told = run(practice, "--to", queue)
    assert (told.exit_code, "is refused" in told.stderr) == (2, True), told.output


def test_a_queue_that_is_not_there_takes_nothing_and_that_is_said(practice: Any, channel: Any) -> None:
    told = run(practice, "--to", "nobody-declared-it")
    assert (told.exit_code, "there is no queue nobody-declared-it" in " ".join(told.stderr.split())) == (1, True)


def test_a_queue_that_refuses_half_way_is_told_with_where_to_go_on(
    practice: Any, channel: Any, at: Callable[..., datetime]
) -> None:
    for hour in (9, 11, 13):
        practice.book(at(hour))
    channel.queue_declare(QUEUE, arguments={"x-max-length": 2, "x-overflow": "reject-publish"})
    told = run(practice, "--to", QUEUE)
    assert told.exit_code == 4, told.output
    assert "go on with --after" in " ".join(told.stderr.split())
    got = received(channel)
    assert got == recorded(practice)[: len(got)]
    assert len(got) >= 2


def test_a_broker_that_is_away_is_said(practice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", "amqp://guest:guest@127.0.0.1:1/")
    assert run(practice, "--to", QUEUE).exit_code == 75
    monkeypatch.delenv("AMQP_URL")
    assert run(practice, "--to", QUEUE).exit_code == 75
