"""The sealer seals what grows, and takes up what a crash left, with no more rights than that (F51, ADR 0031)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sealing_bench import Bench, Killed, new_key

from clinic.infra.proof.heads_files import BadFile

SEALED = ("sealed_events", "sealed_heads", "sealed_breaks")


def test_what_grows_is_sealed_and_what_does_not_is_left(bench: Bench) -> None:
    one, two, empty = bench.practice(3), bench.practice(1), bench.practice()
    with bench.sealer() as sealer:
        assert sealer.seal() == 4
        assert sealer.seal() == 0
        bench.append(two, 2)
        assert sealer.seal() == 2
    assert (bench.head(one), bench.head(two), bench.head(empty)) == ((1, 3), (1, 3), None)
    assert [said["size"] for said in bench.said_heads(two)] == [1, 3]
    for practice_id in (one, two):
        found = bench.verify(practice_id)
        assert (found.faults, found.sealed, found.not_yet_sealed) == ([], 3, 0)


def test_all_is_sealed_under_concurrent_writers_with_restarts_in_between(bench: Bench) -> None:
    practices, each = [bench.practice() for _ in range(3)], 20
    done = threading.Event()
    with ThreadPoolExecutor(4) as threads:
        writers = [threads.submit(bench.append, practice_id, each) for practice_id in practices for _ in range(2)]
        sealing = threads.submit(seal_until, bench, done)
        for writer in writers:
            writer.result()
        done.set()
        sealing.result()
    bench.seal()
    for practice_id in practices:
        found = bench.verify(practice_id)
        assert (found.faults, found.sealed) == ([], 2 * each)


def seal_until(bench: Bench, done: threading.Event) -> None:
    """New sealers, each for three rounds."""
    while not done.is_set():
        with bench.sealer(limit=7) as sealer:
            for _ in range(3):
                sealer.seal()


def test_a_crash_between_files_and_commit_leaves_a_head_that_is_kept_later(bench: Bench) -> None:
    practice_id = bench.practice(3)
    with bench.sealer(Killed) as sealer, pytest.raises(KeyboardInterrupt):
        sealer.seal()
    assert bench.head(practice_id) is None
    first = bench.said_heads(practice_id)
    assert [said["size"] for said in first] == [3]
    bench.append(practice_id, 2)
    bench.seal()
    assert bench.head(practice_id) == (1, 5)
    assert bench.said_heads(practice_id)[0] == first[0]
    assert bench.verify(practice_id).faults == []


def test_another_key_goes_on_and_the_old_one_still_verifies(bench: Bench) -> None:
    practice_id = bench.practice(2)
    bench.seal()
    bench.append(practice_id)
    bench.seal(key=new_key())
    assert len({said["key_id"] for said in bench.said_heads(practice_id)}) == 2
    assert bench.verify(practice_id).faults == []
    assert bench.head(practice_id) == (1, 3)


def test_a_second_sealer_of_the_same_files_is_refused(bench: Bench) -> None:
    with bench.sealer(), pytest.raises(BadFile, match="another sealer"), bench.sealer():
        pass


def test_a_second_sealer_with_files_of_its_own_waits(bench: Bench) -> None:
    practice_id = bench.practice(2)
    with bench.role.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('clinic sealer', 0))")
        other = Bench(bench.rows, bench.directory / "other")
        assert other.seal() == 0
        other.close()
    assert bench.head(practice_id) is None
    assert bench.seal() == 2


@pytest.mark.parametrize("role", ["api", "worker", "ops", "sealer", "relay", "projector"])
def test_nobody_but_the_owner_changes_what_was_sealed(bench: Bench, role: str) -> None:
    with psycopg.connect(bench.rows.url(role), autocommit=True) as connection:
        for table in (*SEALED, "events"):
            for verb in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"):
                row = connection.execute("SELECT has_table_privilege(%s, %s)", (table, verb)).fetchone()
                assert row == (False,), (role, verb, table)
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET practice_id = practice_id"):
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(statement)
        for table in SEALED:
            row = connection.execute("SELECT has_table_privilege(%s, 'INSERT')", (table,)).fetchone()
            assert row == (role == "sealer",), (role, table)
        events = connection.execute("SELECT has_table_privilege('events', 'INSERT')").fetchone()
        assert events == (role in {"api", "ops"},)


def test_the_sealer_has_no_rights_beyond_its_work(bench: Bench) -> None:
    found = bench.asked(
        "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS rights"
        " FROM information_schema.role_table_grants WHERE grantee = 'appointments_sealer' GROUP BY 1 ORDER BY 1"
    )
    assert {row["table_name"]: row["rights"] for row in found} == {
        "events": "SELECT",
        "heads": "SELECT",
        "reseal_requests": "SELECT",
        "seal_stops": "DELETE INSERT SELECT UPDATE",
        **dict.fromkeys(SEALED, "INSERT SELECT"),
    }
