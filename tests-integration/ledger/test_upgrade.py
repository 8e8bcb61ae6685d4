"""A database of the release before: its views go on, nothing is lost, nothing is empty meanwhile."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from typer.testing import CliRunner

from clinic.appointments.adapters.import_store import occupy
from clinic.appointments.adapters.projections import projection_of, write
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.application.projections.changes import Changed, Row
from clinic.appointments.domain.appointment import evolve
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.entrypoints.cli_projections import projections
from clinic.contracts.catalog import lookup
from clinic.deploy.migrate import migrate
from clinic.deploy.servers_for_tests import PostgresForTests, ServiceDatabase, Templates
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import Cause
from clinic.infra.migrations import migrations_directory
from clinic.infra.projector import project, projection_consumer
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, NewEvent

EVENTS = Path(__file__).parents[2] / "services/appointments/tests/golden/events_of_release_one.json"
NEW_COLUMNS = {
    *("rules", "paid_pence", "refunded_pence", "currency"),
    *("dealt_with_by", "dealt_with_at", "read_by", "read_at"),
}

OF_BEFORE = tuple(view for view in VIEWS if view.name != "appointment_times")
"""The views that release had."""


@pytest.fixture
def of_before(postgres: PostgresForTests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceDatabase]:
    """A database with the first migration only."""
    there = tmp_path / "appointments" / "migrations"
    there.mkdir(parents=True)
    for file in migrations_directory("appointments").glob("0001_*"):
        shutil.copy(file, there)
    templates = Templates(postgres)
    with monkeypatch.context() as told:
        told.setenv("MIGRATIONS_DIR", str(tmp_path))
        database = templates.copy("appointments")
    monkeypatch.setenv("APPOINTMENTS_OPS_DATABASE_URL", database.url("ops"))
    yield database
    templates.drop(database.name)
    templates.drop_all()


def record(connection: Connection, practice_id: Any) -> None:
    """The golden events, byte for byte, and whose time they take."""
    event_store.create_head(connection, practice_id)
    versions: Counter[str] = Counter()
    states: dict[str, Any] = {}
    for one in json.loads(EVENTS.read_text(encoding="utf-8")):
        stream = one["stream"] if one["stream"] != "settings" else f"settings-{practice_id}"
        versions[stream] += 1
        now, command = datetime.now(UTC), new_id()
        event = NewEvent(new_id(), one["type"], 1, stream, versions[stream], now, one["data"])
        cause = Cause(Actor(one["actor"], new_id()), command, command)
        event_store.append(connection, practice_id, cause, [event])
        if stream.startswith("appointment-"):
            states[stream] = evolve(states.get(stream), msgspec.convert(one["data"], lookup(one["type"]).cls))
    connection.execute("UPDATE heads SET settings_version = 1 WHERE practice_id = %s", (practice_id,))
    rows = [occupancy_of(state) for state in states.values()]
    occupy(connection, practice_id, sorted(rows, key=lambda row: not row.exclusive))


def project_as_before(connection: Connection, practice_id: Any, until: int) -> None:
    """The rows and checkpoints that the projector of the release before left, up to a position."""
    for view in OF_BEFORE:
        before = replace(view, version=1)
        for event in event_store.read_after(connection, practice_id, 0, until):
            for change in before.handles[event.type](event) if event.type in before.handles else ():
                values = {name: value for name, value in change.values.items() if name not in NEW_COLUMNS}
                known = Row(values) if isinstance(change, Row) else Changed(change.key, values)
                write(connection, before.table, known)
            last = event
        connection.execute(
            "INSERT INTO consumer_checkpoints (consumer, source, practice_id, position, event_id)"
            " VALUES (%s, 'appointments', %s, %s, %s)",
            (before.consumer, practice_id, until, last.event_id),
        )


@pytest.mark.parametrize("until", [4, 7], ids=["behind", "up to date"])
def test_views_go_on_where_they_were(of_before: ServiceDatabase, until: int) -> None:
    practice_id = new_id()
    operator = Database(of_before.url("ops"), limits=False)
    with operator.transaction(practice_id) as connection:
        record(connection, practice_id)
        project_as_before(connection, practice_id, until)
    with operator.transaction(practice_id) as connection:
        connection.execute(
            "INSERT INTO parked_events (consumer, source, practice_id, position, event_id, stream_id, type, reason,"
            " event) VALUES ('client_list@1', 'appointments', %s, 9, %s, 'x', 'x', 'x', '{}')",
            (practice_id, new_id()),
        )
    migrate("appointments", of_before.url("owner"))
    with operator.transaction(practice_id) as connection:
        listed = connection.execute("SELECT rules, paid_pence, currency FROM client_list_v2").fetchall()
        known = connection.execute("SELECT consumer, position FROM consumer_checkpoints ORDER BY 1").fetchall()
        parked = connection.execute("DELETE FROM parked_events RETURNING consumer").fetchall()
    assert listed == [{"rules": None, "paid_pence": 0, "currency": ""}] * 3
    assert [tuple(row.values()) for row in known] == [(view.consumer, until) for view in sorted(OF_BEFORE, key=str)]
    assert parked == [{"consumer": "client_list@2"}]
    check = CliRunner().invoke(projections, ["rebuild", "--check"])
    assert check.exit_code == 0, check.output
    projector = Database(of_before.url("projector"), name="test-projector")
    project([projection_consumer(projector, "appointments", projection_of(view)) for view in VIEWS])
    projector.close()
    check = CliRunner().invoke(projections, ["rebuild", "--check", "--json"])
    assert (check.exit_code, {one["position"] for one in json.loads(check.stdout)}) == (0, {7}), check.output
    operator.close()


def test_rows_are_still_only_their_practices(of_before: ServiceDatabase) -> None:
    migrate("appointments", of_before.url("owner"))
    with psycopg.connect(of_before.url("owner")) as connection:
        found = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'practice_id'"
            " WHERE c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1"
        ).fetchall()
    assert [name for (name,) in found] == ["consumer_checkpoints", "relay_checkpoints"]
