"""A view's new version is built beside the one that is read, takes its place by itself, and the old one can go."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from ledger_histories import History, write_history
from typer.testing import CliRunner, Result

from clinic.appointments.adapters.projections import projection_of, write
from clinic.appointments.adapters.reading import reading
from clinic.appointments.adapters.view_versions import ViewVersions
from clinic.appointments.adapters.views import PostgresViews
from clinic.appointments.application.projections.all_views import EARLIER, EVERY_VERSION
from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY, APPOINTMENT_HISTORY_2
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.appointments.entrypoints.cli_projections import projections
from clinic.deploy.migrate import migrate
from clinic.deploy.servers_for_tests import PostgresForTests, ServiceDatabase, Templates
from clinic.infra import event_store
from clinic.infra.database import Database
from clinic.infra.migrations import migrations_directory
from clinic.infra.projector import play_round, projection_consumer
from clinic.kernel.ids import new_id

OLD, NEW = "appointment_history@2", "appointment_history@3"


@pytest.fixture
def of_before(postgres: PostgresForTests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceDatabase]:
    """A database of the release that had the history @2 only."""
    there = tmp_path / "appointments" / "migrations"
    there.mkdir(parents=True)
    for number in ("0001", "0002", "0003"):
        for file in migrations_directory("appointments").glob(f"{number}_*"):
            shutil.copy(file, there)
    templates = Templates(postgres)
    with monkeypatch.context() as told:
        told.setenv("MIGRATIONS_DIR", str(tmp_path))
        database = templates.copy("appointments")
    monkeypatch.setenv("APPOINTMENTS_OPS_DATABASE_URL", database.url("ops"))
    yield database
    templates.drop(database.name)
    templates.drop_all()


@pytest.fixture
def upgraded(of_before: ServiceDatabase) -> Iterator["Upgraded"]:
    """The same after the upgrade: its history was projected by the release before, up to its end."""
    histories = [
        write_history(of_before.url("superuser"), new_id(), count, seed) for count, seed in ((1200, 1), (60, 2))
    ]
    project_as_before(of_before, histories)
    migrate("appointments", of_before.url("owner"))
    database = Database(of_before.url("projector"), name="test-projector")
    yield Upgraded(of_before, database, histories)
    database.close()


def project_as_before(rows: ServiceDatabase, histories: list[History]) -> None:
    """The rows and checkpoints that the projector of the release before left."""
    database = Database(rows.url("ops"), limits=False, name="test-release-two")
    for history in histories:
        with database.transaction(history.practice_id) as connection:
            events = list(event_store.read_all(connection, history.practice_id))
            for view in EVERY_VERSION:
                if view.version != 2:
                    continue
                for event in events:
                    for change in view.handles[event.type](event) if event.type in view.handles else ():
                        write(connection, view.table, change)
                connection.execute(
                    "INSERT INTO consumer_checkpoints (consumer, source, practice_id, position, event_id)"
                    " VALUES (%s, 'appointments', %s, %s, %s)",
                    (view.consumer, history.practice_id, events[-1].position, events[-1].event_id),
                )
    database.close()


class Upgraded:
    """A ledger with two practices, its projector at hand."""

    def __init__(self, rows: ServiceDatabase, database: Database, histories: list[History]) -> None:
        self.rows = rows
        self.histories = histories
        self.versions = ViewVersions(database, EVERY_VERSION)
        self.consumers = [projection_consumer(database, "appointments", projection_of(one)) for one in EVERY_VERSION]

    def project(self) -> None:
        """One round of the projector."""
        while not play_round(self.consumers, versions=self.versions):
            pass

    def read(self) -> str:
        """The history that is read."""
        return next(one for one, found in self.standing().items() if found["state"] == "in use")

    def standing(self) -> dict[str, dict[str, Any]]:
        """What `clinic projections list` says of the history's versions."""
        told = json.loads(clinic("list", "--json").stdout)
        return {f"{one['view']}@{one['version']}": one for one in told if one["view"] == "appointment_history"}

    def refused(self) -> tuple[UUID, UUID]:
        """A practice and an appointment of which a change was refused."""
        with psycopg.connect(self.rows.url("superuser")) as connection:
            row = connection.execute(
                "SELECT practice_id, data::json->>'appointment_id' FROM events WHERE type = 'ChangeRefused' LIMIT 1"
            ).fetchone()
        assert row is not None
        return row[0], UUID(row[1])

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Anything, as the superuser."""
        with psycopg.connect(self.rows.url("superuser")) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []


def clinic(*arguments: str) -> Result:
    """Runs `clinic projections …`."""
    return CliRunner().invoke(projections, arguments)


def test_an_upgrade_switches_by_itself_and_readers_never_see_a_gap(upgraded: Upgraded) -> None:
    practice, appointment = upgraded.refused()
    database = Database(upgraded.rows.url("api"), name="test-api")
    views, done = PostgresViews(database), threading.Event()
    before = views.history(practice, appointment, 0)
    assert before
    assert "ChangeRefused" not in {entry.type for entry in before}

    def read() -> list[bool]:
        """Reads until told to stop; for each answer whether it told of the refusal."""
        told = []
        while not done.is_set():
            entries = views.history(practice, appointment, 0)
            assert [entry for entry in entries if entry.type != "ChangeRefused"] == before
            told.append(any(entry.type == "ChangeRefused" for entry in entries))
        return told

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        try:
            assert upgraded.read() == OLD
            upgraded.project()
            assert upgraded.read() == NEW
            views.history(practice, appointment, 0)
        finally:
            done.set()
        told = reader.result()
    assert told == sorted(told), "who has read the new version never reads the old one again"
    assert views.history(practice, appointment, 0) != before
    database.close()


def test_the_new_version_is_built_in_turns_and_never_holds_up_what_is_read(
    upgraded: Upgraded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.infra.projector.BUILDING_SECONDS", 0.0)
    assert not play_round(upgraded.consumers, versions=upgraded.versions), "more is to be built"
    assert upgraded.read() == OLD
    monkeypatch.undo()
    monkeypatch.setenv("APPOINTMENTS_OPS_DATABASE_URL", upgraded.rows.url("ops"))
    upgraded.project()
    assert upgraded.read() == NEW


def test_a_version_that_is_behind_is_not_switched_to(upgraded: Upgraded) -> None:
    refused = clinic("switch", NEW)
    assert refused.exit_code == 3
    said = " ".join(refused.stderr.split())
    assert f"{NEW} is behind in 2 practices, by 1260 events" in said
    assert "Nothing was changed" in said
    assert upgraded.read() == OLD
    standing = upgraded.standing()[NEW]
    assert (standing["state"], standing["up_to_date"], standing["events_behind"]) == ("building", 0, 1260)


def test_a_version_of_which_something_is_parked_is_not_switched_to(upgraded: Upgraded) -> None:
    practice = upgraded.histories[0].practice_id
    refusals = "SELECT data FROM events WHERE practice_id = %s AND type = 'ChangeRefused' LIMIT 1"
    before = upgraded.execute(refusals, practice)
    broken = "UPDATE events SET data = %s WHERE practice_id = %s AND data = %s"
    upgraded.execute(broken, '{"code": 1}', practice, before[0][0])
    upgraded.project()
    standing = upgraded.standing()
    assert (standing[NEW]["parked"], standing[NEW]["events_behind"], upgraded.read()) == (1, 0, OLD)
    refused = clinic("switch", NEW)
    assert refused.exit_code == 3
    assert f"has 1 parked events in practice {practice}" in " ".join(refused.stderr.split())
    check = clinic("rebuild", "--check", NEW)
    assert check.exit_code == 3
    assert "is parked from position" in check.stdout
    assert "cannot be built from the events" in check.stdout
    assert clinic("rebuild", NEW, "--yes").exit_code == 1, "the event is still broken"
    upgraded.execute(broken, before[0][0], practice, '{"code": 1}')
    assert clinic("rebuild", NEW, "--yes").exit_code == 0
    upgraded.project()
    assert (upgraded.read(), clinic("rebuild", "--check").exit_code) == (NEW, 3), "another view parked it too"
    assert clinic("rebuild", "--yes").exit_code == 0
    assert clinic("rebuild", "--check").exit_code == 0


def test_back_is_an_operators_word_and_stays(upgraded: Upgraded) -> None:
    upgraded.project()
    assert clinic("switch", OLD).exit_code == 3, "only with --back"
    assert clinic("switch", OLD, "--back").exit_code == 0
    upgraded.project()
    assert {name: one["state"] for name, one in upgraded.standing().items()} == {OLD: "in use", NEW: "held"}
    assert clinic("switch", NEW).exit_code == 0
    assert {name: one["state"] for name, one in upgraded.standing().items()} == {OLD: "retired", NEW: "in use"}


def test_an_old_version_is_emptied_and_built_no_more(upgraded: Upgraded) -> None:
    assert clinic("drop", OLD, "--yes").exit_code == 3, "it is in use"
    assert clinic("drop", NEW, "--yes").exit_code == 3, "it is to be used"
    upgraded.project()
    practice, appointment = upgraded.refused()
    dropped = clinic("drop", OLD, "--yes")
    assert dropped.exit_code == 0, dropped.output
    upgraded.project()
    for table in ("appointment_history_v2", f"consumer_checkpoints WHERE consumer = '{OLD}'"):
        assert upgraded.execute(f"SELECT count(*) FROM {table}") == [(0,)]
    assert upgraded.standing()[OLD]["state"] == "dropped"
    refused = clinic("switch", OLD, "--back")
    assert (refused.exit_code, "was dropped" in refused.stderr) == (3, True)
    assert clinic("rebuild", OLD, "--yes").exit_code == 2
    assert clinic("drop", OLD, "--yes").exit_code == 0, "said twice it stays quiet"
    database = Database(upgraded.rows.url("api"), name="test-api")
    assert PostgresViews(database).history(practice, appointment, 0)
    database.close()


def test_a_reader_that_began_before_the_drop_ends_well(upgraded: Upgraded) -> None:
    """The version and its rows are of one moment."""
    practice, _ = upgraded.refused()
    database = Database(upgraded.rows.url("api"), name="test-api")
    with reading(database, practice, APPOINTMENT_HISTORY) as (connection, table):
        upgraded.project()
        assert clinic("drop", OLD, "--yes").exit_code == 0
        count = connection.execute(f"SELECT count(*) AS rows FROM {table}").fetchone()
    assert table == APPOINTMENT_HISTORY_2.table
    assert count is not None
    assert count["rows"] > 0
    database.close()


def test_a_fresh_ledger_reads_the_newest_at_once(ledger_rows: Any, practice: Any, at: Callable[..., Any]) -> None:
    booked = practice.book(at(9))
    practice.project()
    told = {f"{one['view']}@{one['version']}": one for one in json.loads(clinic("list", "--json").stdout)}
    assert {name for name, one in told.items() if one["state"] == "in use"} == {
        view.consumer for view in EVERY_VERSION if view not in EARLIER
    }
    assert told[OLD]["state"] == "dropped"
    history = practice.get(f"/v1/appointments/{booked['id']}/history", practice.as_staff()).get_json()
    assert [entry["title"] for entry in history["entries"]] == ["Booked"]
    listed = clinic("list")
    assert (listed.exit_code, "1 of 1 practices" in listed.stdout) == (0, True)


def test_another_practice_sees_none_of_the_history(new_practice: Callable[[], Any], at: Callable[..., Any]) -> None:
    one, charlies = new_practice(), new_practice()
    booked = one.book(at(9))
    one.project()
    answer = charlies.get(f"/v1/appointments/{booked['id']}/history", charlies.as_staff())
    assert answer.status_code == 404 or answer.get_json()["entries"] == []


def test_what_is_no_version_is_said(ledger_rows: Any) -> None:
    for arguments in (["switch", "client_list"], ["drop", "moon@1", "--yes"], ["rebuild", "client_list@9", "--yes"]):
        told = clinic(*arguments)
        assert (told.exit_code, "there are" in told.stderr) == (2, True), told.output


@pytest.mark.parametrize("view", [*EVERY_VERSION, OCCUPANCY], ids=lambda view: view.consumer)
def test_every_version_has_where_to_be_built(ledger_rows: Any, view: Any) -> None:
    """The same columns beside the live rows, fenced like them."""
    schemas = ("rebuild", "staging") if view is OCCUPANCY else ("public", "rebuild", "staging")
    with psycopg.connect(ledger_rows.url("owner")) as connection:
        found = [
            connection.execute(
                "SELECT c.relrowsecurity AND c.relforcerowsecurity, array_agg(a.attname || ' ' || a.atttypid::regtype"
                " ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                " WHERE c.oid = %s::regclass GROUP BY 1",
                (f"{schema}.{view.table}",),
            ).fetchone()
            for schema in schemas
        ]
    assert all(one is not None and one[0] for one in found)
    assert len({str(one) for one in found}) == 1
