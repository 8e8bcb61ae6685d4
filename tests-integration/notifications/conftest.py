"""A practice with Pat and Dr Bo: a real database, and the other services as one small HTTP server."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest
from flask.testing import FlaskClient
from notifications_api import running_api
from psycopg.rows import dict_row

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    PolicySnapshot,
    Slot,
    Window,
)
from clinic.contracts.catalog import lookup
from clinic.contracts.codec import to_data
from clinic.infra import wire
from clinic.infra.database import Database
from clinic.infra.service_client import ServiceClient
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, Recorded
from clinic.notifications.adapters.postgres_outbox import PostgresOutbox
from clinic.notifications.adapters.services import HttpDirectory
from clinic.notifications.bootstrap import handles

ZONE = "Europe/London"
SECRET = "t0ken-that-must-never-be-stored"


@dataclass
class OtherServices:
    """identity, appointments and availability in one: what they answer may be changed; `down` answers 503."""

    practice_id: UUID
    clinician_id: UUID
    location_id: UUID
    port: int = 0
    down: bool = False
    contact: dict[str, Any] = field(default_factory=dict)
    users: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    states: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    events: list[Recorded] = field(default_factory=list)
    identity_events: list[Recorded] = field(default_factory=list)
    sign_in_links: dict[UUID, dict[str, str]] = field(default_factory=dict)
    links: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def identity_url(self) -> str:
        """Where identity has a feed of its own."""
        return f"{self.url}/identity"

    def _of_practice(self, query: str) -> bool:
        return parse_qs(query).get("practice") == [str(self.practice_id)]

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a path with its query."""
        if self.down:
            return 503, {"code": "unavailable"}
        asked = urlsplit(path)
        after = int(parse_qs(asked.query).get("after", ["0"])[0])
        events = self.identity_events if asked.path.startswith("/identity/") else self.events
        parts = asked.path.removeprefix("/identity").removeprefix("/v1/").split("/")
        match parts:
            case ["practices", _]:
                return 200, {
                    "id": str(self.practice_id), "name": "Riverside Clinic", "slug": "riverside",
                    "phone": "020 7946 0018", "email": "desk@riverside.example", "zone": ZONE, "nation": "england",
                }  # fmt: skip
            case ["clients", _, "contact"] if self.contact:
                return 200, self.contact
            case ["users", user, "contact"] if UUID(user) in self.users and self._of_practice(asked.query):
                return 200, self.users[UUID(user)]
            case ["appointments", appointment, "state"] if UUID(appointment) in self.states:
                return 200, self.states[UUID(appointment)]
            case ["catalogue"]:
                location = {"name": "Riverside", "address": "1 High Street", "postcode": "AB1 2CD"}
                return 200, {
                    "locations": [{"id": str(self.location_id), **location}],
                    "clinicians": [{"id": str(self.clinician_id), "display_name": "Dr Bo"}],
                }
            case ["heads"]:
                return 200, {"heads": {str(self.practice_id): len(events)}}
            case ["events"]:
                return 200, {"events": [wire.to_json(event) for event in events[after:]]}
            case ["sign-in-links", request, "mint"] if UUID(request) in self.sign_in_links:
                return 200, self.sign_in_links[UUID(request)]
            case ["links"]:
                self.links += 1
                return 200, {"url": f"http://127.0.0.1:1/p/riverside/a/{SECRET}-{self.links}"}
            case _:
                return 404, {"code": "not_found"}


@pytest.fixture
def others() -> Iterator[OtherServices]:
    """The other services, knowing Pat."""
    known = OtherServices(new_id(), new_id(), new_id())
    known.contact = {
        "first_name": "Pat", "last_name": "Doe", "email": "pat@example.com", "mobile": "+447700900123",
        "email_opt_in": True, "sms_opt_in": False,
    }  # fmt: skip

    known.users[known.clinician_id] = {"name": "Dr Bo", "email": "bo@riverside.example"}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            status, body = known.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    known.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def directory(others: OtherServices) -> HttpDirectory:
    """The real adapter to the other services."""
    client = ServiceClient(others.url, caller="notifications", key="k")
    return HttpDirectory(client, client, client)


@dataclass
class Post:
    """The notifications database of one test, spoken to by the worker's role."""

    address: Callable[[str], str]
    database: Database
    outbox: PostgresOutbox
    others: OtherServices
    appointment_id: UUID = field(default_factory=new_id)
    client_id: UUID = field(default_factory=new_id)
    starts_at: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(microsecond=0, second=0) + timedelta(days=10)
    )

    def slot(self, days: int) -> Slot:
        """Half an hour, `days` after the first start."""
        start = self.starts_at + timedelta(days=days)
        return Slot(start, start + timedelta(minutes=30), ZONE, start.strftime("%Y-%m-%dT%H:%M"), 30, 0)

    def happens(self, what: str, revision: int, *, by: str = "client", appointment_id: UUID | None = None) -> Recorded:
        """An event, its reaction committed, and the ledger's present word after it."""
        recorded = self.recorded(what, revision, by=by, appointment_id=appointment_id)
        self.react(recorded)
        return recorded

    def recorded(self, what: str, revision: int, *, by: str = "client", appointment_id: UUID | None = None) -> Recorded:
        """An event as the ledger records it; the ledger's state is the one after it."""
        appointment = appointment_id or self.appointment_id
        ids = (appointment, self.client_id, self.others.clinician_id, self.others.location_id, new_id())
        window = Window("minutes", 1440)
        policy = PolicySnapshot(1, "v2", True, True, True, window, window, True, 1, 1)
        fact: Any
        match what:
            case "booked":
                fact = AppointmentBooked(*ids, self.slot(0), "booked", True, revision, False, False)
            case "rescheduled":
                old, new = self.slot(revision - 2), self.slot(revision - 1)
                fact = AppointmentRescheduled(*ids, old, new, "booked", revision, False, None, policy)
            case _:
                fact = AppointmentCancelled(
                    *ids, self.slot(revision - 2), "booked", "cancelled", revision, None, policy, ""
                )
        actor = Actor("client", self.client_id) if by == "client" else Actor("staff", new_id())
        now, event = datetime.now(UTC), new_id()
        previous = self.others.events[-1].event_id if self.others.events else None
        recorded = Recorded(
            event, type(fact).__name__, lookup(type(fact).__name__).schema_version, self.others.practice_id,
            f"appointment-{appointment}", revision, revision, previous, now, now, actor, event, event, None, None,
            to_data(fact),
        )  # fmt: skip
        slot = fact.new if what == "rescheduled" else fact.slot
        self.others.states[appointment] = {
            "id": str(appointment), "client_id": str(self.client_id), "clinician_id": str(ids[2]),
            "location_id": str(ids[3]), "appointment_type_id": str(ids[4]),
            "starts_at": slot.starts_at.isoformat(), "ends_at": slot.ends_at.isoformat(),
            "zone": ZONE, "cancelled": what == "cancelled", "revision": revision, "video": False,
        }  # fmt: skip
        return recorded

    def react(self, recorded: Recorded) -> None:
        """The reaction, in a transaction of its own."""
        with self.database.transaction(recorded.practice_id) as connection:
            handles()[recorded.type](connection, recorded)

    def rows(self, sql: str = "SELECT * FROM messages ORDER BY number") -> list[dict[str, Any]]:
        """What lies in the database, seen by its superuser."""
        with psycopg.connect(self.address("superuser"), row_factory=dict_row) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        """Changes the database behind everybody's back."""
        with psycopg.connect(self.address("superuser")) as connection:
            connection.execute(sql)

    def states(self, channel: str = "email") -> list[tuple[str, str]]:
        """Kind and state of the messages of a channel, in order."""
        return [(row["kind"], row["state"]) for row in self.rows() if row["channel"] == channel]


@pytest.fixture
def post(service_database: Callable[[str], Any], others: OtherServices) -> Iterator[Post]:
    """A fresh notifications database."""
    made = service_database("notifications")
    database = Database(made.url("worker"))
    yield Post(made.url, database, PostgresOutbox(database), others)
    database.close()


@pytest.fixture
def api(post: Post, directory: HttpDirectory) -> Iterator[FlaskClient]:
    """The API as the role `api`."""
    with running_api(post.address("api"), directory) as client:
        yield client


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until something is true; an AssertionError after twenty seconds."""

    def wait(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not true():
            assert time.monotonic() < end, "it did not happen"
            threading.Event().wait(0.02)

    return wait
