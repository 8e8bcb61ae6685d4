"""Whatever the table's owner does under a head is found and named at its first bad position (F51)."""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from proving import evidence, rounds
from psycopg.rows import dict_row
from sealing_bench import SERVICE, Bench

from clinic.infra.proof.heads import read_public_keys
from clinic.infra.proof.verifying import Verified, read_shipped, verify_practice
from clinic.kernel.ids import new_id

TAMPERINGS = rounds(gate=24, full=240)
SIZES = (1, 2, 3, 5, 17, 40)
EDITS = {
    "event_id": "gen_random_uuid()",
    "previous_event_id": "gen_random_uuid()",
    "stream_id": "stream_id || 'x'",
    "stream_version": "stream_version + 1000",
    "type": "type || 'x'",
    "schema_version": "schema_version + 1",
    "occurred_at": "occurred_at + interval '1 microsecond'",
    "recorded_at": "recorded_at - interval '1 microsecond'",
    "actor_kind": "'import'",
    "actor_id": "gen_random_uuid()",
    "command_id": "gen_random_uuid()",
    "correlation_id": "gen_random_uuid()",
    "causation_id": "gen_random_uuid()",
    "traceparent": "'00-1-1-00'",
    "data": "replace(data, 'said', 'sAid')",
}
MANY = """
    INSERT INTO events (practice_id, position, event_id, stream_id, stream_version, type, schema_version, occurred_at,
        recorded_at, actor_kind, command_id, correlation_id, data)
    SELECT %(practice)s, n, gen_random_uuid(), 'note-' || n, 1, 'Noted', 1, now(), now(), 'system', gen_random_uuid(),
        gen_random_uuid(), json_build_object('said', repeat('word ', 60), 'number', n)::text
    FROM generate_series(1, %(events)s) AS n
"""
CHAIN = """
    UPDATE events SET previous_event_id = before.event_id FROM events AS before
    WHERE events.practice_id = %(practice)s AND before.practice_id = %(practice)s
        AND before.position = events.position - 1
"""
HEAD = """
    UPDATE heads SET (position, last_event_id, last_recorded_at) = (SELECT position, event_id, recorded_at FROM events
        WHERE practice_id = %(practice)s ORDER BY position DESC LIMIT 1) WHERE practice_id = %(practice)s
"""
Tampering = Callable[[Any, UUID, int, random.Random], int]
"""Does harm to a ledger of so many events, and tells the first bad position."""


def edit(run: Any, practice_id: UUID, size: int, dice: random.Random) -> int:
    """One column of one event."""
    at, column = dice.randint(1, size), dice.choice(sorted(EDITS))
    run(f"UPDATE events SET {column} = {EDITS[column]} WHERE practice_id = %s AND position = %s", practice_id, at)
    return at


def delete(run: Any, practice_id: UUID, size: int, dice: random.Random) -> int:
    """One event, and nothing else."""
    at = dice.randint(1, size)
    run("DELETE FROM events WHERE practice_id = %s AND position = %s", practice_id, at)
    return at


def delete_and_close_up(run: Any, practice_id: UUID, size: int, dice: random.Random) -> int:
    """One event; the later ones move up and the chain is mended."""
    at = delete(run, practice_id, size, dice)
    run("UPDATE events SET position = -position + 1 WHERE practice_id = %s AND position > %s", practice_id, at)
    run("UPDATE events SET position = -position WHERE practice_id = %s AND position < 0", practice_id)
    _mend(run, practice_id)
    return at


def swap(run: Any, practice_id: UUID, size: int, dice: random.Random) -> int:
    """Two events change places, and the chain is mended."""
    if size < 2:
        return edit(run, practice_id, size, dice)
    one, two = sorted(dice.sample(range(1, size + 1), 2))
    for old, new in ((one, -1), (two, one), (-1, two)):
        run("UPDATE events SET position = %s WHERE practice_id = %s AND position = %s", new, practice_id, old)
    _mend(run, practice_id)
    return one


def truncate(run: Any, practice_id: UUID, size: int, dice: random.Random) -> int:
    """The last events go, and the head goes back."""
    left = dice.randint(0, size - 1)
    run("DELETE FROM events WHERE practice_id = %s AND position > %s", practice_id, left)
    run("UPDATE heads SET position = %s, last_event_id = (SELECT event_id FROM events WHERE practice_id = %s"
        " AND position = %s) WHERE practice_id = %s", left, practice_id, left, practice_id)  # fmt: skip
    return left + 1


def insert(run: Any, practice_id: UUID, size: int, dice: random.Random) -> int:
    """A forged event between two others; the later ones move down and the chain is mended."""
    at = dice.randint(1, size)
    run("UPDATE events SET position = -position - 1 WHERE practice_id = %s AND position >= %s", practice_id, at)
    run("UPDATE events SET position = -position WHERE practice_id = %s AND position < 0", practice_id)
    run("INSERT INTO events (practice_id, position, event_id, stream_id, stream_version, type, schema_version,"
        " occurred_at, recorded_at, actor_kind, command_id, correlation_id, data) SELECT %s, %s, %s, %s, 1, 'Noted', 1,"
        " now(), now(), 'system', gen_random_uuid(), gen_random_uuid(), '{\"said\":\"forged\"}'",
        practice_id, at, new_id(), f"note-{new_id()}")  # fmt: skip
    _mend(run, practice_id)
    run("UPDATE heads SET position = position + 1 WHERE practice_id = %s", practice_id)
    return at


def leaf(run: Any, practice_id: UUID, size: int, dice: random.Random) -> int:
    """An event, and the row of the tree that was made of it: the heads alone bound the place."""
    at = edit(run, practice_id, size, dice)
    run("UPDATE sealed_events SET nodes = sha256('x') || substr(nodes, 33) WHERE practice_id = %s AND position = %s",
        practice_id, at)  # fmt: skip
    return at


KINDS: dict[str, Tampering] = {
    one.__name__: one for one in (edit, delete, delete_and_close_up, swap, truncate, insert, leaf)
}


def _mend(run: Any, practice_id: UUID) -> None:
    run(
        "UPDATE events SET previous_event_id = before.event_id FROM"
        " (SELECT position, lag(event_id) OVER (ORDER BY position) AS event_id FROM events WHERE practice_id = %s)"
        " AS before WHERE events.practice_id = %s AND events.position = before.position",
        practice_id,
        practice_id,
    )


@pytest.mark.prove
def test_every_tampering_under_a_head_is_found_and_named(bench: Bench) -> None:
    """Each is taken back, so that the next one meets the whole ledger; not one is passed over or named elsewhere."""
    dice, seen = random.Random(51), Counter[str]()
    practices = {size: bench.practice(1) for size in SIZES}
    bench.seal()
    for size, practice_id in practices.items():
        bench.append(practice_id, (size - 1) // 2)
    bench.seal()
    for size, practice_id in practices.items():
        bench.append(practice_id, size - 1 - (size - 1) // 2)
    bench.seal()
    with owner(bench) as connection:
        for number in range(TAMPERINGS):
            size, kind = dice.choice(SIZES), list(KINDS)[number % len(KINDS)]
            practice_id = practices[size]
            with connection.transaction(force_rollback=True):
                expected = KINDS[kind](lambda sql, *values: connection.execute(sql, values), practice_id, size, dice)
                found = verified(bench, connection, practice_id)
            assert found.faults, f"number {number}: {kind} at {expected} of {size} was passed over"
            first = found.faults[0]
            assert first.position is not None, (kind, first)
            assert first.position <= expected <= (first.until or first.position), (number, kind, expected, first)
            if kind != "leaf":
                assert first.until is None, (kind, first)
            seen[kind] += 1
        for practice_id in practices.values():
            assert verified(bench, connection, practice_id).faults == [], "all was taken back"
    lines = [f"| {kind} | {count} | {count} |" for kind, count in sorted(seen.items())]
    table = ["| tampering, as the table's owner | done | found and named |", "|---|---|---|", *lines]
    evidence("tampering", "Tamperings under a head", [*table, "", f"{seen.total()} of {TAMPERINGS}."])


def test_what_stands_past_the_last_head_is_not_yet_sealed_and_never_proven(bench: Bench) -> None:
    practice_id = bench.practice(5)
    bench.seal()
    bench.append(practice_id, 3)
    with owner(bench) as connection:
        found = verified(bench, connection, practice_id)
        assert (found.faults, found.sealed, found.not_yet_sealed) == ([], 5, 3)
        with connection.transaction(force_rollback=True):
            connection.execute("UPDATE events SET data = '{}' WHERE practice_id = %s AND position = 7", (practice_id,))
            found = verified(bench, connection, practice_id)
            assert (found.faults, found.not_yet_sealed) == ([], 3), "of these nothing is said"


@pytest.mark.parametrize("table", ["sealed_events", "sealed_heads"])
def test_a_change_of_the_seals_own_rows_is_found(bench: Bench, table: str) -> None:
    practice_id = bench.practice(9)
    bench.seal()
    column = "nodes = sha256('x') || substr(nodes, 33)" if table == "sealed_events" else "root = sha256('x')"
    where = "AND position = 4" if table == "sealed_events" else ""
    with owner(bench) as connection, connection.transaction(force_rollback=True):
        connection.execute(f"UPDATE {table} SET {column} WHERE practice_id = %s {where}", (practice_id,))
        (first, *_) = verified(bench, connection, practice_id).faults
    wanted = ("tree_changed", 4) if table == "sealed_events" else ("head_changed", None)
    assert (first.kind, first.position) == wanted


def test_an_owner_who_rewrites_events_tree_and_heads_is_contradicted_by_heads_kept_elsewhere(
    bench: Bench, tmp_path: Path
) -> None:
    """He has even the signing key: only what was shipped away stands against him."""
    practice_id = bench.practice(6)
    bench.seal()
    kept = tmp_path / "kept"
    shutil.copytree(bench.directory, kept)
    bench.tamper('UPDATE events SET data = \'{"said":"lies"}\' WHERE practice_id = %s AND position = 3', practice_id)
    bench.tamper("DELETE FROM sealed_events WHERE practice_id = %s", practice_id)
    bench.tamper("DELETE FROM sealed_heads WHERE practice_id = %s", practice_id)
    shutil.rmtree(bench.directory)
    bench.seal()
    with owner(bench) as connection:
        assert verified(bench, connection, practice_id, shipped=False).faults == [], "alone the database looks whole"
        (first, *_) = verified(bench, connection, practice_id, kept=kept).faults
    assert (first.kind, first.position, first.until) == ("other_history", 1, 6)


@pytest.mark.prove
def test_a_long_ledger_is_verified(bench: Bench) -> None:
    """How fast is told, not asserted."""
    events = rounds(gate=2_000, full=1_000_000)
    practice_id = bench.practice(0)
    with owner(bench) as connection:
        connection.execute(MANY, {"practice": practice_id, "events": events})
        connection.execute(CHAIN, {"practice": practice_id})
        connection.execute(HEAD, {"practice": practice_id})
        connection.commit()
        connection.execute("ANALYZE events")
        connection.commit()
        began = time.monotonic()
        while bench.seal(limit=100_000):
            pass
        sealed = time.monotonic()
        found = verified(bench, connection, practice_id)
        done = time.monotonic()
    assert (found.faults, found.sealed) == ([], events)
    seen = f"{events:,} events: sealed in {sealed - began:.1f} s ({events / (sealed - began):,.0f}/s), "
    evidence(
        "verify",
        "Verifying a long ledger",
        [f"{seen}verified in {done - sealed:.1f} s ({events / (done - sealed):,.0f}/s)."],
    )


@contextmanager
def owner(bench: Bench) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """Somebody who may change everything."""
    with psycopg.connect(bench.rows.url("superuser"), row_factory=dict_row) as connection:
        yield connection


def verified(
    bench: Bench, connection: Any, practice_id: UUID, *, shipped: bool = True, kept: Path | None = None
) -> Verified:
    """What an auditor finds in this very transaction, with the heads that were shipped or without any."""
    keys = read_public_keys(str(bench.directory / "public-keys.json"))
    heads = read_shipped(kept or bench.directory, SERVICE, keys) if shipped else None
    return verify_practice(connection, SERVICE, practice_id, keys, heads)
