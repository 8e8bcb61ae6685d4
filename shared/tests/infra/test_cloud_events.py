"""What goes over the broker is pinned: events are for ever (A3, A5)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.codec import MalformedEvent
from clinic.infra.cloud_events import from_message, to_message
from clinic.infra.topology import SubscriptionQueue, exchange_name, routing_key
from clinic.kernel.recorded import SYSTEM, Actor, Recorded

GOLDEN = Path(__file__).with_name("golden") / "appointment_rescheduled.cloudevent.json"
EVENT = Recorded(
    event_id=UUID("0193a5f0-0000-7000-8000-000000000002"),
    type="AppointmentRescheduled",
    schema_version=1,
    practice_id=UUID("0193a5f0-0000-7000-8000-0000000000aa"),
    stream_id="appointment-0193a5f0-0000-7000-8000-0000000000bb",
    stream_version=2,
    position=5_000_000_000,
    previous_event_id=UUID("0193a5f0-0000-7000-8000-000000000001"),
    occurred_at=datetime(2026, 12, 2, 10, 20, tzinfo=UTC),
    recorded_at=datetime(2026, 12, 2, 10, 20, 0, 123456, tzinfo=UTC),
    actor=Actor("client", UUID("0193a5f0-0000-7000-8000-0000000000cc")),
    command_id=UUID("0193a5f0-0000-7000-8000-0000000000dd"),
    correlation_id=UUID("0193a5f0-0000-7000-8000-0000000000ee"),
    causation_id=UUID("0193a5f0-0000-7000-8000-0000000000ff"),
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    data={"revision": 2, "zone": "Europe/London", "küche": [1, None, True]},
)
FIRST = replace(EVENT, position=1, previous_event_id=None, causation_id=None, traceparent=None, actor=SYSTEM)


def test_the_message_is_the_pinned_one():
    message = to_message(EVENT, "appointments")
    pinned = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert message.headers == pinned["headers"]
    assert message.body.decode() == pinned["body"]
    assert (message.message_id, message.content_type) == (pinned["message_id"], pinned["content_type"])


@pytest.mark.parametrize("event", [EVENT, FIRST])
def test_an_event_comes_back_as_it_went(event):
    message = to_message(event, "appointments")
    assert from_message(message.headers, message.body, "appointments") == event


def test_data_that_are_canonical_already_are_sent_as_they_are_stored():
    stored = to_message(EVENT, "appointments").body.decode()
    assert to_message(EVENT, "appointments", canonical_data=stored) == to_message(EVENT, "appointments")


def test_instants_are_sent_in_utc():
    local = replace(EVENT, recorded_at=EVENT.recorded_at.astimezone(timezone(timedelta(hours=1))))
    assert to_message(local, "appointments").headers["cloudEvents:time"] == "2026-12-02T10:20:00.123456Z"


def test_extension_names_are_what_cloud_events_allows():
    names = [name.removeprefix("cloudEvents:") for name in to_message(EVENT, "appointments").headers]
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in names)


@pytest.mark.parametrize("name", sorted(to_message(FIRST, "appointments").headers))
def test_a_message_without_a_needed_attribute_is_no_event(name):
    message = to_message(FIRST, "appointments")
    headers = {key: value for key, value in message.headers.items() if key != name}
    with pytest.raises(MalformedEvent):
        from_message(headers, message.body, "appointments")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "2.0"),
        ("source", "urn:clinic:identity"),
        ("id", "7"),
        ("position", "0"),
        ("position", "-1"),
        ("position", "9" * 5000),
        ("schemaversion", "one"),
        ("time", "yesterday"),
        ("time", "2026-12-02T10:20:00"),
        ("actorkind", "nobody"),
    ],
)
def test_an_attribute_with_a_wrong_value_is_no_event(name, value):
    message = to_message(EVENT, "appointments")
    with pytest.raises(MalformedEvent) as caught:
        from_message({**message.headers, f"cloudEvents:{name}": value}, message.body, "appointments")
    assert value not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"7", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_no_event(body):
    with pytest.raises(MalformedEvent):
        from_message(to_message(EVENT, "appointments").headers, body, "appointments")


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.integers(), st.text(), st.binary())), st.binary())
def test_nothing_but_an_event_is_taken_for_one(headers, body):
    with pytest.raises(MalformedEvent):
        from_message(headers, body, "appointments")


def test_names_on_the_broker_say_who_and_whose():
    queue = SubscriptionQueue("notifications", "appointments")
    assert (queue.name, queue.exchange) == ("notifications.appointments.events", exchange_name("appointments"))
    assert routing_key(EVENT.practice_id, EVENT.type) == f"{EVENT.practice_id}.AppointmentRescheduled"
