"""Harbour Physio as a directory, and as availability's callers see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import psycopg
from appointments_feed import NOW, ZONE, Ledger
from flask.testing import FlaskClient

from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra.importing import ImportReport
from clinic.kernel.practice_directory import (
    LocationRow,
    PracticeDirectory,
    PracticeRow,
    TypeRow,
    UserRow,
    WorkingHoursRow,
)

SERVICE = {"Authorization": "Service appointments:a-key"}
NINE, NOON, ONE, FIVE = (time(hour) for hour in (9, 12, 13, 17))

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
    database: ServiceDatabase
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
        return [offered["wall"] for offered in day["times"]]

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
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
