"""Poison stays alone (promises.md): eight kinds of bad message, 1 in 100, over a real broker with real processes.

Five kinds are events of the ledger and are parked, each once and with its reason: unknown type, unknown version,
missing field, a handler that raises, a handler that ends the process. Three are no events (bad JSON, bad UTF-8, 1 MiB):
they are counted and acknowledged, and what the ledger has is asked for.
"""

import json
import subprocess
import sys
import threading
from itertools import cycle
from pathlib import Path

import kombu
import psycopg
import pytest
from proving import PROVING, evidence, rounds
from psycopg.rows import dict_row
from typer.testing import CliRunner

from clinic.infra.parked_commands import parked as parked_commands

IN_THE_LEDGER = {
    "unknown type": ("UPDATE events SET type = 'SomethingNew'", "unknown type or version"),
    "unknown version": ("UPDATE events SET schema_version = 9", "unknown type or version"),
    "missing field": ("""UPDATE events SET data = '{"available":true}'""", "malformed: OnlineBookingSwitched"),
    "handler raises": (None, "failed 3 times: ValueError at apply"),
    "handler kills the process": (None, "failed 3 times: ended the process"),
}
NO_EVENTS = {"bad JSON": b"{", "bad UTF-8": b"\xff\xfe\x00", "1 MiB body": b"[" + b"1," * 524_287 + b"1]"}
HANDLER = {"handler raises": "raises", "handler kills the process": "kills"}
EVERY = 100
CHUNK = 20
LATEST_SECONDS = 5.0


class Workers:
    """Two worker processes under one name; one that ends is started again."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.crashes = 0
        self._log = log
        self._command = [sys.executable, str(Path(__file__).with_name("poison_worker.py")), *arguments]
        self._told = threading.Event()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads = [threading.Thread(target=self._keep) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def _keep(self) -> None:
        while not self._told.is_set():
            with self._log.open("ab") as out:
                process = subprocess.Popen(self._command, stdout=out, stderr=out)
            self._processes.append(process)
            self.crashes += process.wait() == 9

    def end(self) -> None:
        self._told.set()
        while any(thread.is_alive() for thread in self._threads):
            for process in list(self._processes):
                if process.poll() is None:
                    process.kill()
            for thread in self._threads:
                thread.join(timeout=0.2)


@pytest.fixture
def workers(tmp_path, broker, ledger, effects):
    with psycopg.connect(effects.url("superuser"), autocommit=True) as connection:
        connection.execute("CREATE TABLE poison (practice_id uuid, position bigint, what text)")
        connection.execute("GRANT SELECT ON poison TO notifications_worker")
        connection.execute("ALTER TABLE effects ADD COLUMN applied_at timestamptz DEFAULT clock_timestamp()")
    made = []

    def start():
        arguments = (broker.url("notifications"), ledger.url("api"), effects.url("worker"))
        made.append(Workers(tmp_path / "workers.log", *arguments))
        return made[0]

    yield start
    for one in made:
        one.end()


def append_with_one_bad(ledger, effects, practice, position, kind, names):
    """Appends; the event at a position is bad in its way before anybody can see it."""
    spoil, _ = IN_THE_LEDGER[kind]
    if spoil:
        ledger.append_spoilt(practice, *names, spoil=spoil, position=position)
        return
    with psycopg.connect(effects.url("superuser"), autocommit=True) as connection:
        connection.execute("INSERT INTO poison VALUES (%s, %s, %s)", (practice, position, HANDLER[kind]))
    ledger.append(practice, *names)


def slowest(ledger, effects, bad):
    """The longest time from the recording of a good event to its effect."""
    with psycopg.connect(ledger.url("superuser"), row_factory=dict_row) as connection:
        rows = connection.execute("SELECT practice_id, position, recorded_at FROM events").fetchall()
    recorded = {(row["practice_id"], row["position"]): row["recorded_at"] for row in rows}
    with psycopg.connect(effects.url("superuser"), row_factory=dict_row) as connection:
        rows = connection.execute("SELECT practice_id, position, applied_at FROM effects").fetchall()
    places = [(row, (row["practice_id"], row["position"])) for row in rows]
    return max((row["applied_at"] - recorded[at]).total_seconds() for row, at in places if at not in bad)


def unreadable(effects):
    with psycopg.connect(effects.url("superuser")) as connection:
        row = connection.execute("SELECT messages FROM unreadable_messages WHERE consumer = 'test'").fetchone()
    return row[0] if row else 0


@pytest.mark.prove
def test_poison_stays_alone(ledger, effects, delivery, threads, eventually, broker, workers, monkeypatch):
    practices = [ledger.practice() for _ in range(4)]
    kinds, junk = cycle(IN_THE_LEDGER), cycle(NO_EVENTS.values())
    bad, thrown, appended = {}, 0, dict.fromkeys(practices, 0)
    running = workers()
    threads.run(delivery.run_relay)
    eventually(lambda: broker.api("queues"), 60)
    with kombu.Connection(broker.url("operator")) as connection:
        producer = connection.Producer()
        for chunk in range(rounds(gate=600, full=4000) // CHUNK):
            practice = practices[chunk % 4]
            first = appended[practice] + 1
            names = [f"{chunk} {number}" for number in range(CHUNK)]
            if chunk % (EVERY // CHUNK) == 0:
                kind = bad[practice, first] = next(kinds)
                append_with_one_bad(ledger, effects, practice, first, kind, names)
                producer.publish(next(junk), exchange="availability.events", routing_key="x")
                thrown += 1
            else:
                ledger.append(practice, *names)
            appended[practice] += CHUNK
            threading.Event().wait(0.2 if PROVING else 0.05)
    good = {
        practice: [at for at in range(1, count + 1) if (practice, at) not in bad]
        for practice, count in appended.items()
    }
    eventually(lambda: all(sorted(effects.of(practice)) == good[practice] for practice in practices), 120)
    eventually(lambda: sum(len(effects.parked(practice)) for practice in practices) == len(bad), 60)
    eventually(lambda: unreadable(effects) >= thrown, 30)
    for practice in practices:
        reasons = effects.parked(practice)
        assert reasons.keys() == {at for of, at in bad if of == practice}
        for at, reason in reasons.items():
            assert reason.startswith(IN_THE_LEDGER[bad[practice, at]][1]), (bad[practice, at], reason)
    latest = slowest(ledger, effects, bad)
    kills = sum(kind == "handler kills the process" for kind in bad.values())
    assert kills <= running.crashes <= 3 * kills, "an attempt in a batch that another event spoilt counts as well"

    fix(ledger, effects, practices)
    monkeypatch.setenv("NOTIFICATIONS_OPS_DATABASE_URL", effects.url("ops"))
    told = CliRunner().invoke(parked_commands, ["retry", "--all"])
    assert told.exit_code == 0, told.output
    eventually(lambda: all(not effects.parked(practice) for practice in practices), 60)
    for practice in practices:
        assert sorted(effects.of(practice)) == list(range(1, appended[practice] + 1)), "each has its effect once"
    evidence(
        "poison",
        "Poison stays alone",
        [
            f"- {sum(appended.values())} events of {len(practices)} practices, {len(bad)} of them bad"
            f" ({', '.join(IN_THE_LEDGER)}); {thrown} messages that are no events ({', '.join(NO_EVENTS)}).",
            f"- Good ones: 0 lost, 0 doubled; the latest took {latest:.2f} s from its recording to its effect,"
            f" with {running.crashes} processes ended meanwhile (two workers under one name).",
            f"- Bad ones: {len(bad)} parked, each once, with its reason. What is no event: counted and passed over.",
            f"- After the fix and `clinic parked retry --all`: {len(bad)} of {len(bad)} had their effect, once.",
        ],
    )
    if PROVING:
        assert latest < LATEST_SECONDS


def fix(ledger, effects, practices):
    """The release that knows what was unknown, and whose handler neither raises nor kills."""
    with psycopg.connect(effects.url("superuser"), autocommit=True) as connection:
        connection.execute("DELETE FROM poison")
        for practice in practices:
            for event in ledger.events(practice):
                row = connection.execute(
                    "SELECT event FROM parked_events WHERE practice_id = %s AND position = %s",
                    (practice, event.position),
                ).fetchone()
                if row is None:
                    continue
                data = {"clinician_id": event.stream_id.removeprefix("clinician-"), "available": True}
                known = {"type": "OnlineBookingSwitched", "schema_version": 1, "data": data}
                connection.execute(
                    "UPDATE parked_events SET event = %s WHERE practice_id = %s AND position = %s",
                    (json.dumps(json.loads(row[0]) | known), practice, event.position),
                )
