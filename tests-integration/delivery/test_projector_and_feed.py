"""The same rule for a service's own views, and the feed as another service asks it (A5)."""

import hashlib
import threading
import time
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from clinic.infra import projector
from clinic.infra.api import create_api
from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.feed import feed_blueprint
from clinic.infra.service_client import ServiceClient
from clinic.infra.settings import ServiceSettings
from clinic.infra.sources import HttpSource
from clinic.infra.wake_up import Listener, knock
from clinic.kernel.errors import Unavailable
from clinic.kernel.projection import Projection


def last_switch(connection, event):
    connection.execute(
        "INSERT INTO last_switch (practice_id, stream_id, position) VALUES (%s, %s, %s)"
        " ON CONFLICT (practice_id, stream_id) DO UPDATE SET position = excluded.position",
        (event.practice_id, event.stream_id, event.position),
    )


@pytest.fixture
def view(ledger):
    """A view in the ledger's own database."""
    ledger.as_owner_of_everything(
        "CREATE TABLE last_switch"
        " (practice_id uuid, stream_id text, position bigint, PRIMARY KEY (practice_id, stream_id))"
    )
    ledger.as_owner_of_everything("GRANT SELECT, INSERT, UPDATE ON last_switch TO availability_projector")
    database = Database(ledger.url("projector"), size=2)
    yield database
    database.close()


PROJECTION = Projection("last_switch", 1, ("last_switch",), {"OnlineBookingSwitched": last_switch})


def positions(database, practice):
    with database.transaction(practice) as connection:
        rows = connection.execute("SELECT position FROM last_switch WHERE practice_id = %s ORDER BY 1", (practice,))
        return [row["position"] for row in rows]


def test_a_projection_follows_its_own_ledger(ledger, view):
    practice = ledger.practice()
    ledger.append(practice, *"abcab")
    consumer = projector.projection_consumer(view, "availability", PROJECTION)
    projector.project([consumer])
    assert positions(view, practice) == [3, 4, 5]
    assert consumer.checkpoint(practice).position == 5


def test_a_projector_wakes_up_when_somebody_knocks_and_ends_when_told(ledger, view, eventually):
    practice, told = ledger.practice(), threading.Event()
    consumer = projector.projection_consumer(view, "availability", PROJECTION)
    listener = Listener(ledger.url("projector"))
    follower = threading.Thread(target=projector.follow, args=([consumer], listener, told.is_set))
    follower.start()
    try:
        for number in range(1, 6):
            ledger.append(practice, f"clinician {number}")
            knock(ledger.database)
            eventually(lambda number=number: positions(view, practice) == list(range(1, number + 1)), 5)
    finally:
        told.set()
        follower.join(timeout=5)
    assert not follower.is_alive()


def test_without_a_knock_the_projector_looks_by_itself(ledger, view, eventually):
    practice, told = ledger.practice(), threading.Event()
    consumer = projector.projection_consumer(view, "availability", PROJECTION)
    listener = Listener(ledger.url("projector"))
    follower = threading.Thread(target=projector.follow, args=([consumer], listener, told.is_set))
    follower.start()
    try:
        for number in range(1, 4):
            ledger.append(practice, f"clinician {number}")
            eventually(lambda number=number: positions(view, practice) == list(range(1, number + 1)))
    finally:
        told.set()
        follower.join(timeout=5)


def test_a_knock_that_fails_fails_no_append(ledger):
    """It comes after the commit, in a transaction of its own: what was appended stays appended."""
    practice = ledger.practice()
    ledger.append(practice, "a")
    away = Database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", size=1)
    knock(away)
    away.close()
    assert [event.position for event in ledger.events(practice)] == [1]


def test_a_knock_before_the_wait_counts_and_none_is_heard_twice(ledger):
    listener = Listener(ledger.url("projector"))
    assert not listener.wait(0)
    knock(ledger.database)
    time.sleep(0.1)
    assert listener.wait(0)
    assert not listener.wait(0.05)
    listener.close()


def test_a_listener_survives_the_loss_of_its_connection(ledger, eventually):
    listener = Listener(ledger.url("projector"))
    listener.wait(0)
    ledger.as_owner_of_everything(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clinic-listener'"
    )

    def hears():
        knock(ledger.database)
        return listener.wait(0.2)

    eventually(hears, 5)
    listener.close()


@contextmanager
def serving(ledger, key):
    accepted = {"notifications": hashlib.sha256(key.encode()).hexdigest()}
    settings = ServiceSettings("availability", "", "", {}, {}, accepted, {}, is_test=True)
    app = create_api(settings, "availability", [feed_blueprint(ledger.database)], ready=lambda: None)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_another_service_catches_up_over_http(ledger, effects):
    practices = [ledger.practice() for _ in range(2)]
    for practice in practices:
        for _ in range(6):
            ledger.append(practice, *("abcdefghij" * 10))
    with serving(ledger, "secret") as address:
        source = HttpSource(ServiceClient(address, caller="notifications", key="secret"), "availability")
        consumer = Consumer(effects.database, "test", source, {"OnlineBookingSwitched": effects.apply})
        assert consumer.catch_up(practices[0], until=600, deadline_seconds=20) == 600
        consumer.catch_up_all()
    for practice in practices:
        assert effects.of(practice) == list(range(1, 601))
    with pytest.raises(Unavailable):
        consumer.catch_up(practices[0])


def test_a_service_without_the_key_is_told_nothing(ledger, effects):
    practice = ledger.practice()
    ledger.append(practice, "a")
    with serving(ledger, "secret") as address:
        source = HttpSource(ServiceClient(address, caller="notifications", key="guess"), "availability")
        with pytest.raises(Unavailable):
            source.heads()
        with pytest.raises(Unavailable):
            source.events(practice, 0, 10)
