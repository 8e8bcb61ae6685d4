"""Clients, listing, mails and alerts go on without RabbitMQ; nothing comes twice when it is back (promises.md)."""

from collections.abc import Iterator

import pytest
from steps import arrive, cancel, change
from world import Client, World, eventually

PRIYA = "priya@harbour-street.example"
WORKERS = ("notifications-worker", "availability-worker", "identity-worker")


@pytest.fixture
def broker_afterwards(world: World) -> Iterator[World]:
    """The world; the broker and the workers run again when the test has ended."""
    yield world
    world.stack.start_broker()
    for worker in WORKERS:
        world.stack.release(worker)


def told(world: World, client: Client, appointment_id: str) -> tuple[int, int]:
    """How many mails and alerts there are about this client's appointment."""
    alerts = [each for each in world.alerts(PRIYA) if each["appointment_id"] == appointment_id]
    return len(world.mails(client.email)), len(alerts)


def test_change_and_cancel_while_the_broker_is_stopped(broker_afterwards: World) -> None:
    world = broker_afterwards
    client = world.next_client()
    booked = world.book(client)
    eventually(lambda: told(world, client, booked["id"]) == (1, 0))
    visitor = arrive(world, client, booked)
    world.stack.stop_broker()
    chosen = change(visitor)
    assert "Your appointment is now" in visitor.last.text
    eventually(lambda: chosen not in world.offered() and booked["starts_at"] in world.offered(), seconds=1)
    eventually(lambda: told(world, client, booked["id"]) == (2, 1), seconds=10)
    cancel(visitor)
    eventually(lambda: chosen in world.offered(), seconds=1)
    eventually(lambda: told(world, client, booked["id"]) == (3, 2), seconds=10)
    world.stack.start_broker()
    witness = world.next_client()
    seen = world.book(witness)
    eventually(lambda: told(world, witness, seen["id"]) == (1, 0), seconds=60)
    assert told(world, client, booked["id"]) == (3, 2)


def test_a_broker_wiped_after_the_last_event_loses_and_doubles_nothing(broker_afterwards: World) -> None:
    world = broker_afterwards
    client = world.next_client()
    booked = world.book(client)
    eventually(lambda: told(world, client, booked["id"]) == (1, 0))
    visitor = arrive(world, client, booked)
    for worker in WORKERS:
        world.stack.hold(worker)
    change(visitor)
    world.stack.delete_broker_data()
    for worker in WORKERS:
        world.stack.release(worker)
    eventually(lambda: told(world, client, booked["id"]) == (2, 1), seconds=20)
    world.stack.start_broker()
    witness = world.next_client()
    seen = world.book(witness)
    eventually(lambda: told(world, witness, seen["id"]) == (1, 0), seconds=60)
    assert told(world, client, booked["id"]) == (2, 1)
