"""Least rights, row level security, import, and the copies of what appointments decide."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from identity_cast import refused
from sealed_once import seal_once

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentRescheduled,
    ClientMessageLeft,
    PolicySnapshot,
    Slot,
    Window,
)
from clinic.contracts.catalog import CATALOG
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.identity.adapters.housekeeping import Housekeeping
from clinic.identity.adapters.postgres import PostgresRows
from clinic.identity.application.reactions import IGNORED, REACTIONS
from clinic.identity.entrypoints.import_practice import importer
from clinic.infra.database import Database
from clinic.infra.importing import ImportContext
from clinic.kernel.practice_directory import ClientRow, PracticeDirectory, PracticeRow

PRACTICE_TABLES = (
    "practices", "users", "set_up_addresses", "clients", "client_search_words", "links", "tries", "sessions",
    "appointment_times_v1", "portal_switches_v1", "sign_in_requests", "erasures", "events",
)  # fmt: skip
ROLES = ("api", "worker", "relay", "projector", "ops", "sealer")
START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)

PRACTICE = PracticeRow(
    slug="new-place", name="New", phone="1", email="x@example.org", zone="Europe/London", nation="england",
    online_booking_edition="v2", online_booking_on=True, portal_on=True, portal_off_text="",
    online_booking_off_text="", edit_window_minutes=0, cancellation_window_minutes=0, policy_text="",
    first_day_of_week=0, booking_offset="0h", booking_limit_days=56, slot_step_minutes=15,
)  # fmt: skip


def test_no_role_changes_events_or_tables(identity: Any) -> None:
    for role, statement in product(ROLES, (
        "UPDATE events SET type = type", "DELETE FROM events", "TRUNCATE events", "DELETE FROM clients",
        "DELETE FROM links", "UPDATE practices SET slug = slug", "UPDATE users SET user_id = user_id",
        "UPDATE clients SET key_id = key_id", "DROP TABLE sessions", "CREATE TABLE mine (x int)",
        "ALTER TABLE clients DISABLE ROW LEVEL SECURITY", "DELETE FROM practice_slugs", "DELETE FROM users",
        "UPDATE sealed_events SET nodes = nodes", "DELETE FROM sealed_events", "UPDATE sealed_heads SET root = root",
        "DELETE FROM sealed_heads", "DELETE FROM sealed_breaks", "DELETE FROM reseal_requests",
    )):  # fmt: skip
        assert refused(identity.database, role, statement, identity.practice_id), (role, statement)


def test_only_an_import_changes_practices_roles_and_what_was_said(identity: Any) -> None:
    for statement in (
        "UPDATE practices SET name = name", "UPDATE users SET role = role", "UPDATE clients SET imported = imported",
    ):  # fmt: skip
        may = [role for role in ROLES if not refused(identity.database, role, statement, identity.practice_id)]
        assert may == ["ops"], statement


def test_relay_projector_and_sealer_read_no_personal_data(identity: Any) -> None:
    for role in ("relay", "projector", "sealer"):
        for table in set(PRACTICE_TABLES) - {"events"}:
            assert refused(identity.database, role, f"SELECT FROM {table}", identity.practice_id)
    for table in ("users", "links", "practices"):
        assert refused(identity.database, "worker", f"SELECT FROM {table}", identity.practice_id)
    for table in ("source_tries", "set_up_addresses", "sign_in_queue", "sign_in_windows"):
        assert refused(identity.database, "relay", f"SELECT FROM {table}")


def test_without_a_practice_there_are_no_rows_and_with_one_only_its_own(identity: Any, tmp_path: Path) -> None:
    identity.confirm(identity.link())
    identity.ask("somebody@example.org")
    erased = (
        "INSERT INTO erasures SELECT %s, gen_random_uuid(), gen_random_uuid(), sha256('x'), 'asked for it', NULL, now()"
    )
    for practice_id in (identity.practice_id, identity.other_practice_id):
        identity.execute(erased, practice_id)
    seal_once(identity.database, "identity", tmp_path)
    for table in (*PRACTICE_TABLES, "sealed_heads"):
        sees_only_its_own(identity, table)


def sees_only_its_own(identity: Any, table: str) -> None:
    ((expected,),) = identity.execute(f"SELECT count(*) FROM {table} WHERE practice_id = %s", identity.practice_id)
    with psycopg.connect(identity.database.url("api")) as connection:
        count = f"SELECT count(*), count(*) FILTER (WHERE practice_id = %s) FROM {table}"
        assert connection.execute(count, (identity.practice_id,)).fetchone() == (0, 0)
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(identity.practice_id),))
        assert connection.execute(count, (identity.practice_id,)).fetchone() == (expected, expected)
        assert expected > 0


def test_private_keys_are_read_by_the_api_added_by_operators_and_changed_by_nobody(
    identity: Any, service_database: Callable[[str], ServiceDatabase]
) -> None:
    keys = service_database("identity_keys")
    allowed = {"api": {"SELECT FROM private_keys"}, "ops": set(), "worker": set(), "relay": set(), "projector": set()}
    for role, may in allowed.items():
        for statement in (
            "SELECT FROM private_keys", "UPDATE private_keys SET key_id = key_id", "DELETE FROM private_keys",
        ):  # fmt: skip
            assert refused(keys, role, statement, uuid4()) is (statement not in may), (role, statement)
    with psycopg.connect(keys.url("sealer")) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT FROM private_keys")  # it may not even look into the schema


def test_a_second_import_changes_nothing_and_a_longer_one_adds(identity: Any, practice_row: PracticeRow) -> None:
    before = identity.execute("SELECT count(*), max(position) FROM events")
    pat = ClientRow(
        "pat", "Pat", "Marlow", date(1985, 3, 7), "L1 4DS", "pat@harbour-street.org", "+447700900001", True, True
    )
    again = ImportContext()
    report = importer(PracticeDirectory(practice_row, clients=(pat,)), again)
    assert (report.created, report.changed, report.unchanged) == (0, 0, 2)
    assert report.missing == {"clients.csv": ("eve", "sam"), "users.csv": ("ann", "bo", "olga")}
    assert again.ids["client", "pat"] == identity.ids["client", "pat"]
    assert again.set_up_address is None
    assert identity.execute("SELECT count(*), max(position) FROM events") == before
    many = tuple(
        replace(pat, ref=f"C{number}", last_name=f"Name{number}", email=f"c{number}@example.org")
        for number in range(2000)
    )
    begun = monotonic()
    report = importer(PracticeDirectory(practice_row, clients=(pat, *many)), ImportContext())
    assert (report.created, report.unchanged) == (2000, 2)
    assert monotonic() - begun < 20
    ((positions, last),) = identity.execute(
        "SELECT count(*), max(position) FROM events WHERE practice_id = %s", identity.practice_id
    )
    assert positions == last
    (first,) = identity.execute("SELECT type FROM events WHERE position = 1 AND practice_id = %s", identity.practice_id)
    assert first == ("PracticeCreated",)


def test_an_interrupted_import_leaves_only_keys_and_is_finished_by_the_next(identity: Any) -> None:
    eve = ClientRow("eve", "Eve", "Ek", None, "", "", "", False, False)
    twice = PracticeDirectory(PRACTICE, clients=(eve, eve))
    with pytest.raises(psycopg.errors.UniqueViolation):
        importer(twice, ImportContext())
    assert identity.execute("SELECT FROM practice_slugs WHERE slug = 'new-place'") == []
    report = importer(replace(twice, clients=(eve,)), ImportContext())
    assert report.created == 2


def slot(starts_at: datetime) -> Slot:
    return Slot(starts_at, starts_at + timedelta(minutes=30), "Europe/London", "2026-12-02T10:20", 30, 0)


def booked(client_id: UUID, starts_at: datetime) -> AppointmentBooked:
    return AppointmentBooked(
        APPOINTMENT, client_id, uuid4(), uuid4(), uuid4(), slot(starts_at), "booked", True, 1, False, False
    )


APPOINTMENT = UUID("018f0000-0000-7000-8000-000000000001")
POLICY = PolicySnapshot(1, "v2", True, True, True, Window("always"), Window("never"), True, 1, 1)


def test_copies_keep_the_latest_word_whatever_the_order(identity: Any) -> None:
    pat = identity.ids["client", "pat"]
    first = booked(pat, START)
    later = START + timedelta(days=1)
    moved = AppointmentRescheduled(
        APPOINTMENT, pat, uuid4(), uuid4(), uuid4(), slot(START), slot(later), "booked", 2, False, None, POLICY
    )
    database = Database(identity.database.url("worker"), size=1)
    with database.transaction(identity.practice_id) as connection:
        rows = PostgresRows(connection, identity.practice_id)
        REACTIONS["AppointmentRescheduled"](rows, moved)
        REACTIONS["AppointmentBooked"](rows, first)
        REACTIONS["AppointmentRescheduled"](rows, moved)
        found = rows.appointment_time(APPOINTMENT)
    database.close()
    assert found
    assert found.starts_at == later


def test_every_event_of_appointments_is_handled_or_ignored_by_name() -> None:
    published = {name for name, known in CATALOG.items() if known.publisher == "appointments"}
    assert published == REACTIONS.keys() | IGNORED
    assert ClientMessageLeft.__name__ in IGNORED


def test_housekeeping_removes_only_what_no_rule_reads(identity: Any) -> None:
    session = identity.confirm(identity.link())["session"]
    identity.confirm(identity.link(), postcode="wrong")
    identity.execute("UPDATE sessions SET created_at = created_at - interval '31 days' WHERE face = 'staff'")
    housekeeping = Housekeeping(Database(identity.database.url("worker"), size=1))
    assert housekeeping.forget_expired() == 0
    assert identity.look_up(session).status_code == 200
    identity.execute("UPDATE source_tries SET last_tried_at = last_tried_at - interval '25 hours'")
    identity.execute("UPDATE sessions SET created_at = created_at - interval '31 days'")
    assert housekeeping.forget_expired() == 2
    assert identity.execute("SELECT sum(wrong_tries) FROM links") == [(1,)]
