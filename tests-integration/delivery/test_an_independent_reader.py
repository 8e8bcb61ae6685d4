"""Somebody who has nothing of ours reads our events as CloudEvents 1.0 and finds what the ledger holds (A3, A5)."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import psycopg
import pytest
from cloudevents.core.bindings.amqp import AMQPMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from psycopg.rows import dict_row

from clinic.contracts.availability import AvailabilityRulesChanged, OnlineBookingSwitched
from clinic.infra import event_store
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Actor

READER = Path(__file__).with_name("independent_reader.py")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
MOMENT = datetime(2026, 10, 25, 1, 30, 0, 1, tzinfo=UTC)
NULLABLE = {
    "previouseventid": "previous_event_id",
    "actorid": "actor_id",
    "causationid": "causation_id",
    "traceparent": "traceparent",
}
IDS = {"id": "event_id", "practiceid": "practice_id", "commandid": "command_id", "correlationid": "correlation_id"}
NUMBERS = {"schemaversion": "schema_version", "streamversion": "stream_version", "position": "position"}
INSTANTS = {"time": "recorded_at", "occurredat": "occurred_at"}
_spec = importlib.util.spec_from_file_location("independent_reader", READER)
assert _spec
assert _spec.loader
reader = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reader)


@dataclass
class Recorder:
    """Two practices' events: by the system, by staff with a cause and a trace, with letters outside ASCII."""

    ledger: Any

    def record(self) -> int:
        """Appends them and says how many."""
        first, second, clinician, user = self.ledger.practice(), self.ledger.practice(), new_id(), new_id()
        by_staff = event_store.Cause(Actor("staff", user), new_id(), new_id(), new_id(), TRACE)
        switched, stream = OnlineBookingSwitched(clinician, available=False), f"clinician-{clinician}"
        rules = AvailabilityRulesChanged(7, ("working_hours", "Öffnungszeiten 🕙"))
        self._append(first, by_staff, [event_store.new_event(switched, stream, 1, MOMENT)])
        self._append(
            first,
            event_store.Cause(SYSTEM, new_id(), new_id()),
            [
                event_store.new_event(rules, f"rules-{first}", 1, MOMENT),
                event_store.new_event(switched, stream, 2, MOMENT),
            ],
        )
        self._append(second, by_staff, [event_store.new_event(rules, f"rules-{second}", 1, MOMENT)])
        return 4

    def _append(self, practice: Any, cause: Any, events: Any) -> None:
        with self.ledger.database.transaction(practice) as connection:
            event_store.append(connection, practice, cause, events)

    def rows(self) -> dict[str, dict[str, Any]]:
        """The ledger's rows by event id, as SQL shows them to its owner."""
        with psycopg.connect(self.ledger.url("superuser"), row_factory=dict_row) as connection:
            return {str(row["event_id"]): row for row in connection.execute("SELECT * FROM events")}


@pytest.fixture
def read(ledger: Any, broker: Any, delivery: Any) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """What the reader wrote, and the ledger's rows."""
    recorder = Recorder(ledger)
    count = recorder.record()
    command = [sys.executable, str(READER), broker.url("operator"), "availability.events", f"any-{uuid4()}", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "bound\n", process.stderr and process.stderr.read()
        publisher = delivery.publisher()
        assert delivery.relay(publisher).publish_batch() == (count, 0)
        publisher.close()
        said, faults = process.communicate(timeout=90)
    assert process.returncode == 0, faults
    return [json.loads(line) for line in said.splitlines()], recorder.rows()


def test_what_was_read_is_what_the_ledger_holds(read: Any) -> None:
    messages, rows = read
    assert {one["event"]["id"] for one in messages} == set(rows)
    for one in messages:
        event = one["event"]
        row = rows[event["id"]]
        assert (event["specversion"], event["datacontenttype"]) == ("1.0", "application/json")
        assert (event["source"], event["type"], event["subject"]) == (
            "urn:clinic:availability", row["type"], row["stream_id"],
        )  # fmt: skip
        assert {name: event[name] for name in IDS} == {name: str(row[column]) for name, column in IDS.items()}
        assert {name: int(event[name]) for name in NUMBERS} == {name: row[column] for name, column in NUMBERS.items()}
        assert {name: datetime.fromisoformat(event[name]) for name in INSTANTS} == {
            name: row[column] for name, column in INSTANTS.items()
        }
        assert {name: event[name] for name in NULLABLE if name in event} == {
            name: str(row[column]) for name, column in NULLABLE.items() if row[column] is not None
        }
        assert event["actorkind"] == row["actor_kind"]
        assert event["data"] == json.loads(row["data"])
        assert one["body"] == row["data"], "byte for byte what was recorded"


def test_nothing_is_sent_that_no_column_says_and_a_message_outlives_the_broker(read: Any) -> None:
    messages, _ = read
    known = {"specversion", "source", "type", "subject", "actorkind", "datacontenttype", "data"}
    for one in messages:
        assert set(one["event"]) <= known | {*IDS, *NUMBERS, *INSTANTS, *NULLABLE}
        assert set(one["headers"]) == {
            f"cloudEvents:{name}" for name in set(one["event"]) - {"data", "datacontenttype"}
        }
        assert one["routing_key"] == f"{one['event']['practiceid']}.{one['event']['type']}"
        assert (one["message_id"], one["delivery_mode"]) == (one["event"]["id"], 2)


def test_a_practices_events_arrive_in_the_order_of_their_positions_and_name_each_other(read: Any) -> None:
    messages, _ = read
    chains: dict[str, list[dict[str, Any]]] = {}
    for one in messages:
        chains.setdefault(one["event"]["practiceid"], []).append(one["event"])
    assert sorted(len(chain) for chain in chains.values()) == [1, 3]
    for chain in chains.values():
        assert [int(event["position"]) for event in chain] == list(range(1, len(chain) + 1))
        assert [event.get("previouseventid") for event in chain] == [None, *(event["id"] for event in chain[:-1])]


def test_the_projects_own_library_of_cloud_events_reads_the_same(read: Any) -> None:
    """A second opinion: the CloudEvents SDK, which refuses what its specification forbids."""
    messages, _ = read
    for one in messages:
        message = AMQPMessage(
            properties={"content-type": "application/json"},
            application_properties=one["headers"],
            application_data=one["body"].encode(),
        )
        event = from_binary(message, JSONFormat())
        attributes = dict(event.get_attributes())
        assert attributes.pop("time") == datetime.fromisoformat(one["event"]["time"])
        assert attributes == {name: value for name, value in one["event"].items() if name not in {"time", "data"}}
        assert event.get_data() == one["event"]["data"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, "id is required"),
        ({"specversion": "0.3"}, "specversion"),
        ({"source": "a b"}, "URI reference"),
        ({"time": "2026-12-02 10:20"}, "RFC 3339"),
        ({"practice_id": "x"}, "no attribute name"),
        ({"aNameThatIsMuchTooLong": "x"}, "no attribute name"),
        ({"position": 7}, "no text"),
        ({"subject": "a\nb"}, "control characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_the_reader_refuses_what_the_specification_forbids(change: dict[str, Any], says: str) -> None:
    """Or its agreement would say nothing."""
    sound = {"id": "1", "source": "urn:clinic:x", "specversion": "1.0", "type": "T", "time": "2026-12-02T10:20:00Z"}
    headers = {f"cloudEvents:{name}": value for name, value in (sound | change).items()}
    with pytest.raises(ValueError, match=says):
        reader.cloud_event(pika.BasicProperties(content_type="application/json", headers=headers), b"{}")
