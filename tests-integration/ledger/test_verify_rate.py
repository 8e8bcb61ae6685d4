"""How fast a large ledger is verified (F51)."""

import json
import time
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from ledger_shell import run
from proving import evidence, rounds
from sealing_bench import Bench

GENERATED: LiteralString = """
    INSERT INTO events
    SELECT %(practice)s, n, md5(%(practice)s || n::text)::uuid,
        CASE WHEN n > 1 THEN md5(%(practice)s || (n - 1)::text)::uuid END, 'appointment-' || (n / 4), n %% 4 + 1,
        'AppointmentRescheduled', 1, clinic_now() - interval '1 hour', clinic_now(), 'client',
        md5((n %% 5000)::text)::uuid, md5('c' || n)::uuid, md5('k' || n)::uuid, NULL, NULL,
        '{"appointment_id":"' || md5((n / 4)::text) || '","starts_at":"2026-12-02T10:20:00Z","duration_minutes":30,'
        || '"location_id":"' || md5('l') || '","policy":{"edit_window_minutes":1440},"number":' || n || '}'
    FROM generate_series(1, %(events)s) AS n
"""
HEAD: LiteralString = """
    UPDATE heads SET (position, last_event_id, previous_event_id, last_recorded_at) =
        (SELECT position, event_id, previous_event_id, recorded_at FROM events e
         WHERE e.practice_id = %(practice)s AND position = %(events)s)
    WHERE practice_id = %(practice)s
"""


def generate(bench: Bench, events: int) -> UUID:
    """A practice with so many events whose chain is right, written by the owner."""
    practice_id = bench.practice()
    asked = {"practice": str(practice_id), "events": events}
    with psycopg.connect(bench.rows.url("superuser")) as connection:
        connection.execute(GENERATED.replace("%(practice)s, n,", "%(practice)s::uuid, n,", 1), asked)  # type: ignore[arg-type]
        connection.execute(HEAD, asked)
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE events")
    return practice_id


@pytest.mark.prove
def test_a_large_ledger_is_verified(bench: Bench) -> None:
    events = rounds(gate=2_000, full=1_000_000)
    practice_id = generate(bench, events)
    began = time.monotonic()
    with bench.sealer(limit=max(500, events // 100)) as sealer:
        while sealer.seal():
            pass
    sealing = time.monotonic() - began
    assert bench.head(practice_id) == (1, events)
    told = {}
    for name, more in {"own": (), "shipped": ("--against", bench.directory)}.items():
        done = run("verify", "--json", *more)
        assert done.exit_code == 0, done.output
        told[name] = json.loads(done.stdout)
        assert (told[name]["whole"], told[name]["events"]) == (True, events)
    bad = events * 3 // 4
    bench.tamper("UPDATE events SET data = data || ' ' WHERE practice_id = %s AND position = %s", practice_id, bad)
    began = time.monotonic()
    done = run("verify", "--json")
    naming = time.monotonic() - began
    fault = json.loads(done.stdout)["practices"][0]["faults"][0]
    assert (done.exit_code, fault["kind"], fault["position"]) == (3, "changed", bad)
    evidence(
        "verify",
        "How fast a ledger is verified",
        [
            f"- {events:,} events of one practice sealed by the sealer in {sealing:.0f} s"
            f" ({int(events / sealing):,} events/s)",
            *(
                f"- `clinic ledger verify` ({name} heads): whole, {one['seconds']:.1f} s,"
                f" {one['events_per_second']:,} events/s"
                for name, one in told.items()
            ),
            f"- one blank added to the data of event {bad:,}: named exactly, after {naming:.1f} s",
        ],
    )
