"""Appointments' feed of one practice, played over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    PolicySnapshot,
    Slot,
    Window,
)
from clinic.contracts.catalog import lookup
from clinic.contracts.codec import to_data
from clinic.infra import wire
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Recorded

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""A Monday; London is on UTC."""
ZONE = "Europe/London"
POLICY = PolicySnapshot(1, "v2", True, True, True, Window("always"), Window("always"), True, 1, 1)


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
                schema_version=lookup(type(fact).__name__).schema_version,
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

    def give_status(self, appointment_id: UUID, starts_at: datetime, status: str, occupies: bool, revision: int) -> int:
        """The appointment gets another status; the event's position."""
        names = self._names() | {"appointment_id": appointment_id}
        return self.record(
            AppointmentStatusChanged(
                **names,
                slot=slot(starts_at),
                old_status="booked",
                status=status,
                occupies=occupies,
                revision=revision,
                overlap_accepted=False,
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


@contextmanager
def played_ledger() -> Iterator[Ledger]:
    """A ledger whose `url` answers like appointments."""
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
