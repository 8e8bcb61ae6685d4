"""The sealer never signs over a contradiction: it stops, heals, or is told to break with the past (F51, ADR 0031)."""

from typing import LiteralString

import pytest
from sealing_bench import Bench, Killed, KilledAfterOne, cut, restored, stopped


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
