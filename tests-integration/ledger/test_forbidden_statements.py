"""What nobody may say to the ledger: every statement that would rewrite, hide or smuggle history, by every role."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from ledger_records import booking
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege, InvalidParameterValue, UniqueViolation

from clinic.appointments.adapters.import_store import import_store
from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.delivery_rule import LEDGER_HAS_A_HOLE
from clinic.infra.settings import SERVICES
from clinic.infra.sources import LocalSource
from clinic.kernel.errors import ConcurrencyConflict
from clinic.kernel.ids import new_id

ROLES = ("api", "worker", "relay", "projector", "ops")
NEVER = {
    "update": "UPDATE events SET data = '{}'",
    "update-nothing": "UPDATE events SET position = position WHERE false",
    "delete": "DELETE FROM events",
    "delete-and-return": "WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone",
    "merge": "MERGE INTO events e USING events o ON e.event_id = o.event_id WHEN MATCHED THEN DELETE",
    "upsert": "INSERT INTO events SELECT * FROM events ON CONFLICT (practice_id, position) DO UPDATE SET data = '{}'",
    "truncate": "TRUNCATE events",
    "lock": "LOCK TABLE events IN ACCESS EXCLUSIVE MODE",
    "drop": "DROP TABLE events",
    "drop-cascade": "DROP TABLE events CASCADE",
    "drop-schema": "DROP SCHEMA public CASCADE",
    "add-column": "ALTER TABLE events ADD COLUMN note text",
    "drop-column": "ALTER TABLE events DROP COLUMN data",
    "drop-constraint": "ALTER TABLE events DROP CONSTRAINT events_stream_version",
    "rename": "ALTER TABLE events RENAME TO old_events",
    "take-over": "ALTER TABLE events OWNER TO CURRENT_USER",
    "no-row-security": "ALTER TABLE events DISABLE ROW LEVEL SECURITY",
    "no-forced-row-security": "ALTER TABLE events NO FORCE ROW LEVEL SECURITY",
    "disable-triggers": "ALTER TABLE occupancy DISABLE TRIGGER ALL",
    "policy": "CREATE POLICY all_of_them ON events USING (true)",
    "drop-policy": "DROP POLICY one_practice ON events",
    "rule": "CREATE RULE swallow AS ON INSERT TO events DO INSTEAD NOTHING",
    "trigger": "CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse_time_taken_knowingly()",
    "index": "CREATE INDEX ON events (data)",
    "drop-index": "DROP INDEX events_recorded_at",
    "replace-clock": "CREATE OR REPLACE FUNCTION clinic_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "shadow": "CREATE TABLE public.shadow AS SELECT * FROM events",
    "replica": "SET session_replication_role = replica",
    "become-owner": "SET ROLE appointments_owner",
    "become-superuser": "SET SESSION AUTHORIZATION postgres",
    "bypass": "ALTER ROLE CURRENT_USER BYPASSRLS",
    "copy-out-to-a-file": "COPY events TO '/tmp/events'",
    "copy-out-to-a-program": "COPY events TO PROGRAM 'cat'",
    "copy-in-from-a-file": "COPY events FROM '/etc/hostname'",
    "heads-delete": "DELETE FROM heads",
    "heads-truncate": "TRUNCATE heads",
    "heads-drop": "DROP TABLE heads",
    "heads-alter": "ALTER TABLE heads ALTER COLUMN position DROP NOT NULL",
    "heads-no-row-security": "ALTER TABLE heads DISABLE ROW LEVEL SECURITY",
    "commands-update": "UPDATE commands SET answer = '{}'",
    "commands-delete": "DELETE FROM commands",
    "commands-truncate": "TRUNCATE commands",
}
REFUSED = (InsufficientPrivilege, FeatureNotSupported, InvalidParameterValue)


@pytest.fixture
def booked(practice: Any, at: Any) -> Any:
    """A practice with a history."""
    practice.book(at(10))
    practice.project()
    return practice


@pytest.fixture(params=ROLES)
def session(request: pytest.FixtureRequest, booked: Any) -> Iterator[psycopg.Connection[Any]]:
    """A session of each role in a transaction of the practice."""
    with psycopg.connect(booked.rows.url(request.param)) as connection:
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(booked.practice_id),))
        yield connection


def is_refused(session: psycopg.Connection[Any], statement: str) -> bool:
    """Whether the database refuses it for want of rights; what it allowed is rolled back."""
    try:
        with session.transaction(force_rollback=True):
            session.execute(statement)
    except REFUSED:
        return True
    return False


def history(practice: Any) -> list[Any]:
    """All that is recorded, byte for byte."""
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        return connection.execute("SELECT e::text FROM events e ORDER BY position").fetchall()


def test_no_role_may_say_any_of_it(session: psycopg.Connection[Any], booked: Any) -> None:
    before = history(booked)
    allowed = [name for name, statement in NEVER.items() if not is_refused(session, statement)]
    assert allowed == []
    session.rollback()
    assert history(booked) == before != []


def test_copy_brings_nothing_in_past_row_level_security(session: psycopg.Connection[Any], booked: Any) -> None:
    for table in ("events", "heads", "commands"):
        with (
            pytest.raises(REFUSED),
            session.transaction(),
            session.cursor().copy(f"COPY {table} (practice_id) FROM STDIN") as copy,
        ):
            copy.write_row([str(booked.practice_id)])


def test_copy_takes_out_no_other_practices_events(booked: Any, new_practice: Any, at: Any) -> None:
    other = new_practice()
    other.book(at(10))
    for role in ROLES:
        with psycopg.connect(booked.rows.url(role)) as connection:
            connection.execute("SELECT set_config('app.practice', %s, true)", (str(other.practice_id),))
            with connection.cursor().copy("COPY (SELECT practice_id FROM events) TO STDOUT") as copy:
                assert {row[0] for row in copy.rows()} == {str(other.practice_id)}


def test_row_security_cannot_be_looked_behind(session: psycopg.Connection[Any]) -> None:
    """Switched off for a session it hides nothing: it refuses."""
    session.execute("SET LOCAL row_security = off")
    with pytest.raises(InsufficientPrivilege):
        session.execute("SELECT * FROM events")


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "appointments"])
def test_another_services_roles_do_not_get_in(booked: Any, service: str) -> None:
    for role in (*ROLES, "owner"):
        address = booked.rows.server.url(booked.rows.name, f"{service}_{role}")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(address).close()


@pytest.fixture
def ledger(booked: Any) -> tuple[PostgresLedger, Any, Database]:
    """A practice of its own with two events; its ledger and a database as the API has it."""
    practice_id, operator = new_id(), Database(booked.rows.url("ops"), limits=False)
    with import_store(operator, practice_id) as made:
        made.present()
    operator.close()
    made_ledger = PostgresLedger(booked.database)
    for _ in range(2):
        made_ledger.record(booking(practice_id, new_id()))
    return made_ledger, practice_id, booked.database


def positions(database: Database, practice_id: Any) -> list[int]:
    with database.transaction(practice_id) as connection:
        return [row["position"] for row in connection.execute("SELECT position FROM events ORDER BY 1")]


def test_a_head_that_is_put_back_overwrites_nothing(ledger: tuple[PostgresLedger, Any, Database]) -> None:
    """Who may append may move the practice's own head: no event is replaced, the appends are refused."""
    store, practice_id, database = ledger
    with database.transaction(practice_id) as connection:
        connection.execute("UPDATE heads SET position = 0 WHERE practice_id = %s", (practice_id,))
    with pytest.raises(ConcurrencyConflict):
        store.record(booking(practice_id, new_id()))
    assert positions(database, practice_id) == [1, 2]


def test_a_head_that_is_moved_on_is_a_hole_that_every_consumer_stops_at(
    ledger: tuple[PostgresLedger, Any, Database], booked: Any
) -> None:
    store, practice_id, database = ledger
    with database.transaction(practice_id) as connection:
        connection.execute("UPDATE heads SET position = 5 WHERE practice_id = %s", (practice_id,))
    store.record(booking(practice_id, new_id()))
    projector = Database(booked.rows.url("projector"), size=2)
    consumer = Consumer(projector, "looks for holes", LocalSource(projector, "appointments"), {})
    consumer.catch_up_all()
    assert consumer.stopped() == {practice_id: LEDGER_HAS_A_HOLE}
    projector.close()


def test_an_event_in_a_place_that_is_taken_is_refused(ledger: tuple[PostgresLedger, Any, Database]) -> None:
    """By hand, past the append: the same position, stream version or event id."""
    _, practice_id, database = ledger
    copy = (
        "INSERT INTO events SELECT practice_id, {position}, {event}, previous_event_id, stream_id, {version}, type,"
        " schema_version, occurred_at, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id,"
        " traceparent, data FROM events WHERE position = 1"
    )
    taken = [
        copy.format(position="1", event="gen_random_uuid()", version="7"),
        copy.format(position="9", event="event_id", version="7"),
        copy.format(position="9", event="gen_random_uuid()", version="1"),
    ]
    for statement in taken:
        with pytest.raises(UniqueViolation), database.transaction(practice_id) as connection:
            connection.execute(statement)
    assert positions(database, practice_id) == [1, 2]
