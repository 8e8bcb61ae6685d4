"""What each role may do to the ledger, and what a session without a practice sees."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sealed_once import seal_once

ROLES = ("api", "worker", "relay", "projector", "ops", "sealer")
SEALED = ("sealed_events", "sealed_heads", "sealed_breaks")
SEAL_TABLES = (*SEALED, "seal_stops", "reseal_requests")
TABLES = (
    "events",
    "commands",
    "occupancy",
    "imported_appointments",
    "client_list_v2",
    "clinician_diary_v2",
    "appointment_history_v2",
    "appointment_history_v3",
    "client_messages_v2",
    "appointment_times_v1",
)
WRITABLE = {
    ("commands", "INSERT"): {"api", "ops"},
    ("events", "INSERT"): {"api", "ops"},
    ("heads", "INSERT"): {"api", "ops"},
    ("heads", "UPDATE"): {"api", "ops"},
    ("occupancy", "INSERT"): {"api", "ops"},
    ("occupancy", "UPDATE"): {"api", "ops"},
    ("occupancy", "DELETE"): {"ops"},
    ("imported_appointments", "INSERT"): {"ops"},
} | {(view, verb): {"projector", "ops"} for view in TABLES[4:] for verb in ("INSERT", "UPDATE", "DELETE")}
WRITABLE |= {(table, "INSERT"): {"sealer"} for table in SEALED} | {("reseal_requests", "INSERT"): {"ops"}}
WRITABLE |= {("seal_stops", verb): {"sealer"} for verb in ("INSERT", "UPDATE", "DELETE")}
READABLE = {
    "events": set(ROLES),
    "heads": set(ROLES),
    "sealed_events": {"ops", "sealer"},
    "sealed_heads": {"api", "ops", "sealer"},
    "sealed_breaks": {"ops", "sealer"},
    "seal_stops": {"api", "ops", "sealer"},
    "reseal_requests": {"ops", "sealer"},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("statement", ["UPDATE events SET data = data", "DELETE FROM events", "TRUNCATE events"])
def test_no_role_changes_or_deletes_an_event(practice: Any, role: str, statement: str) -> None:
    with psycopg.connect(practice.rows.url(role)) as connection:
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice.practice_id),))
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_the_rights_it_needs_and_no_more(ledger_rows: Any, role: str) -> None:
    with psycopg.connect(ledger_rows.url(role)) as connection:
        for table in (*TABLES, *SEAL_TABLES, "heads"):
            for verb in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"):
                row = connection.execute("SELECT has_table_privilege(%s, %s)", (table, verb)).fetchone()
                assert row == (role in WRITABLE.get((table, verb), set()),), (role, verb, table)
        owner = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND pg_get_userbyid(relowner) = current_user"
        ).fetchone()
        assert owner == (0,)
        bypasses = connection.execute(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert bypasses == (False,)


@pytest.mark.parametrize("role", ROLES)
def test_what_was_signed_is_read_by_whom_it_concerns(ledger_rows: Any, role: str) -> None:
    with psycopg.connect(ledger_rows.url(role)) as connection:
        for table, readers in READABLE.items():
            row = connection.execute("SELECT has_table_privilege(%s, 'SELECT')", (table,)).fetchone()
            assert row == (role in readers,), (role, table)
        if role == "sealer":
            for table in set(TABLES) - {"events"}:
                row = connection.execute("SELECT has_table_privilege(%s, 'SELECT')", (table,)).fetchone()
                assert row == (False,), table


@pytest.mark.parametrize("role", [*ROLES, "owner"])
def test_a_session_without_a_practice_sees_no_rows(practice: Any, at: Any, role: str, tmp_path: Path) -> None:
    practice.book(at(10))
    practice.project()
    seal_once(practice.rows, "appointments", tmp_path)
    with psycopg.connect(practice.rows.url(role)) as connection:
        for table in (*TABLES, *SEAL_TABLES):
            readable = connection.execute("SELECT has_table_privilege(%s, 'SELECT')", (table,)).fetchone()
            if readable == (True,):
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_every_practice_table_forces_row_level_security(ledger_rows: Any) -> None:
    with psycopg.connect(ledger_rows.url("owner")) as connection:
        found = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'practice_id'"
            " WHERE c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1"
        ).fetchall()
    assert [name for (name,) in found] == ["consumer_checkpoints", "relay_checkpoints"]


def test_another_practices_head_is_readable_but_not_movable(new_practice: Any) -> None:
    one, two = new_practice(), new_practice()
    with psycopg.connect(one.rows.url("api")) as connection:
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(one.practice_id),))
        assert connection.execute("SELECT count(*) FROM heads").fetchone() == (2,)
        moved = connection.execute("UPDATE heads SET position = 0 WHERE practice_id = %s", (two.practice_id,))
        assert moved.rowcount == 0
