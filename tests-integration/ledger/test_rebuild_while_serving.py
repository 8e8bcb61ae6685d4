"""Views are rebuilt while the product serves: nobody reads half of it, and a killed rebuild goes on where it was."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_histories import History, write_history
from proving import PROVING, evidence, rounds
from typer.testing import CliRunner
from world import eventually

from clinic.appointments.adapters.projections import projection_of, write
from clinic.appointments.adapters.rebuild import check
from clinic.appointments.adapters.view_versions import ViewVersions
from clinic.appointments.adapters.views import PostgresViews
from clinic.appointments.application.projections.all_views import EVERY_VERSION, VIEWS
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.appointments.entrypoints.cli_projections import projections
from clinic.contracts.catalog import CATALOG
from clinic.infra.database import Database
from clinic.infra.projector import play_round, projection_consumer
from clinic.infra.replay import replay
from clinic.kernel.ids import new_id

At = Callable[..., datetime]
EVENTS = rounds(gate=9_000, full=1_000_000)
PRACTICES = rounds(gate=4, full=50)
STEP = rounds(gate=200, full=25_000)
CHANGES_PER_SECOND = 20
CLI = [sys.executable, "-c", "from clinic.appointments.entrypoints.cli_projections import projections; projections()"]


@dataclass
class Served:
    """What people did while the views were rebuilt."""

    changes: int = 0
    reads: int = 0
    new: int = 0
    wrong: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def percentile(self, part: float) -> float:
        """Of the reads' times."""
        return sorted(self.milliseconds)[int(part * (len(self.milliseconds) - 1))]


@dataclass
class Serving:
    """A projector, a client who reads and staff who change, each in a thread of its own."""

    practice: Any
    history: History
    at: At
    over: threading.Event = field(default_factory=threading.Event)
    seen: Served = field(default_factory=Served)

    def project(self) -> None:
        """The projector, every 50 ms."""
        database = Database(self.practice.rows.url("projector"), name="test-projector")
        versions = ViewVersions(database, EVERY_VERSION)
        consumers = [projection_consumer(database, "appointments", projection_of(view)) for view in EVERY_VERSION]
        while not self.over.wait(0.05):
            play_round(consumers, versions=versions)
        database.close()

    def read(self, client: UUID, right: list[Any], wrong: list[Any]) -> None:
        """A client's list is all wrong, as it was planted, then all right for good: never empty, never mixed."""
        database = Database(self.practice.rows.url("api"), name="test-reader")
        views = PostgresViews(database)
        while not self.over.is_set():
            began = time.monotonic()
            page = listed(views, self.practice.practice_id, client)
            self.seen.milliseconds.append((time.monotonic() - began) * 1000)
            self.seen.reads += 1
            if page == right:
                self.seen.new += 1
            elif page != wrong or self.seen.new:
                self.seen.wrong.append(f"read {self.seen.reads}: {len(page)} appointments")
            self.over.wait(0.005)
        database.close()

    def change(self) -> None:
        """Books, moves and cancels through the ledger's own append, 20 times a second."""
        began = time.monotonic()
        while not self.over.is_set():
            self.one_change(self.seen.changes)
            self.seen.changes += 1
            self.over.wait(max(0.0, began + self.seen.changes / CHANGES_PER_SECOND - time.monotonic()))

    def one_change(self, number: int) -> None:
        """In the large practice."""
        booked = self.practice.book(self.at(8) + timedelta(minutes=41 * number), clinician=self.practice.bo)
        if number % 3 == 0:
            staff, path = self.practice.as_staff(), f"/v1/appointments/{booked['id']}/cancel"
            assert self.practice.post(path, staff, revision=1).status_code == 200


def listed(views: PostgresViews, practice_id: UUID, client: UUID) -> list[Any]:
    """All of a client's previous appointments."""
    return list(views.client_list(practice_id, client, "previous", 1, 10_000, 0).appointments)


@pytest.fixture
def serving(practice: Any, at: At) -> Iterator[Serving]:
    """Practices with long histories, one of them large; their views are up to date."""
    url = practice.rows.url("superuser")
    large = EVENTS // 5
    others = (EVENTS - large) // (PRACTICES - 1)
    history = write_history(url, practice.practice_id, large, 1)
    for seed in range(2, PRACTICES + 1):
        write_history(url, new_id(), others, seed)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    practice.project()
    served = Serving(practice, history, at)
    yield served
    served.over.set()


def operator(practice: Any) -> dict[str, str]:
    """The environment of an operator's command."""
    return os.environ | {"APPOINTMENTS_OPS_DATABASE_URL": practice.rows.url("ops"), "COLUMNS": "200"}


def begin_and_kill(practice: Any, arguments: list[str]) -> int:
    """Starts a rebuild and kills it when something is built and something is not; how many events it had behind it."""
    process = subprocess.Popen([*CLI, *arguments], env=operator(practice), stderr=subprocess.PIPE, text=True)
    try:
        with psycopg.connect(practice.rows.url("superuser"), autocommit=True) as connection:

            def built() -> int:
                row = connection.execute(
                    "SELECT coalesce(sum(least), 0) FROM (SELECT min(position) AS least FROM staging.progress"
                    " GROUP BY practice_id) AS practices"
                ).fetchone()
                return int(row[0]) if row else 0

            eventually(lambda: built() > EVENTS // 10, 240)
            process.send_signal(signal.SIGKILL)
            process.wait()
            return built()
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


@pytest.mark.prove
@pytest.mark.timeout(3600 if PROVING else 300)
def test_a_killed_rebuild_under_changes_goes_on_and_is_exact(serving: Serving) -> None:
    practice, seen = serving.practice, serving.seen
    views = PostgresViews(practice.database)
    ((client, _),) = Counter(one.client_id for one in serving.history.states.values()).most_common(1)
    right = listed(views, practice.practice_id, client)
    spoil(practice, client)
    wrong = listed(views, practice.practice_id, client)
    assert len(right) == len(wrong) > 1
    assert not [one for one in wrong if one in right]
    arguments = ["rebuild", "--yes", "--step", str(STEP)]
    with ThreadPoolExecutor(3) as pool:
        threads = [pool.submit(serving.project), pool.submit(serving.read, client, right, wrong)]
        threads.append(pool.submit(serving.change))
        try:
            killed_at = begin_and_kill(practice, arguments)
            began = time.monotonic()
            again = subprocess.run(
                [*CLI, *arguments, "--json"], env=operator(practice), capture_output=True, text=True, check=False
            )
            took = time.monotonic() - began
            eventually(lambda: seen.new > 0, 30)
        finally:
            serving.over.set()
        for thread in threads:
            thread.result()
    assert again.returncode == 0, again.stderr
    goes_on = re.search(r"interrupted, after ([\d,]+) of ([\d,]+) events", " ".join(again.stderr.split()))
    assert goes_on, again.stderr
    before, total = (int(number.replace(",", "")) for number in goes_on.groups())
    assert before >= killed_at > 0
    assert seen.wrong == []
    assert seen.changes > 5
    practice.project()
    began = time.monotonic()
    checked = subprocess.run(
        [*CLI, "rebuild", "--check", "--json"], env=operator(practice), capture_output=True, text=True, check=False
    )
    check_took = time.monotonic() - began
    assert checked.returncode == 0, checked.stdout[-3000:] + checked.stderr
    assert left_in_staging(practice) == 0
    rows = sum(one["rows"] for one in json.loads(checked.stdout))
    assert rows > EVENTS
    rate, check_rate = (total - before) / took, total / check_took
    times = (f"{name} {seen.percentile(part):.1f} ms" for name, part in (("p50", 0.5), ("p99", 0.99), ("longest", 1)))
    evidence(
        "rebuild",
        "All views rebuilt while the product serves",
        [
            f"- {total:,} events of {PRACTICES} practices, one of them with {EVENTS // 5:,}; views:"
            f" {', '.join(view.consumer for view in (*VIEWS, OCCUPANCY))}",
            f"- killed with `kill -9` after {killed_at:,} events; the same command went on after {before:,}, and built"
            f" the other {total - before:,} in {took:.1f} s: {rate:,.0f} events/s, all views together",
            f"- meanwhile {seen.changes:,} appointments booked, a third of them cancelled, through the ledger's append",
            f"- meanwhile {seen.reads:,} reads of a client's {len(right)} appointments, all of whose rows were wrong"
            f" before: 0 errors, 0 empty, 0 mixed; {', '.join(times)}",
            f"- afterwards `--check`: {rows:,} rows equal byte for byte, nothing parked, in {check_took:.1f} s:"
            f" {check_rate:,.0f} events/s",
        ],
    )


def spoil(practice: Any, client: UUID) -> None:
    """Plants a fault in every row of a client's list."""
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        connection.execute("UPDATE client_list_v2 SET revision = revision + 1000 WHERE client_id = %s", (client,))


def left_in_staging(practice: Any) -> int:
    """Rows that a rebuild left behind."""
    tables = ("progress", *(view.table for view in (*EVERY_VERSION, OCCUPANCY)))
    counts = " + ".join(f"(SELECT count(*) FROM staging.{table})" for table in tables)
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        row = connection.execute(f"SELECT {counts}").fetchone()  # type: ignore[arg-type]
    return int(row[0]) if row else 0


def test_two_rebuilds_at_once_are_refused(practice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(practice.rows.url("ops"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('clinic projections rebuild', 0))")
        monkeypatch.setattr("clinic.appointments.adapters.replacing.LOCK_WAIT", "50ms")
        told = CliRunner().invoke(projections, ["rebuild", "--yes"])
    assert (told.exit_code, "Another rebuild" in told.stderr) == (1, True), told.stderr


def test_a_type_of_a_later_release_is_named_and_nothing_is_replaced(practice: Any, at: At) -> None:
    practice.book(at(9))
    practice.project()
    write_history(practice.rows.url("superuser"), practice.practice_id, 40, 3)
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        connection.execute("UPDATE events SET type = 'AppointmentSung' WHERE position = 20")
    practice.project()
    told = subprocess.run(
        [*CLI, "rebuild", "--yes"], env=operator(practice), capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert "position 20: unknown event type 'AppointmentSung'" in told.stdout
    assert left_in_staging(practice) == 0
    checked = subprocess.run(
        [*CLI, "rebuild", "--check"], env=operator(practice), capture_output=True, text=True, check=False
    )
    assert checked.returncode == 3
    assert "is parked from position 20 on" in checked.stdout


def test_a_view_of_a_restored_ledger_follows_again_after_a_rebuild(practice: Any) -> None:
    write_history(practice.rows.url("superuser"), practice.practice_id, 300, 5)
    practice.project()
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        connection.execute("DELETE FROM events WHERE position > 200")
        connection.execute(
            "UPDATE heads SET position = 200, (last_event_id, previous_event_id) = (SELECT event_id, previous_event_id"
            " FROM events WHERE position = 200)"
        )
        connection.execute("DELETE FROM occupancy")
    practice.project()
    rebuilt = subprocess.run(
        [*CLI, "rebuild", "--yes"], env=operator(practice), capture_output=True, text=True, check=False
    )
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    write_history(practice.rows.url("superuser"), practice.practice_id, 50, 6)
    practice.project()
    database = Database(practice.rows.url("ops"), limits=False)
    outcomes = check(database, practice.practice_id, [*VIEWS, OCCUPANCY])
    database.close()
    assert [(one.position, one.sound) for one in outcomes] == [(250, True)] * (len(VIEWS) + 1), outcomes


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(1, 400))
def test_rows_are_the_same_in_bulk_and_one_by_one(practice: Any, seed: int, count: int) -> None:
    """In PostgreSQL: the projector's batches, the rebuild, and one statement per change."""
    practice_id = new_id()
    write_history(practice.rows.url("superuser"), practice_id, count, seed)
    practice.project()
    database = Database(practice.rows.url("ops"), limits=False)
    assert all(one.sound for one in check(database, practice_id, [*VIEWS, OCCUPANCY]))
    for view in VIEWS:
        with database.connection() as connection, connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))
            batched = connection.execute(f"SELECT t::text FROM {view.table} AS t ORDER BY 1").fetchall()
            connection.execute(f"DELETE FROM {view.table}")
            for page in replay(connection, practice_id, 0, count, [*CATALOG]):
                for event in page.events:
                    for change in view.handles[event.type](event) if event.type in view.handles else ():
                        write(connection, view.table, change)
            assert connection.execute(f"SELECT t::text FROM {view.table} AS t ORDER BY 1").fetchall() == batched
    database.close()
