"""What every release recorded is kept as it was, is complete, and can be read for ever."""

import importlib.util
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clinic.contracts.catalog import CATALOG, TYPES, lookup
from clinic.contracts.codec import check_wire, to_fact
from clinic.infra import cloud_events, wire
from clinic.kernel.canonical import canonical_json

_spec = importlib.util.spec_from_file_location("released_histories", Path(__file__).with_name("released_histories.py"))
assert _spec
assert _spec.loader
released = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(released)
RELEASES: tuple[str, ...] = tuple(released.PINNED)
NEW_IN_TWO = {"PaymentRecorded", "RefundRecorded", "AppointmentStatusChanged", "ClientMessageDealtWith"}


def recorded(release: str) -> dict[str, list[Any]]:
    """The events of a release, by publisher."""
    return {service: [wire.from_json(one) for one in events] for service, events in released.history(release).items()}


@pytest.mark.parametrize("release", RELEASES)
def test_a_released_history_was_never_edited(release: str) -> None:
    assert released.sha256_of(release) == released.PINNED[release], (
        f"{release}.json is not what was released: restore it and put what is new into the next release's history"
    )


def test_every_history_is_pinned() -> None:
    assert sorted(path.stem for path in released.HISTORIES.glob("*")) == sorted(RELEASES)


def test_every_version_of_every_type_is_in_a_history() -> None:
    there = {
        (event.type, event.schema_version)
        for release in RELEASES
        for events in recorded(release).values()
        for event in events
    }
    published = {(known.name, version) for known in TYPES for version in range(1, known.schema_version + 1)}
    assert there == published


def test_the_newest_history_is_what_this_release_records() -> None:
    """And the first ones are what was recorded before there was all of it, or they would prove nothing."""
    newest = {event.type: event for events in recorded(RELEASES[-1]).values() for event in events}
    assert set(newest) == set(CATALOG)
    assert {name: event.schema_version for name, event in newest.items()} == {
        name: known.schema_version for name, known in CATALOG.items()
    }
    first = [event for events in recorded("release_1").values() for event in events]
    assert not {event.type for event in first} & NEW_IN_TWO
    assert not any("paid_pence" in event.data or "rules_from" in event.data.get("policy", {}) for event in first)
    second = [event for events in recorded("release_2").values() for event in events]
    assert {event.type for event in second} >= NEW_IN_TWO
    assert [event.data["paid_pence"] for event in second if "paid_pence" in event.data] == [0, 3000, 0, 5050]


@pytest.mark.parametrize("release", RELEASES)
def test_every_recorded_event_is_read_from_the_feed_and_from_the_broker(release: str) -> None:
    for service, events in recorded(release).items():
        for event in events:
            check_wire(event.type, event.schema_version, event.data)
            assert isinstance(to_fact(event), lookup(event.type).cls)
            assert lookup(event.type).publisher == service
            message = cloud_events.to_message(event, service)
            assert cloud_events.from_message(message.headers, message.body, service) == event
            assert wire.from_json(wire.to_json(event)) == event
            assert message.body.decode() == canonical_json(event.data)


@pytest.mark.parametrize("release", RELEASES)
def test_every_history_is_a_ledger(release: str) -> None:
    """Dense positions, each naming the one before; dense versions in every stream; time that never goes back."""
    for events in recorded(release).values():
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        assert [event.previous_event_id for event in events] == [None, *(event.event_id for event in events[:-1])]
        assert all(before.recorded_at <= after.recorded_at for before, after in pairwise(events))
        streams: dict[str, list[int]] = {}
        for event in events:
            streams.setdefault(event.stream_id, []).append(event.stream_version)
        assert all(versions == list(range(1, len(versions) + 1)) for versions in streams.values())


@pytest.mark.parametrize("release", RELEASES)
def test_reading_changes_nothing_that_was_recorded(release: str) -> None:
    for events in recorded(release).values():
        for event in events:
            before = msgspec.json.encode(event.data)
            to_fact(event)
            assert msgspec.json.encode(event.data) == before
