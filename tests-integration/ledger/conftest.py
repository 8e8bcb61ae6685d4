"""A practice with a real ledger, and stand-ins for availability and identity."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from clocked import ClockedDatabase
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask.testing import FlaskClient
from sealing_bench import Bench
from werkzeug.test import TestResponse

from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.appointments.adapters.projections import projection_of
from clinic.appointments.adapters.views import PostgresViews
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.bootstrap import Parts
from clinic.appointments.domain.commands import Check
from clinic.appointments.entrypoints.api import create_app
from clinic.appointments.entrypoints.import_practice import importer
from clinic.contracts.appointments import Sealed
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra.database import Database
from clinic.infra.importing import ImportContext, ImportReport
from clinic.infra.projector import project, projection_consumer
from clinic.infra.sealing import seal, unseal
from clinic.infra.settings import ServiceSettings
from clinic.kernel.errors import Refused, Unavailable
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import PracticeDirectory, PracticeRow

TOKENS = Ed25519PrivateKey.generate()
PRACTICE = PracticeRow(
    slug="harbour",
    name="Harbour Physio",
    phone="020 7946 0000",
    email="desk@harbour.example",
    zone="Europe/London",
    nation="england",
    online_booking_edition="v2",
    online_booking_on=True,
    portal_on=True,
    portal_off_text="Call us.",
    online_booking_off_text="Nobody books online.",
    edit_window_minutes=24 * 60,
    cancellation_window_minutes=24 * 60,
    policy_text="Free until 24 hours before.",
    first_day_of_week=0,
    booking_offset="none",
    booking_limit_days=56,
    slot_step_minutes=15,
)


@dataclass
class FakeAvailability:
    """Answers as told; `down` is a service that does not answer."""

    answer: Check = field(default_factory=lambda: Check(True, True, 30, 10, "Europe/London", False, 7))
    down: bool = False
    asked: int = 0
    switched: list[tuple[datetime, bool]] = field(default_factory=list)

    def check(self, practice_id: UUID, **asked: Any) -> Check:
        self._ask()
        return self.answer

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        self._ask()
        return self.answer.available_online

    def was_online(self, practice_id: UUID, clinician_id: UUID, at: datetime) -> bool:
        self._ask()
        return next((on for since, on in reversed(self.switched) if since <= at), self.answer.available_online)

    def _ask(self) -> None:
        self.asked += 1
        if self.down:
            raise Unavailable("availability")


@dataclass
class FakeIdentity:
    """One key for every client; `unknown` are ids that the practice does not have."""

    key: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    unknown: set[UUID] = field(default_factory=set)
    down: bool = False

    def seal(self, practice_id: UUID, client_id: UUID, text: str, event_id: UUID) -> Sealed:
        if self.down:
            raise Unavailable("identity")
        public = base64.b64encode(self.key.public_key().public_bytes_raw()).decode()
        return seal(text, new_id(), public, event_id)

    def open(self, sealed: dict[str, Any], event_id: str) -> str:
        return unseal(
            Sealed(**{**sealed, "key_id": UUID(sealed["key_id"])}), self.key.private_bytes_raw(), UUID(event_id)
        )

    def require_client(self, practice_id: UUID, client_id: UUID) -> None:
        if client_id in self.unknown:
            raise Refused("invalid", errors={"client_id": ["unknown_client"]})


@dataclass
class Practice:
    """One practice in a ledger: Pat is its client, Dr Bo its clinician, Olga its administrator."""

    rows: ServiceDatabase
    database: ClockedDatabase
    availability: FakeAvailability
    identity: FakeIdentity
    http: FlaskClient
    practice_id: UUID = field(default_factory=new_id)
    pat: UUID = field(default_factory=new_id)
    bo: UUID = field(default_factory=new_id)
    olga: UUID = field(default_factory=new_id)
    location: UUID = field(default_factory=new_id)
    type: UUID = field(default_factory=new_id)

    def take_over(self, directory: PracticeDirectory | None = None, **names: UUID) -> ImportReport:
        """Imports a directory (an empty practice by default); the references `pat`, `bo`, `place`, `type` are known."""
        context = ImportContext(self.practice_id)
        context.ids.update(
            {("client", "pat"): self.pat, ("user", "bo"): self.bo, ("location", "place"): self.location,
             ("type", "type"): self.type}
        )  # fmt: skip
        return importer(directory or PracticeDirectory(PRACTICE), context)

    def token(self, kind: str, practice_id: UUID | None = None, **claims: Any) -> dict[str, str]:
        """The Authorization header of a person."""
        said: dict[str, Any] = {"kind": kind, "practice": str(practice_id or self.practice_id), "aud": "appointments"}
        said |= {"exp": int(time.time()) + 60, **{name: str(value) for name, value in claims.items()}}
        return {"Authorization": f"Bearer {jwt.encode(said, TOKENS, 'EdDSA', headers={'kid': 'test'})}"}

    def as_pat(self, **claims: Any) -> dict[str, str]:
        """Pat's token; `appointment=` limits it to one appointment."""
        return self.token("client", client=self.pat, **claims)

    def as_staff(self, role: str = "site_administrator") -> dict[str, str]:
        """A staff token."""
        return self.token("staff", user=self.olga, role=role)

    def book(
        self, starts_at: datetime, *, client: UUID | None = None, clinician: UUID | None = None, **more: Any
    ) -> Any:
        """Books as staff; the answer's appointment."""
        answer = self.post("/v1/appointments", self.as_staff(), **self.booking(starts_at, client, clinician), **more)
        assert answer.status_code == 201, answer.text
        return answer.get_json()["appointment"]

    def booking(self, starts_at: datetime, client: UUID | None = None, clinician: UUID | None = None) -> dict[str, Any]:
        """The body of a booking."""
        return {
            "command_id": str(new_id()),
            "client_id": str(client or self.pat),
            "clinician_id": str(clinician or self.bo),
            "location_id": str(self.location),
            "appointment_type_id": str(self.type),
            "starts_at": starts_at.isoformat(),
        }

    def post(self, path: str, headers: dict[str, str], **body: Any) -> TestResponse:
        """A POST with a new command id where the body names none; None leaves a member out."""
        whole = {"command_id": str(new_id()), **body}
        return self.http.post(path, json=whole, headers=headers)

    def get(self, path: str, headers: dict[str, str], **query: Any) -> TestResponse:
        """A GET."""
        return self.http.get(path, query_string=query, headers=headers)

    def settings(self, **changes: Any) -> None:
        """Changes portal settings as the administrator."""
        present = self.get("/v1/settings/portal", self.as_staff())
        body = {name: value for name, value in present.get_json().items() if "version" not in name} | changes
        answer = self.http.put(
            "/v1/settings/portal", json=body, headers={**self.as_staff(), "If-Match": present.headers["ETag"]}
        )
        assert answer.status_code == 200, answer.text

    def project(self) -> None:
        """Brings the views up to the ledger, as the projector's role."""
        database = Database(self.rows.url("projector"), name="test-projector")
        project([projection_consumer(database, "appointments", projection_of(view)) for view in VIEWS])
        database.close()

    def events(self, *types: str) -> list[dict[str, Any]]:
        """The data of all recorded events of these types (of all without any)."""
        with self.database.transaction(self.practice_id) as connection:
            rows = connection.execute("SELECT type, data FROM events ORDER BY position").fetchall()
        return [json.loads(row["data"]) for row in rows if not types or row["type"] in types]


def next_week(hour: int = 10, minute: int = 0, days: int = 7) -> datetime:
    """An instant some days from now, on a whole minute."""
    day = datetime.now(UTC) + timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@pytest.fixture
def at() -> Callable[..., datetime]:
    """`at(hour, minute, days=7)` is an instant some days from now."""
    return next_week


@pytest.fixture
def ledger_rows(service_database: Callable[[str], ServiceDatabase], monkeypatch: pytest.MonkeyPatch) -> ServiceDatabase:
    """A fresh database of the ledger, known to operators' commands."""
    rows = service_database("appointments")
    monkeypatch.setenv("APPOINTMENTS_OPS_DATABASE_URL", rows.url("ops"))
    return rows


@pytest.fixture
def new_practice(ledger_rows: ServiceDatabase) -> Iterator[Callable[[], Practice]]:
    """`new_practice()` is another practice in the same database, portal on."""
    database = ClockedDatabase(ledger_rows.url("api"), size=16, name="test-api")
    public = base64.b64encode(TOKENS.public_key().public_bytes_raw()).decode()
    accepted = {name: sha256(b"key").hexdigest() for name in ("notifications", "portal")}
    settings = ServiceSettings("appointments", "", "", {}, {}, accepted, {"test": public}, True)
    availability, identity = FakeAvailability(), FakeIdentity()
    parts = Parts(settings, database, PostgresLedger(database), PostgresViews(database), availability, identity)
    app = create_app(parts)

    def make() -> Practice:
        made = Practice(ledger_rows, database, availability, identity, app.test_client())
        made.take_over()
        return made

    yield make
    database.close()


@pytest.fixture
def practice(new_practice: Callable[[], Practice]) -> Practice:
    """A practice whose portal is on, with both windows of 24 hours."""
    return new_practice()


@pytest.fixture
def empty_directory() -> PracticeDirectory:
    """A practice without rows."""
    return PracticeDirectory(replace(PRACTICE))


@pytest.fixture
def bench(ledger_rows: ServiceDatabase, tmp_path: Path) -> Iterator[Bench]:
    """An empty ledger and an empty directory of signed heads."""
    made = Bench(ledger_rows, tmp_path / "heads")
    yield made
    made.close()
