"""Identity over real databases: one imported practice, a second one that must not be seen, a ledger that can be set."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.identity import bootstrap
from clinic.identity.domain.links import AppointmentTime
from clinic.identity.entrypoints.api import application
from clinic.identity.entrypoints.import_practice import importer
from clinic.infra.database import Database
from clinic.infra.importing import ImportContext
from clinic.kernel.errors import Unavailable
from clinic.kernel.practice_directory import ClientRow, Kind, PracticeDirectory, PracticeRow, UserRow

SLUG, OTHER_SLUG = "harbour-street", "mill-lane"
FACTS = {"day": "7", "month": "3", "year": "1985", "postcode": "l1 4ds"}


@dataclass
class Ledger:
    """What appointments would answer; `down` makes it answer nothing."""

    times: dict[UUID, AppointmentTime] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    def time_of(self, practice_id: UUID, appointment_id: UUID) -> AppointmentTime | None:
        """The ledger's word."""
        self.asked += 1
        if self.down:
            raise Unavailable("appointments")
        return self.times.get(appointment_id)


@dataclass
class Patience:
    """Counts who was kept waiting; `full` is a room without a place."""

    waited: list[bool] = field(default_factory=list)
    full: bool = False

    def wait(self, *, with_link: bool) -> bool:
        """Waits no time."""
        self.waited.append(with_link)
        return not self.full


@dataclass
class Alarms:
    """Alarms that were raised."""

    raised: list[UUID] = field(default_factory=list)
    budgets: list[UUID] = field(default_factory=list)

    def many_wrong_posts(self, practice_id: UUID) -> None:
        """Keeps it."""
        self.raised.append(practice_id)

    def sign_in_budget_reached(self, practice_id: UUID) -> None:
        """Keeps it."""
        self.budgets.append(practice_id)


@dataclass
class Identity:
    """The API with its parts, and the ids of the cast."""

    parts: bootstrap.Api
    http: FlaskClient
    database: ServiceDatabase
    ledger: Ledger
    patience: Patience
    alarms: Alarms
    practice_id: UUID
    other_practice_id: UUID
    ids: Mapping[tuple[Kind, str], UUID]
    other_ids: Mapping[tuple[Kind, str], UUID]
    set_up_address: str

    def call(self, method: str, path: str, body: Any = None, *, as_: str, **headers: str) -> TestResponse:
        """A call as a service (`portal`, `notifications` …) or with a person's token."""
        authorization = f"Service {as_}:{as_}-key" if "." not in as_ else f"Bearer {as_}"
        given = {"Authorization": authorization, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self.http.open(f"/v1{path}", method=method, json=body, headers=given)

    def post(self, path: str, body: Any, *, as_: str = "portal") -> dict[str, Any]:
        """A call that succeeds."""
        answer = self.call("POST", path, body, as_=as_)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def book(self, client: str = "pat", starts_in: timedelta = timedelta(days=2)) -> UUID:
        """An appointment that identity has heard of."""
        appointment_id = uuid4()
        time = AppointmentTime(self.ids["client", client], datetime.now(UTC) + starts_in)
        self.ledger.times[appointment_id] = time
        with self.parts.ports.store.rows(self.practice_id) as rows:
            assert rows.client(time.client_id)
        self.execute(
            "INSERT INTO appointment_times_v1 VALUES (%s, %s, %s, %s, false, 1)",
            self.practice_id, appointment_id, time.client_id, time.starts_at,
        )  # fmt: skip
        return appointment_id

    def link(self, appointment_id: UUID | None = None, client: str = "pat") -> str:
        """The token of a new link, as it is mailed."""
        body = {
            "client_id": str(self.ids["client", client]),
            "appointment_id": str(appointment_id or self.book(client)),
        }
        url = self.post(f"/links?practice={self.practice_id}", body, as_="notifications")["url"]
        assert url.startswith(f"https://portal.example/p/{SLUG}/a/")
        return str(url.rpartition("/")[2])

    def ask(self, contact: str, source_address: str = "192.0.2.1", slug: str = SLUG) -> TestResponse:
        """`sign-in-links`."""
        body = {"practice_slug": slug, "contact": contact, "source_address": source_address}
        return self.call("POST", "/sign-in-links", body, as_="portal")

    def judge(self) -> int:
        """What identity's worker does every half second, as the worker's role."""
        database = Database(self.database.url("worker"), size=1)
        try:
            return bootstrap.Judge(database, self.alarms).judge_waiting()
        finally:
            database.close()

    def requested(self, slug: str = SLUG) -> list[tuple[UUID, str]]:
        """Request id and channel of every `SignInLinkRequested` so far."""
        practice_id = self.practice_id if slug == SLUG else self.other_practice_id
        rows = self.execute(
            "SELECT data FROM events WHERE practice_id = %s AND type = 'SignInLinkRequested' ORDER BY position",
            practice_id,
        )
        return [(UUID(data["request_id"]), data["channel"]) for data in (json.loads(row[0]) for row in rows)]

    def mint(self, request_id: UUID, practice_id: UUID | None = None) -> TestResponse:
        """`sign-in-links/<id>/mint`, as notifications."""
        path = f"/sign-in-links/{request_id}/mint?practice={practice_id or self.practice_id}"
        return self.call("POST", path, as_="notifications")

    def sign_in_link(self, contact: str = "pat@harbour-street.org") -> str:
        """The token of a new sign-in link, as it is mailed; limits do not count."""
        self.execute("DELETE FROM sign_in_windows")
        assert self.ask(contact).status_code == 202
        self.judge()
        minted = self.mint(self.requested()[-1][0]).get_json()
        assert minted["url"].startswith(f"https://portal.example/p/{SLUG}/s/")
        return str(minted["url"].rpartition("/")[2])

    def open(self, token: str, slug: str = SLUG) -> dict[str, Any]:
        """`links/open`."""
        return self.post("/links/open", {"practice_slug": slug, "token": token})

    def confirm(self, token: str, source_address: str = "192.0.2.1", **facts: str) -> dict[str, Any]:
        """`links/confirm`, with Pat's facts where none are given."""
        body = {"practice_slug": SLUG, "token": token, "source_address": source_address, **FACTS, **facts}
        return self.post("/links/confirm", body)

    def look_up(self, session: str, face: str = "client") -> TestResponse:
        """`sessions/look-up`."""
        return self.call("POST", "/sessions/look-up", {"session": session, "face": face}, as_="portal")

    def staff_token(self, user: str = "olga", slug: str = SLUG) -> str:
        """A staff member's token for identity, through password, sign-in and look-up."""
        practice = self.practice_id if slug == SLUG else self.other_practice_id
        email = f"{user}@{slug}.example"
        with self.parts.ports.store.rows(practice) as rows:
            found = rows.user_by_email(email)
            assert found
            rows.keep_password(found[0].user_id, self.parts.ports.passwords.hash("a long enough phrase"))
        body = {
            "practice_slug": slug,
            "email": email,
            "password": "a long enough phrase",
            "source_address": "192.0.2.9",
        }
        session = self.post("/staff/sign-in", body)["session"]
        token: str = self.look_up(session, "staff").get_json()["tokens"]["identity"]
        return token

    def later(self, interval: str) -> None:
        """Moves the database's clock; the API gets new connections, which know it."""
        self.database.shift_clock(interval)
        ports = self.parts.ports
        self.parts.database.close()
        self.parts.keys_database.close()
        parts = bootstrap.build_api()
        self.parts = replace(
            parts,
            ports=replace(parts.ports, appointments=ports.appointments, patience=ports.patience, alarms=ports.alarms),
        )
        self.http = application(self.parts).test_client()

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Straight in the database, past every rule."""
        with psycopg.connect(self.database.url("superuser"), autocommit=True) as connection:
            found = connection.execute(statement, values)
            # Not `description`: `SELECT FROM …` gives rows without columns.
            status = found.pgresult.status if found.pgresult else None
            return found.fetchall() if status == psycopg.pq.ExecStatus.TUPLES_OK else []


def directory(slug: str) -> PracticeDirectory:
    """Olga administers, Dr Bo sees clients, Ann audits; Pat and Sam are twins, Eve's record is empty."""
    practice = PracticeRow(
        slug=slug, name=slug.title(), phone="0151 496 0000", email=f"hello@{slug}.example", zone="Europe/London",
        nation="england", online_booking_edition="v2", online_booking_on=True, portal_on=True, portal_off_text="",
        online_booking_off_text="", edit_window_minutes=1440, cancellation_window_minutes=1440, policy_text="",
        first_day_of_week=0, booking_offset="0h", booking_limit_days=56, slot_step_minutes=15,
    )  # fmt: skip
    roles = {"olga": "site_administrator", "bo": "clinician", "ann": "auditor"}
    users = tuple(
        UserRow(name, name.title(), f"{name}@{slug}.example", role, name == "bo", True, name.title(), "", "")  # type: ignore[arg-type]
        for name, role in roles.items()
    )
    born = date(1985, 3, 7)
    clients = (
        ClientRow("pat", "Pat", "Marlow", born, "L1 4DS", f"pat@{slug}.org", "+447700900001", True, True),
        ClientRow("sam", "Sam", "Marlow", born, "L1 4DS", f"pat@{slug}.org", "+447700900001", True, False),
        ClientRow("eve", "Eve", "Zoë-Ek", None, "", "", "", False, False),
    )
    return PracticeDirectory(practice, users=users, clients=clients)


@pytest.fixture
def practice_row() -> PracticeRow:
    """The first practice's own row, to import more into it."""
    return directory(SLUG).practice


@pytest.fixture
def identity(service_database: Callable[[str], ServiceDatabase], monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    """Everything, with the portal on."""
    database, keys = service_database("identity"), service_database("identity_keys")
    signing = Ed25519PrivateKey.generate()
    accepted = {
        name: hashlib.sha256(f"{name}-key".encode()).hexdigest() for name in ("portal", "appointments", "notifications")
    }
    environment = {
        "DATABASE_URL": database.url("api"),
        "KEYS_DATABASE_URL": keys.url("api"),
        "IDENTITY_OPS_DATABASE_URL": database.url("ops"),
        "IDENTITY_KEYS_OPS_DATABASE_URL": keys.url("ops"),
        "TOKEN_SIGNING_KEY": "k1:" + base64.b64encode(signing.private_bytes_raw()).decode(),
        "TOKEN_PUBLIC_KEYS": json.dumps({"k1": base64.b64encode(signing.public_key().public_bytes_raw()).decode()}),
        "ACCEPTED_KEYS": json.dumps(accepted),
        "CLIENT_PORTAL_URL": "https://portal.example",
        "STAFF_URL": "https://staff.example",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    context, other = ImportContext(), ImportContext()
    importer(directory(SLUG), context)
    importer(directory(OTHER_SLUG), other)
    parts = bootstrap.build_api()
    ledger, patience, alarms = Ledger(), Patience(), Alarms()
    parts = replace(parts, ports=replace(parts.ports, appointments=ledger, patience=patience, alarms=alarms))
    app = application(parts)
    made = Identity(
        parts, app.test_client(), database, ledger, patience, alarms, context.practice(), other.practice(),
        context.ids, other.ids,
        context.set_up_address or "",
    )  # fmt: skip
    for practice in (made.practice_id, made.other_practice_id):
        made.execute("INSERT INTO portal_switches_v1 VALUES (%s, true, '', 1)", practice)
    yield made
    parts.database.close()
    parts.keys_database.close()
