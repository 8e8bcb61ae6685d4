"""The sealer seals what grows, takes up what a crash left, and never signs over a contradiction (F51, ADR 0031)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sealing_bench import Bench, new_key

from clinic.infra.proof.heads_files import BadFile
from clinic.infra.proof.sealer import Sealer

SEALED = ("sealed_events", "sealed_heads", "sealed_breaks")
CUT: tuple[LiteralString, LiteralString] = (
    "DELETE FROM events WHERE practice_id = %s AND position > %s",
    "UPDATE heads SET position = %s, last_event_id = (SELECT event_id FROM events WHERE practice_id = %s"
    " AND position = %s) WHERE practice_id = %s",
)


class Killed(Sealer):
    """Ends between the files and the commit."""

    def before_commit(self) -> None:
        raise KeyboardInterrupt


class KilledAfterOne(Sealer):
    """Ends so in its second round."""

    rounds = 0

    def before_commit(self) -> None:
        self.rounds += 1
        if self.rounds > 1:
            raise KeyboardInterrupt


def cut(bench: Bench, practice_id: UUID, until: int) -> None:
    """The owner takes the last events away, and the head goes back with them."""
    bench.tamper(CUT[0], practice_id, until)
    bench.tamper(CUT[1], until, practice_id, until, practice_id)


def stopped(bench: Bench, practice_id: UUID) -> str:
    """Why a practice is stopped; that is said."""
    stop = bench.stop(practice_id)
    assert stop is not None
    return stop.reason


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


def test_what_was_signed_before_a_crash_is_not_signed_differently(bench: Bench) -> None:
    practice_id = bench.practice(3)
    with bench.sealer(Killed) as sealer, pytest.raises(KeyboardInterrupt):
        sealer.seal()
    bench.tamper("UPDATE events SET data = '{}' WHERE practice_id = %s AND position = 2", practice_id)
    bench.append(practice_id)
    bench.seal()
    assert "not those that were signed" in stopped(bench, practice_id)
    assert bench.head(practice_id) is None
    assert len(bench.said_heads(practice_id)) == 1


CONTRADICTIONS: dict[str, tuple[LiteralString, str]] = {
    "the last event was changed": (
        "UPDATE events SET data = '{}' WHERE practice_id = %s AND position = 5",
        "position 5 is not the one",
    ),
    "the next event is missing": (
        "DELETE FROM events WHERE practice_id = %s AND position = 6",
        "position 6 is missing",
    ),
    "the next event does not name its predecessor": (
        "UPDATE events SET previous_event_id = event_id WHERE practice_id = %s AND position = 6",
        "position 6 does not name",
    ),
    "a head's root was changed": (
        "UPDATE sealed_heads SET root = decode(repeat('ab', 32), 'hex') WHERE practice_id = %s",
        "signature is not one of key",
    ),
    "the kept leaf was changed": (
        "UPDATE sealed_events SET nodes = decode(repeat('ab', 32), 'hex') WHERE practice_id = %s AND position = 5",
        "do not give the signed root",
    ),
    "a kept peak was deleted": (
        "DELETE FROM sealed_events WHERE practice_id = %s AND position = 4",
        "do not give the signed root",
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_contradiction_stops_this_practice_and_no_other(bench: Bench, what: str) -> None:
    statement, reason = CONTRADICTIONS[what]
    practice_id, other = bench.practice(5), bench.practice(5)
    bench.seal()
    bench.append(practice_id, 2)
    bench.append(other, 2)
    before = bench.said_heads(practice_id)
    assert bench.tamper(statement, practice_id) == 1
    with bench.sealer() as sealer:
        for _ in range(3):
            sealer.seal()
    assert reason in stopped(bench, practice_id)
    assert (bench.head(practice_id), bench.head(other)) == ((1, 5), (1, 7))
    assert bench.stop(other) is None
    assert bench.said_heads(practice_id) == before
    assert {fault.kind for fault in bench.verify(practice_id).faults} >= {"stopped"}


def test_a_stop_lasts_when_the_others_have_so_much_that_it_waits(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    stays, other = bench.practice(5), bench.practice(1)
    caplog.set_level("INFO", logger="clinic.infra.proof.sealer")
    with bench.sealer(limit=1) as sealer:
        while sealer.seal():
            pass
        cut(bench, stays, 3)
        sealer.seal()
        assert bench.stop(stays)
        bench.append(other)
        sealer.seal()
        assert bench.head(other) == (1, 2)
        assert "seals again" not in caplog.text
        sealer.seal()
    assert bench.stop(stays)


def test_a_cut_ledger_stops_while_the_sealer_runs(bench: Bench) -> None:
    practice_id = bench.practice(5)
    with bench.sealer() as sealer:
        sealer.seal()
        cut(bench, practice_id, 3)
        sealer.seal()
        assert "has 3 events, 5 were signed" in stopped(bench, practice_id)
        bench.append(practice_id, 2, said="something else")
        sealer.seal()
    assert "is not the one that was sealed" in stopped(bench, practice_id)
    assert [said["size"] for said in bench.said_heads(practice_id)] == [5]


def restored(bench: Bench, practice_id: UUID, until: int) -> None:
    """An older database: neither the events nor the sealed rows after a place are there."""
    cut(bench, practice_id, until)
    bench.tamper("DELETE FROM sealed_events WHERE practice_id = %s AND position > %s", practice_id, until)
    bench.tamper("DELETE FROM sealed_heads WHERE practice_id = %s AND size > %s", practice_id, until)


def test_an_older_database_that_was_restored_stops_though_it_is_consistent(bench: Bench) -> None:
    practice_id = bench.practice(3)
    bench.seal()
    bench.append(practice_id, 2)
    bench.seal()
    restored(bench, practice_id, 3)
    bench.seal()
    assert "has 3 events, 5 were signed" in stopped(bench, practice_id)
    bench.append(practice_id, 4, said="a new life")
    bench.seal()
    assert "the first 5 events are not those that were signed" in stopped(bench, practice_id)
    assert [said["size"] for said in bench.said_heads(practice_id)] == [3, 5]


def test_the_right_ledger_heals(bench: Bench) -> None:
    practice_id = bench.practice(5)
    kept = bench.asked("SELECT data FROM events WHERE practice_id = %s AND position = 5", practice_id)[0]["data"]
    with bench.sealer() as sealer:
        sealer.seal()
        bench.tamper("UPDATE events SET data = '{}' WHERE practice_id = %s AND position = 5", practice_id)
        bench.append(practice_id)
        sealer.seal()
        assert bench.stop(practice_id)
        bench.tamper("UPDATE events SET data = %s WHERE practice_id = %s AND position = 5", kept, practice_id)
        sealer.seal()
        assert bench.stop(practice_id) is None
    assert bench.head(practice_id) == (1, 6)
    assert bench.verify(practice_id).faults == []


def test_an_operator_breaks_with_the_past_and_everybody_can_see_it(bench: Bench) -> None:
    practice_id = bench.practice(5)
    bench.seal()
    restored(bench, practice_id, 3)
    bench.append(practice_id, said="a new life")
    with bench.sealer() as sealer:
        sealer.seal()
        bench.reseal(practice_id, "the disk was lost")
        sealer.seal()
        bench.append(practice_id)
        sealer.seal()
    assert bench.stop(practice_id) is None
    assert bench.head(practice_id) == (2, 5)
    old = bench.said_heads(practice_id)[0]
    (broken,) = [said for said in bench.lines() if said["kind"] == "break"]
    assert (broken["epoch"], broken["reason"], broken["asked_by"]) == (2, "the disk was lost", "olga")
    assert broken["old"] == {"epoch": 1, "size": 5, "root": old["root"]}
    found = bench.verify(practice_id)
    assert found.faults == []
    assert any("the disk was lost" in note for note in found.notes)
    bench.seal()
    assert [(said["epoch"], said["size"]) for said in bench.said_heads(practice_id)] == [(1, 5), (2, 4), (2, 5)]


def test_a_crash_while_sealing_anew_breaks_once(bench: Bench) -> None:
    practice_id = bench.practice(5)
    bench.seal()
    cut(bench, practice_id, 4)
    bench.seal()
    bench.reseal(practice_id, "the disk was lost")
    with bench.sealer(KilledAfterOne) as sealer:
        sealer.seal()
        with pytest.raises(KeyboardInterrupt):
            sealer.seal()
    for _ in range(3):
        with bench.sealer() as sealer:
            sealer.seal()
            sealer.seal()
    assert bench.head(practice_id) == (2, 4)
    assert [said["epoch"] for said in bench.lines() if said["kind"] == "break"] == [2]
    assert bench.stop(practice_id) is None
    found = bench.verify(practice_id)
    assert found.faults == []
    assert any("the disk was lost" in note for note in found.notes)
    kept = bench.asked("SELECT old_epoch, old_size, asked_by FROM sealed_breaks WHERE practice_id = %s", practice_id)
    assert kept == [{"old_epoch": 1, "old_size": 5, "asked_by": "olga"}]


def test_a_request_is_for_one_head_and_used_once(bench: Bench) -> None:
    practice_id = bench.practice(5)
    bench.seal()
    cut(bench, practice_id, 4)
    with bench.sealer() as sealer:
        sealer.seal()
        bench.reseal(practice_id)
        sealer.seal()
        assert bench.head(practice_id) == (2, 4)
        cut(bench, practice_id, 2)
        sealer.seal()
        sealer.seal()
    assert "has 2 events, 4 were signed" in stopped(bench, practice_id)
    assert bench.head(practice_id) == (2, 4)


def test_never_two_roots_at_one_place(bench: Bench) -> None:
    """After every kind of trouble: one root for each epoch and size in the files."""
    practice_id = bench.practice(4)
    for round_ in range(4):
        with bench.sealer(Killed) as sealer, pytest.raises(KeyboardInterrupt):
            sealer.seal()
        cut(bench, practice_id, 2)
        bench.append(practice_id, 2, said=f"history {round_}")
        with bench.sealer() as sealer:
            sealer.seal()
            bench.reseal(practice_id)
            sealer.seal()
        bench.append(practice_id)
    roots = {(said["epoch"], said["size"]): said["root"] for said in bench.said_heads(practice_id)}
    said = [(said["epoch"], said["size"], said["root"]) for said in bench.said_heads(practice_id)]
    assert len(roots) == len(set(said))


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
