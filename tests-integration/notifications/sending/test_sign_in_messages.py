"""A sign-in link on its way (F9): the real worker follows identity as well, and keeps nothing of whom it wrote to."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from clinic.contracts.codec import to_data
from clinic.contracts.identity import ClientDetailsChanged, SignInLinkRequested
from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.service_client import ServiceClient
from clinic.infra.sources import HttpSource
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Recorded
from clinic.notifications.adapters.postgres_desk import PostgresDesk
from clinic.notifications.bootstrap import REACTIONS_TO_IDENTITY, handles

NO_BROKER = "amqp://nobody:nothing@127.0.0.1:1/"
WORKER = "clinic.notifications.entrypoints.worker"
SECRET = "s1gn-in-t0ken-that-must-never-be-stored"


def happened(post: Any, fact: Any) -> Recorded:
    """The next event of identity."""
    events = post.others.identity_events
    event, now = new_id(), datetime.now(UTC)
    recorded = Recorded(
        event, type(fact).__name__, 1, post.others.practice_id, f"identity-{event}", 1, len(events) + 1,
        events[-1].event_id if events else None, now, now, SYSTEM, event, event, None, None, to_data(fact),
    )  # fmt: skip
    events.append(recorded)
    return recorded


def requested(post: Any, channel: Any, address: str) -> UUID:
    """Somebody asks for a link; identity will mint it when it is asked."""
    request = new_id()
    url = f"http://127.0.0.1:1/p/riverside/s/{SECRET}"
    post.others.sign_in_links[request] = {"url": url, "channel": channel, "address": address}
    happened(post, SignInLinkRequested(request, channel))
    return request


@pytest.mark.parametrize("broker", ["present", "absent"])
@pytest.mark.parametrize(("channel", "address"), [("email", "pat@example.com"), ("sms", "+447700900123")])
def test_a_request_reaches_its_contact_with_and_without_a_broker(
    post: Any,
    mailbox: Callable[[], Any],
    worker_environment: Callable[..., dict[str, str]],
    start: Callable[..., Any],
    eventually: Any,
    request: pytest.FixtureRequest,
    broker: str,
    channel: str,
    address: str,
) -> None:
    amqp = request.getfixturevalue("broker_vhost").url("notifications") if broker == "present" else NO_BROKER
    box = mailbox()
    worker = start(WORKER, **worker_environment(box, amqp))
    happened(post, ClientDetailsChanged(post.client_id, ("email",)))
    requested(post, channel, address)
    eventually(lambda: len(box.messages()) == 1)
    (message,) = box.messages()
    assert (message["channel"], message["to"]) == (channel, address)
    assert SECRET in message["text"]
    eventually(lambda: [row["state"] for row in post.rows()] == ["sent"])
    assert worker.ends() == 0
    said = worker.log.read_text()
    for secret in (SECRET, "pat@example.com", "7700900123"):
        assert secret not in said
        assert secret not in str(post.rows())


def test_the_same_request_twice_queues_one_message_about_nobody(post: Any) -> None:
    requested(post, "email", "pat@example.com")
    (event,) = post.others.identity_events
    for _ in range(2):
        with post.database.transaction(event.practice_id) as connection:
            handles(REACTIONS_TO_IDENTITY)[event.type](connection, event)
    (row,) = post.rows()
    assert (row["kind"], row["state"]) == ("sign_in", "queued")
    assert {row[name] for name in ("client_id", "appointment_id", "user_id", "starts_at", "wording")} == {None}


def test_a_sign_in_message_goes_before_what_else_waits(post: Any) -> None:
    for _ in range(20):
        post.happens("booked", 1, appointment_id=new_id())
    requested(post, "email", "pat@example.com")
    (event,) = post.others.identity_events
    with post.database.transaction(event.practice_id) as connection:
        handles(REACTIONS_TO_IDENTITY)[event.type](connection, event)
    assert "sign_in" in [one.told.kind for one in post.outbox.lease(8)]


def test_staff_never_see_a_sign_in_message(post: Any) -> None:
    requested(post, "email", "pat@example.com")
    (event,) = post.others.identity_events
    with post.database.transaction(event.practice_id) as connection:
        handles(REACTIONS_TO_IDENTITY)[event.type](connection, event)
    (row,) = post.rows()
    database = Database(post.address("api"))
    try:
        desk = PostgresDesk(database)
        assert desk.messages(event.practice_id, client_id=None, appointment_id=None) == []
        assert desk.original(event.practice_id, row["message_id"]) is None
    finally:
        database.close()


def test_each_source_has_a_checkpoint_of_its_own(post: Any) -> None:
    requested(post, "email", "pat@example.com")
    client = ServiceClient(post.others.identity_url, caller="notifications", key="k")
    consumer = Consumer(
        post.database, "notifications.identity.events", HttpSource(client, "identity"), handles(REACTIONS_TO_IDENTITY)
    )
    consumer.catch_up_all()
    rows = post.rows("SELECT source, position FROM consumer_checkpoints")
    assert [(row["source"], row["position"]) for row in rows] == [("identity", 1)]
