"""A practice with Pat and Dr Bo: a real database, and the other services as one small HTTP server."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import requests
from psycopg.rows import dict_row

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    PolicySnapshot,
    Slot,
    Window,
)
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
    states: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    events: list[Recorded] = field(default_factory=list)
    links: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a path without its query."""
        if self.down:
            return 503, {"code": "unavailable"}
        parts = path.removeprefix("/v1/").split("/")
        match parts:
            case ["practices", _]:
                return 200, {
                    "id": str(self.practice_id), "name": "Riverside Clinic", "slug": "riverside",
                    "phone": "020 7946 0018", "email": "desk@riverside.example", "zone": ZONE, "nation": "england",
                }  # fmt: skip
            case ["clients", _, "contact"] if self.contact:
                return 200, self.contact
            case ["appointments", appointment, "state"] if UUID(appointment) in self.states:
                return 200, self.states[UUID(appointment)]
            case ["catalogue"]:
                location = {"name": "Riverside", "address": "1 High Street", "postcode": "AB1 2CD"}
                return 200, {
                    "locations": [{"id": str(self.location_id), **location}],
                    "clinicians": [{"id": str(self.clinician_id), "display_name": "Dr Bo"}],
                }
            case ["heads"]:
                return 200, {"heads": {str(self.practice_id): len(self.events)}}
            case ["events"]:
                return 200, {"events": [wire.to_json(event) for event in self.events]}
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

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            status, body = known.answer(self.path.partition("?")[0])
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
    threading.Thread(target=server.serve_forever, daemon=True).start()
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
        recorded = Recorded(
            event, type(fact).__name__, 1, self.others.practice_id, f"appointment-{appointment}", revision, revision,
            None, now, now, actor, event, event, None, None, to_data(fact),
        )  # fmt: skip
        slot = fact.new if what == "rescheduled" else fact.slot
        self.others.states[appointment] = {
            "id": str(appointment), "client_id": str(self.client_id), "clinician_id": str(ids[2]),
            "location_id": str(ids[3]), "starts_at": slot.starts_at.isoformat(), "ends_at": slot.ends_at.isoformat(),
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
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until something is true; an AssertionError after ten seconds."""

    def wait(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not true():
            assert time.monotonic() < end, "it did not happen"
            threading.Event().wait(0.02)

    return wait


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Running:
    """A process of the product and where it logs."""

    process: subprocess.Popen[bytes]
    log: Path

    def ends(self) -> int:
        """SIGTERM, and its exit code; killed after ten seconds."""
        self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`start(module, **environment)` runs a module; what still runs afterwards is ended."""
    started: list[Running] = []

    def run(module: str, **environment: str) -> Running:
        log = tmp_path / f"{module}-{len(started)}.log"
        with log.open("wb") as out:
            command = [sys.executable, "-m", module]
            process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out)
        started.append(Running(process, log))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            one.ends()


@dataclass
class Mailbox:
    """A running mailbox."""

    url: str
    port: int
    smtp_port: int
    directory: Path
    running: Running

    def messages(self, query: str = "") -> list[dict[str, Any]]:
        """What it caught, newest first."""
        answer = requests.get(f"{self.url}/messages{query}", timeout=5)
        answer.raise_for_status()
        return list(answer.json()["messages"])


@pytest.fixture
def mailbox(start: Callable[..., Running], tmp_path: Path, eventually: Any) -> Callable[[], Mailbox]:
    """Starts the mailbox; a second call starts it again on the same ports and directory."""
    port, smtp_port, directory = free_port(), free_port(), tmp_path / "mailbox"

    def begin() -> Mailbox:
        running = start(
            "clinic.deploy.mailbox",
            MAILBOX_PORT=str(port),
            MAILBOX_SMTP_PORT=str(smtp_port),
            MAILBOX_DIRECTORY=str(directory),
        )
        found = Mailbox(f"http://127.0.0.1:{port}", port, smtp_port, directory, running)

        def up() -> bool:
            try:
                return requests.get(f"{found.url}/healthz", timeout=1).ok
            except requests.ConnectionError:
                return False

        eventually(up)
        return found

    return begin
