"""Every column, every reordering, every row of the seals: found by `clinic ledger verify`, rightly named (F51).

Each on a random ledger of its own that stays as it was left, and is sealed on beside the others.
"""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ledger_shell import run
from proving import evidence, rounds
from sealing_bench import SERVICE, Bench, restored
from tampering import EDITS, SEAL_TAMPERINGS, TAMPERINGS, Sealed, live

from clinic.infra.proof.leaf import COLUMNS


@pytest.fixture(autouse=True)
def where_heads_are(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sealer's directory lies where operators' commands look for it."""
    bench.directory = tmp_path / "all" / SERVICE
    monkeypatch.setenv("SEALED_HEADS_DIRECTORY", str(tmp_path / "all"))


def verified(of: Sealed, *more: Any) -> tuple[int, dict[str, Any]]:
    """The exit code and what was found of one practice."""
    done = run("verify", "--practice", of.practice_id, "--json", *more)
    assert done.exit_code in (0, 3), (done.output, done.exception)
    (told,) = json.loads(done.stdout)
    assert bool(told["faults"]) == (done.exit_code == 3)
    return done.exit_code, told


def test_every_column_of_an_event_is_tampered_with() -> None:
    assert {*EDITS, "event_id", "practice_id", "position"} == COLUMNS


@pytest.mark.prove
def test_every_tampering_under_a_head_is_found_and_named(bench: Bench) -> None:
    chance, names, seen = random.Random(51), [*TAMPERINGS], Counter[str]()
    for number in range(rounds(gate=24, full=200)):
        of, name = live(bench, chance, 20), names[number % len(names)]
        code, whole = verified(of)
        assert (code, whole["sealed"], whole["not_yet_sealed"]) == (0, of.size, of.events - of.size), whole
        kinds, position = TAMPERINGS[name](of)
        for more in ((), ("--against", bench.directory)):
            code, found = verified(of, *more)
            (first, *_) = found["faults"]
            assert (code, first["position"]) == (3, position), (number, name, more, found)
            assert first["kind"] in kinds, (number, name, found)
        seen[name] += 1
    evidence(
        "tampering-of-every-kind",
        "Tampering with sealed events as the owner of the tables",
        [
            f"{seen.total()} random sealed ledgers (1 to 80 events, 1 to 4 heads), each whole before, then:",
            "",
            *(f"- {name}: {count} of {count} found, the first bad position right" for name, count in seen.items()),
            "",
            "Each twice: against the database's own heads, and against the files of heads.",
        ],
    )


@pytest.mark.prove
def test_every_tampering_with_the_seals_is_found(bench: Bench) -> None:
    chance, names = random.Random(52), [*SEAL_TAMPERINGS]
    for number in range(rounds(gate=2 * len(names), full=10 * len(names))):
        of, name = live(bench, chance, 20), names[number % len(names)]
        kinds, position = SEAL_TAMPERINGS[name](of)
        code, found = verified(of)
        assert code == 3, (number, name, found)
        assert {fault["kind"] for fault in found["faults"]} & kinds, (number, name, found)
        if position:
            assert found["faults"][0]["position"] == position, (number, name, found)


def test_past_the_head_nothing_is_proven_and_no_false_alarm_raised(bench: Bench) -> None:
    of = live(bench, random.Random(1), 5)
    bench.seal()
    size = bench.head(of.practice_id)[1]  # type: ignore[index]
    bench.append(of.practice_id, 3)
    code, found = verified(of)
    assert (code, found["sealed"], found["not_yet_sealed"], found["faults"]) == (0, size, 3, [])
    of.do(EDITS["data"], of.practice_id, size + 2)
    assert verified(of)[0] == 0
    shown = run("verify", "--practice", of.practice_id).stdout
    assert "not yet sealed" in shown
    of.do("DELETE FROM events WHERE practice_id = %s AND position = %s", of.practice_id, size + 2)
    code, found = verified(of)
    assert (code, found["faults"][0]["position"]) == (3, size + 2)
    assert "not yet sealed" in found["faults"][0]["what"]


def test_two_events_at_one_position(bench: Bench) -> None:
    of = live(bench, random.Random(2), 9)
    of.do("ALTER TABLE events DROP CONSTRAINT events_pkey")
    of.do("INSERT INTO events SELECT practice_id, position, gen_random_uuid(), previous_event_id, stream_id || 'x',"
          " stream_version, type, schema_version, occurred_at, recorded_at, actor_kind, actor_id, command_id,"
          " correlation_id, causation_id, traceparent, data FROM events WHERE practice_id = %s AND position = 1",
          of.practice_id)  # fmt: skip
    code, found = verified(of)
    assert (code, found["faults"][0]["kind"], found["faults"][0]["position"]) == (3, "inserted", 1)


def test_a_value_that_cannot_be_read_is_a_fault(bench: Bench) -> None:
    of = live(bench, random.Random(3), 5)
    of.do("UPDATE sealed_heads SET sealed_at = 'infinity' WHERE practice_id = %s", of.practice_id)
    code, found = verified(of)
    assert (code, found["faults"][0]["kind"]) == (3, "unreadable")


@pytest.mark.prove
def test_who_rewrites_events_tree_and_heads_with_the_key_is_found_by_shipped_heads(
    bench: Bench, tmp_path: Path
) -> None:
    chance, shipped = random.Random(53), bench.directory
    for number in range(rounds(gate=3, full=20)):
        of = live(bench, chance, 12)
        at = chance.randint(1, of.size)
        of.do(EDITS["data"], of.practice_id, at)
        of.do("DELETE FROM sealed_events WHERE practice_id = %s", of.practice_id)
        of.do("DELETE FROM sealed_heads WHERE practice_id = %s", of.practice_id)
        forging = Bench(bench.rows, tmp_path / f"forged-{number}", key=bench.key)
        assert forging.seal() >= of.events
        forging.close()
        assert verified(of)[0] == 0, "the database alone cannot tell"
        code, found = verified(of, "--against", shipped)
        first = found["faults"][0]
        assert (code, first["kind"]) == (3, "other_history"), found
        assert first["position"] == max((size for size in of.sizes if size < at), default=0) + 1
        assert first["until"] == min(size for size in of.sizes if size >= at)


def test_who_rewrites_it_without_the_key_is_found(bench: Bench, tmp_path: Path) -> None:
    of = live(bench, random.Random(4), 9)
    of.do(EDITS["data"], of.practice_id, 1)
    of.do("DELETE FROM sealed_events")
    of.do("DELETE FROM sealed_heads")
    forging = Bench(bench.rows, tmp_path / "forged")
    forging.seal()
    forging.close()
    code, found = verified(of)
    assert (code, found["faults"][0]["kind"]) == (3, "head_changed")
    assert "foreign key" in found["faults"][0]["what"]


def test_an_older_dump_is_told_by_shipped_heads(bench: Bench) -> None:
    of = live(bench, random.Random(5), 5)
    bench.seal()
    bench.append(of.practice_id, 4)
    bench.seal()
    restored(bench, of.practice_id, of.size)
    assert verified(of)[0] == 0, "an older ledger is whole"
    code, found = verified(of, "--against", bench.directory)
    first = found["faults"][0]
    assert (code, first["kind"], first["position"]) == (3, "truncated", of.size + 1)
    assert "an older one was restored" in first["what"]
