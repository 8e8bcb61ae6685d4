"""The bytes of a leaf: what SQL and Python say is the same, it covers every column, and `data` is the stored text."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row
from sealing_bench import Bench, rows_of

from clinic.infra.proof.leaf import COLUMNS, LEAF_HASH, LEAF_TEXT, hash_of_leaf, leaf_of_row
from clinic.kernel.canonical import canonical_json
from clinic.kernel.ids import new_id

NAMES = sorted(COLUMNS)
INSERT = f"INSERT INTO events ({', '.join(NAMES)}) VALUES ({', '.join(f'%({name})s' for name in NAMES)})"
SEEN = f"SELECT {LEAF_TEXT} AS text, {LEAF_HASH} AS hash FROM events WHERE event_id = %s"

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
hard_texts = texts | st.sampled_from(
    ["", '"\\/\b\f\n\r\t\x01\x1f\x7f\x80', "\u2028\u2029", "😀 é e\u0301", '{"a":1.0}']
)
ids = st.uuids()
START = datetime(2027, 3, 1, 9, tzinfo=UTC)
whole = st.sampled_from([0, 1, 10, 500_000, 999_999]).map(lambda micro: START.replace(microsecond=micro))
years = st.timedeltas(timedelta(days=-40_000), timedelta(days=60_000))
instants = whole | years.map(lambda away: START + away)
small = st.integers(-(2**31), 2**31 - 1)
rows = st.fixed_dictionaries(
    {
        "practice_id": ids, "position": st.integers(-(2**63), 2**63 - 1), "event_id": ids,
        "previous_event_id": st.none() | ids, "stream_id": hard_texts, "stream_version": small, "type": hard_texts,
        "schema_version": small, "occurred_at": instants, "recorded_at": instants, "actor_kind": hard_texts,
        "actor_id": st.none() | ids, "command_id": ids, "correlation_id": ids, "causation_id": st.none() | ids,
        "traceparent": st.none() | hard_texts,
        "data": hard_texts | st.dictionaries(texts, st.integers() | texts).map(json.dumps),
    }
)  # fmt: skip


@pytest.fixture
def as_owner(bench: Bench) -> Any:
    """A session that may insert anything; what it did is undone."""
    with psycopg.connect(bench.rows.url("superuser"), row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    row=rows,
    zone=st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu"]),
    style=st.sampled_from(["ISO", "SQL, DMY"]),
)
def test_sql_and_python_say_the_same_bytes(as_owner: Any, row: dict[str, Any], zone: str, style: str) -> None:
    as_owner.execute("SELECT set_config('timezone', %s, false), set_config('datestyle', %s, false)", (zone, style))
    as_owner.execute("DELETE FROM events")
    as_owner.execute(INSERT, row)
    seen = as_owner.execute(SEEN, (row["event_id"],)).fetchone()
    said = leaf_of_row(row)
    assert seen["text"] == canonical_json(said)
    assert bytes(seen["hash"]) == hash_of_leaf(said)
    assert json.loads(seen["text"]) == said


def test_every_column_of_an_event_is_in_its_leaf(bench: Bench) -> None:
    found = bench.asked("SELECT column_name FROM information_schema.columns WHERE table_name = 'events'")
    assert {row["column_name"] for row in found} == COLUMNS


@pytest.mark.parametrize("column", NAMES)
def test_another_value_in_any_column_is_another_leaf(bench: Bench, as_owner: Any, column: str) -> None:
    practice_id = bench.practice(2)
    row = rows_of(as_owner, practice_id)[1] | {
        "traceparent": "00-a-b-01",
        "actor_id": new_id(),
        "causation_id": new_id(),
    }
    changed = row | {column: another(row[column])}
    nothing = row | (
        {column: None} if column in {"traceparent", "actor_id", "causation_id", "previous_event_id"} else {}
    )
    leaves = []
    for each in (row, changed, nothing):
        as_owner.execute("DELETE FROM events")
        as_owner.execute(INSERT, each)
        leaves.append(bytes(as_owner.execute(SEEN, (each["event_id"],)).fetchone()["hash"]))
    assert leaves[0] != leaves[1]
    assert (leaves[0] == leaves[2]) == (nothing == row)


def another(value: Any) -> Any:
    """The least other value."""
    match value:
        case UUID():
            return UUID(int=value.int ^ 1)
        case datetime():
            return value + timedelta(microseconds=1)
        case int():
            return value + 1
        case _:
            return f"{value} "


def test_the_same_instant_is_the_same_leaf_in_every_zone() -> None:
    at = datetime(2027, 6, 1, 12, 30, 0, 120_000, tzinfo=UTC)
    row = dict.fromkeys(NAMES) | {"recorded_at": at, "occurred_at": at}
    there = row | {"occurred_at": at.astimezone(timezone(timedelta(hours=5, minutes=45)))}
    assert leaf_of_row(row) == leaf_of_row(there)
    assert leaf_of_row(row)["occurred_at"] == "2027-06-01T12:30:00.12Z"


SPELLINGS = {
    "keys in another order": ('{"b":1,"a":2}', '{"a":2,"b":1}'),
    "blanks": ('{"a":2}', '{"a": 2}'),
    "a doubled key": ('{"a":1,"a":2}', '{"a":2}'),
    "another number": ('{"a":1e2}', '{"a":100}'),
    "an escape": (r'{"a":"\u00e9"}', '{"a":"é"}'),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_stored_text_is_what_is_sealed(bench: Bench, spelling: str) -> None:
    """Two texts that are one `jsonb`: the sealer and who verifies tell them apart."""
    first, other = SPELLINGS[spelling]
    assert bench.asked("SELECT %s::jsonb = %s::jsonb AS same", first, other) == [{"same": True}]
    practice_id = bench.practice(3)
    assert bench.tamper("UPDATE events SET data = %s WHERE practice_id = %s AND position = 3", first, practice_id) == 1
    with psycopg.connect(bench.rows.url("superuser")) as connection:
        leaves = [hash_of_leaf(leaf_of_row(row)) for row in rows_of(connection, practice_id)]
    bench.seal()
    kept = bench.asked("SELECT nodes FROM sealed_events WHERE practice_id = %s ORDER BY position", practice_id)
    assert [bytes(row["nodes"][:32]) for row in kept] == leaves
    assert bench.verify(practice_id).faults == []
    bench.tamper("UPDATE events SET data = %s WHERE practice_id = %s AND position = 3", other, practice_id)
    assert [(fault.kind, fault.position) for fault in bench.verify(practice_id).faults] == [("changed", 3)]
    bench.seal()
    assert bench.stop(practice_id) is not None
