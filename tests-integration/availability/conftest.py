"""A practice with Dr Bo and Pat: a real database at a fixed time, and appointments' ledger as a small HTTP feed."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient

from clinic.availability.entrypoints.api import create_app
from clinic.availability.entrypoints.import_practice import importer
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
from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import (
    LocationRow,
    PracticeDirectory,
    PracticeRow,
    TypeRow,
    UserRow,
    WorkingHoursRow,
)
from clinic.kernel.recorded import SYSTEM, Recorded

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""A Monday; London is on UTC."""
ZONE = "Europe/London"
POLICY = PolicySnapshot(1, "v2", True, True, True, Window("always"), Window("always"), True, 1, 1)
NINE, NOON, ONE, FIVE = (clock(hour) for hour in (9, 12, 13, 17))

DIRECTORY = PracticeDirectory(
    practice=PracticeRow(
        slug="harbour",
        name="Harbour Physio",
        phone="01632 960001",
        email="desk@harbour.example",
        zone=ZONE,
        nation="england",
        online_booking_edition="v2",
        online_booking_on=True,
        portal_on=True,
        portal_off_text="",
        online_booking_off_text="",
        edit_window_minutes=1440,
        cancellation_window_minutes=1440,
        policy_text="",
        first_day_of_week=0,
        booking_offset="2h",
        booking_limit_days=56,
        slot_step_minutes=15,
    ),
    users=(
        UserRow("bo", "Bo Berg", "bo@harbour.example", "clinician", True, True, "Dr Bo", "Physiotherapist", ""),
        UserRow("cy", "Cy Cole", "cy@harbour.example", "clinician", True, False, "", "", ""),
        UserRow("olga", "Olga Orr", "olga@harbour.example", "site_administrator", False, False, "", "", ""),
    ),
    locations=(LocationRow("quay", "Quay Street", "1 Quay Street", "AB1 2CD", ZONE),),
    appointment_types=(TypeRow("first", "First visit", 30, 10, 5500, False, ("bo",), ("quay",)),),
    working_hours=tuple(
        WorkingHoursRow("bo", "quay", weekday, starts, ends)
        for weekday in range(5)
        for starts, ends in ((NINE, NOON), (ONE, FIVE))
    ),
)


@dataclass
class Ledger:
    """Appointments' feed of one practice; `silent` answers 503."""

    practice_id: UUID
    clinician_id: UUID
    events: list[Recorded] = field(default_factory=list)
    silent: bool = False
    url: str = ""

    def record(self, fact: Any) -> int:
        """Appends an event; its position."""
        last = self.events[-1] if self.events else None
        position = len(self.events) + 1
        self.events.append(
            Recorded(
                event_id=new_id(),
                type=type(fact).__name__,
                schema_version=1,
                practice_id=self.practice_id,
                stream_id=f"appointment-{fact.appointment_id}",
                stream_version=fact.revision,
                position=position,
                previous_event_id=last.event_id if last else None,
                occurred_at=NOW,
                recorded_at=NOW,
                actor=SYSTEM,
                command_id=new_id(),
                correlation_id=new_id(),
                causation_id=None,
                traceparent=None,
                data=to_data(fact),
            )
        )
        return position

    def book(self, starts_at: datetime, client_id: UUID | None = None, minutes: int = 30) -> UUID:
        """An appointment of Dr Bo, with a buffer of ten minutes after it; its id."""
        names = self._names(client_id)
        self.record(
            AppointmentBooked(
                **names,
                slot=slot(starts_at, minutes),
                status="booked",
                occupies=True,
                revision=1,
                overlap_accepted=False,
                video=False,
            )
        )
        appointment_id: UUID = names["appointment_id"]
        return appointment_id

    def reschedule(self, appointment_id: UUID, old: datetime, new: datetime, revision: int = 2) -> int:
        """The appointment moves; the event's position."""
        names = self._names() | {"appointment_id": appointment_id}
        return self.record(
            AppointmentRescheduled(
                **names,
                old=slot(old),
                new=slot(new),
                status="booked",
                revision=revision,
                overlap_accepted=False,
                message_id=None,
                policy=POLICY,
            )
        )

    def cancel(self, appointment_id: UUID, starts_at: datetime, revision: int = 2) -> int:
        """The appointment is cancelled; the event's position."""
        names = self._names() | {"appointment_id": appointment_id}
        return self.record(
            AppointmentCancelled(
                **names,
                slot=slot(starts_at),
                old_status="booked",
                status="cancelled_by_client",
                revision=revision,
                message_id=None,
                policy=POLICY,
                policy_text="",
            )
        )

    def answer(self, target: str) -> tuple[int, dict[str, Any]]:
        """Status and body of the feed."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if self.silent:
            return 503, {"code": "unavailable"}
        if path == "/v1/heads":
            return 200, {"heads": {str(self.practice_id): len(self.events)}}
        mine = query["practice"] == [str(self.practice_id)]
        after, limit = int(query["after"][0]), int(query["limit"][0])
        found = self.events[after : after + limit] if mine else []
        return 200, {"events": [wire.to_json(event) for event in found]}

    def _names(self, client_id: UUID | None = None) -> dict[str, Any]:
        return {
            "appointment_id": uuid4(),
            "client_id": client_id or uuid4(),
            "clinician_id": self.clinician_id,
            "location_id": uuid4(),
            "appointment_type_id": uuid4(),
        }


def slot(starts_at: datetime, minutes: int = 30) -> Slot:
    """A time with a buffer of ten minutes."""
    wall = f"{starts_at:%Y-%m-%dT%H:%M}"
    return Slot(starts_at, starts_at + timedelta(minutes=minutes), ZONE, wall, minutes, 10)


@dataclass
class Practice:
    """Harbour Physio in availability's database, and its callers."""

    id: UUID
    bo: UUID
    cy: UUID
    olga: UUID
    location: UUID
    type: UUID
    ledger: Ledger
    http: FlaskClient
    database: Any
    sign: Callable[[dict[str, Any]], str]
    run_import: Callable[..., ImportReport]
    directory: PracticeDirectory = DIRECTORY

    def staff(self, role: str = "site_administrator", user: UUID | None = None, practice: UUID | None = None) -> Any:
        """Headers of a staff member."""
        claims = {"kind": "staff", "role": role, "user": str(user or self.olga), "practice": str(practice or self.id)}
        return {"Authorization": f"Bearer {self.sign(claims)}"}

    def client(self, client_id: UUID, appointment_id: UUID | None = None) -> Any:
        """Headers of a client, in a session that may be limited to one appointment."""
        claims = {"kind": "client", "client": str(client_id), "practice": str(self.id)}
        if appointment_id:
            claims["appointment"] = str(appointment_id)
        return {"Authorization": f"Bearer {self.sign(claims)}"}

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """An instant, `day` days after Monday 30 November 2026."""
        return (NOW + timedelta(days=day)).replace(hour=hour, minute=minute)

    def walls(self, on: str, headers: Any = None, **query: Any) -> list[str]:
        """The offered wall times of one date, from its week."""
        body = self.times(headers, **{"from": on, **query})
        (day,) = (day for day in body["days"] if day["date"] == on)
        return [time["wall"] for time in day["times"]]

    def times(self, headers: Any = None, **query: Any) -> dict[str, Any]:
        """The answer of `GET /v1/offered-times` for Dr Bo's first visits."""
        named = {"clinician": self.bo, "location": self.location, "appointment_type": self.type, **query}
        answer = self.http.get("/v1/offered-times", query_string=named, headers=headers or self.staff())
        assert answer.status_code == 200, answer.json
        body: dict[str, Any] = answer.get_json()
        return body

    def check(self, starts_at: datetime, **more: Any) -> Any:
        """The answer of `POST /v1/checks`."""
        body = {
            "clinician_id": str(self.bo),
            "location_id": str(self.location),
            "appointment_type_id": str(self.type),
            "starts_at": starts_at.isoformat(),
            **more,
        }
        return self.http.post(f"/v1/checks?practice={self.id}", json=body, headers=SERVICE)

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Runs a statement as superuser, past row level security."""
        with psycopg.connect(self.database.url("superuser"), autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []


SERVICE = {"Authorization": "Service appointments:a-key"}


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """The feed, over HTTP."""
    feed = Ledger(uuid4(), uuid4())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = feed.answer(self.path)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    feed.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield feed
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def practice(
    service_database: Callable[[str], Any], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Practice]:
    """Harbour Physio, imported, on Monday 30 November 2026 at 8:00."""
    database = service_database("availability")
    database.shift_clock(f"{(NOW - datetime.now(UTC)).total_seconds()} seconds")
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    digest = hashlib.sha256(b"a-key").hexdigest()
    for name, value in {
        "DATABASE_URL": database.url("api"),
        "AVAILABILITY_OPS_DATABASE_URL": database.url("ops"),
        "APPOINTMENTS_URL": ledger.url,
        "SERVICE_KEYS": json.dumps({"appointments": "another-key"}),
        "ACCEPTED_KEYS": json.dumps({"appointments": digest, "notifications": digest}),
        "TOKEN_PUBLIC_KEYS": json.dumps({"k1": public}),
    }.items():
        monkeypatch.setenv(name, value)
    users = {"bo": ledger.clinician_id, "cy": uuid4(), "olga": uuid4()}

    def run_import(directory: PracticeDirectory = DIRECTORY, context: ImportContext | None = None) -> ImportReport:
        given = context or ImportContext(ledger.practice_id, {("user", ref): id_ for ref, id_ in users.items()})
        return importer(directory, given)

    def sign(claims: dict[str, Any]) -> str:
        times = {"exp": int(time.time()) + 60, "aud": "availability", "session": str(uuid4())}
        return jwt.encode({**claims, **times}, key, algorithm="EdDSA", headers={"kid": "k1"})

    context = ImportContext(ledger.practice_id, {("user", ref): id_ for ref, id_ in users.items()})
    assert run_import(DIRECTORY, context).unchanged == 0
    app = create_app()
    yield Practice(
        id=ledger.practice_id,
        **users,
        location=context.ids["location", "quay"],
        type=context.ids["type", "first"],
        ledger=ledger,
        http=app.test_client(),
        database=database,
        sign=sign,
        run_import=run_import,
    )
    app.extensions["availability"].database.close()
