"""A session of one practice never reads or writes another's rows: every table and role that the database has."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from ledger_records import booking, payment
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from clinic.appointments.adapters.import_store import import_store
from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.infra import event_store
from clinic.infra.database import Database
from clinic.kernel.errors import ConcurrencyConflict
from clinic.kernel.ids import new_id

ROLES = ("api", "worker", "relay", "projector", "ops")
READABLE_BY_ALL = {"heads", "consumer_checkpoints", "relay_checkpoints"}
"""Positions only; nobody's facts (architecture.md section 4)."""
WRITABLE_BY_ALL = {"consumer_checkpoints", "relay_checkpoints"}
SETTABLE = "UPDATE {} SET practice_id = practice_id WHERE practice_id = %s"


class Fence:
    """A role's connection, inside a transaction of one practice (of none when None)."""

    def __init__(self, connection: psycopg.Connection[Any], practice_id: UUID | None) -> None:
        self.connection = connection
        if practice_id is not None:
            connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))

    def may(self, table: str, verb: str) -> bool:
        """Whether the role was granted it, be it for some columns only."""
        schema = table.rpartition(".")[0] or "public"
        usable = self.connection.execute("SELECT has_schema_privilege(%s, 'USAGE')", (schema,)).fetchone()
        if usable != (True,):
            return False
        return self.connection.execute("SELECT has_any_column_privilege(%s, %s)", (table, verb)).fetchone() == (True,)

    def refused(self, statement: sql.Composed, *parameters: Any) -> bool:
        """Whether the database refuses the statement for want of rights."""
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(statement, parameters)
        except InsufficientPrivilege:
            return True
        return False

    def touched(self, statement: sql.Composed, *parameters: Any) -> int:
        """How many rows the statement reached; nothing of it stays."""
        with self.connection.transaction(force_rollback=True):
            return self.connection.execute(statement, parameters).rowcount


def say(text: str, table: str) -> sql.Composed:
    return sql.SQL(text).format(sql.SQL(table))


def tables(practice: Any) -> list[str]:
    """Every table with a practice in it, with its schema where it is not `public`."""
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        found = connection.execute(
            "SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relkind IN ('r', 'p') AND a.attname = 'practice_id' AND n.nspname NOT LIKE 'pg_%' ORDER BY 1"
        ).fetchall()
    return [name for (name,) in found]


@pytest.fixture
def two(new_practice: Any, at: Any) -> tuple[Any, Any]:
    """Two practices that both have rows."""
    made = (new_practice(), new_practice())
    for practice in made:
        practice.book(at(10))
        practice.project()
    return made


@pytest.fixture(params=[*ROLES, "owner"])
def fence(request: pytest.FixtureRequest, two: tuple[Any, Any]) -> Iterator[Fence]:
    """Each role, in a transaction of the first practice."""
    with psycopg.connect(two[0].rows.url(request.param)) as connection:
        yield Fence(connection, two[0].practice_id)


def test_another_practices_rows_are_not_there_to_read(fence: Fence, two: tuple[Any, Any]) -> None:
    asked = 0
    for table in tables(two[0]):
        if fence.may(table, "SELECT") and table not in READABLE_BY_ALL:
            asked += 1
            others = fence.touched(say("SELECT FROM {} WHERE practice_id <> current_practice()", table))
            assert others == 0, table
    assert asked or not fence.may("events", "SELECT")


def test_another_practices_rows_are_not_there_to_change_or_delete(fence: Fence, two: tuple[Any, Any]) -> None:
    theirs = two[1].practice_id
    for table in tables(two[0]):
        if table in WRITABLE_BY_ALL:
            continue
        for verb, text in (("UPDATE", SETTABLE), ("DELETE", "DELETE FROM {} WHERE practice_id = %s")):
            statement = say(text, table)
            reached = fence.refused(statement, theirs) or fence.touched(statement, theirs) == 0
            assert reached, (verb, table)


def test_a_row_of_another_practice_cannot_be_written(fence: Fence, two: tuple[Any, Any]) -> None:
    """The row is refused for whose it is, before anybody looks whether it is complete."""
    text = "INSERT INTO {0} SELECT * FROM jsonb_populate_record(NULL::{0}, jsonb_build_object('practice_id', %s::text))"
    for table in tables(two[0]):
        if table not in WRITABLE_BY_ALL:
            assert fence.refused(say(text, table), str(two[1].practice_id)), table


@pytest.mark.parametrize("role", [*ROLES, "owner"])
def test_a_session_without_a_practice_writes_nothing(two: tuple[Any, Any], role: str) -> None:
    mine = two[0].practice_id
    text = "INSERT INTO {0} SELECT * FROM jsonb_populate_record(NULL::{0}, jsonb_build_object('practice_id', %s::text))"
    with psycopg.connect(two[0].rows.url(role)) as connection:
        fence = Fence(connection, None)
        for table in tables(two[0]):
            if table not in WRITABLE_BY_ALL:
                assert fence.refused(say(text, table), str(mine)), table
            if table not in READABLE_BY_ALL and fence.may(table, "SELECT"):
                assert fence.touched(say("SELECT FROM {}", table)) == 0, table


@pytest.mark.parametrize("said", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_practice_that_is_none_opens_nothing(two: tuple[Any, Any], said: str) -> None:
    with psycopg.connect(two[0].rows.url("api")) as connection:
        connection.execute("SELECT set_config('app.practice', %s, true)", (said,))
        try:
            found = connection.execute("SELECT count(*) FROM events").fetchone()
        except psycopg.errors.InvalidTextRepresentation:
            return
        assert found == (0,)


def test_a_practice_is_forgotten_with_its_transaction(two: tuple[Any, Any]) -> None:
    """The next transaction on the same connection of the pool begins with none."""
    database = Database(two[0].rows.url("api"), size=1)
    with database.transaction(two[0].practice_id) as connection:
        assert connection.execute("SELECT count(*) AS n FROM events").fetchone() != {"n": 0}
    with database.transaction() as connection:
        assert connection.execute("SELECT count(*) AS n FROM events").fetchone() == {"n": 0}
    database.close()


@pytest.fixture
def ledger(two: tuple[Any, Any]) -> PostgresLedger:
    return PostgresLedger(two[0].database)


def empty(practice: Any) -> UUID:
    """A ledger without events beside the others."""
    practice_id, operator = new_id(), Database(practice.rows.url("ops"), limits=False)
    with import_store(operator, practice_id) as made:
        made.present()
    operator.close()
    return practice_id


def test_ids_of_another_practice_lead_nowhere(two: tuple[Any, Any], ledger: PostgresLedger) -> None:
    """Its appointment, command, stream and event are as unknown as if they had never been."""
    mine, theirs = empty(two[0]), empty(two[0])
    record = booking(theirs, new_id())
    ledger.record(record)
    about = record.asked.appointment_id
    reading = ledger.read(mine, about, record.asked.command_id)
    assert (reading.appointment, reading.version, reading.answered) == (None, 0, None)
    with pytest.raises(ConcurrencyConflict):
        ledger.record(payment(mine, about, 2))
    same_command = replace(booking(mine, new_id()), asked=replace(record.asked, practice_id=mine))
    assert ledger.record(same_command) == 1
    same_event = booking(mine, new_id())
    entry = replace(same_event.entries[0], event_id=record.entries[0].event_id)
    with pytest.raises(ConcurrencyConflict):
        ledger.record(replace(same_event, entries=(entry,)))
    with two[0].database.transaction(theirs) as connection:
        assert [event.event_id for event in event_store.read_all(connection, theirs)] == [record.entries[0].event_id]


def test_an_append_for_another_practice_than_the_transactions_moves_nothing(two: tuple[Any, Any]) -> None:
    mine, theirs = empty(two[0]), empty(two[0])
    event = event_store.new_event(
        booking(theirs, new_id()).entries[0].fact, "appointment-x", 1, booking(theirs, new_id()).occurred_at
    )
    cause = event_store.Cause(booking(theirs, new_id()).asked.actor, new_id(), new_id())
    with two[0].database.transaction(mine) as connection, pytest.raises(ConcurrencyConflict):
        event_store.append(connection, theirs, cause, [event])
    with two[0].database.transaction(theirs) as connection:
        assert event_store.heads(connection)[theirs] == 0
        assert list(event_store.read_all(connection, theirs)) == []
