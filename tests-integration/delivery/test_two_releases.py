"""An upgrade: what the release before does not know waits with its stream, and the next one applies it exactly once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.contracts import catalog
from clinic.contracts.appointments import Paid
from clinic.contracts.codec import to_fact
from clinic.infra import event_store
from clinic.infra.cloud_events import from_message, to_message
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, NewEvent

GOLDEN = Path(__file__).parents[2] / "shared" / "tests" / "contracts" / "golden"
CANCELLED = "AppointmentCancelled"
UNKNOWN = "unknown type or version"


@contextmanager
def release_before(monkeypatch: pytest.MonkeyPatch, *, knows_refunds: bool = True) -> Iterator[None]:
    """The catalog as it was: cancellations at version 1, and on request no `RefundRecorded` at all."""
    with monkeypatch.context() as patched:
        was = replace(catalog.CATALOG[CANCELLED], schema_version=1, upcasters={})
        patched.setitem(catalog.CATALOG, CANCELLED, was)  # type: ignore[arg-type]
        if not knows_refunds:
            patched.delitem(catalog.CATALOG, "RefundRecorded")  # type: ignore[arg-type]
        yield


class Upgrade:
    """A ledger whose publisher is upgraded already, and a consumer that writes down what was paid."""

    def __init__(self, ledger: Any, effects: Any, make_consumer: Any) -> None:
        self.practice = ledger.practice()
        self.paid: list[tuple[int, Paid | None]] = []
        self._ledger, self._effects, self._make = ledger, effects, make_consumer

    def append(self, *wanted: tuple[str, str, int]) -> None:
        """Golden events: (stream, type, schema version)."""
        versions: dict[str, int] = {}
        events = []
        for stream, type_name, version in wanted:
            versions[stream] = versions.get(stream, 0) + 1
            data = json.loads((GOLDEN / f"{type_name}.v{version}.json").read_text(encoding="utf-8"))
            events.append(NewEvent(new_id(), type_name, version, stream, versions[stream], datetime.now(UTC), data))
        with self._ledger.database.transaction(self.practice) as connection:
            cause = event_store.Cause(SYSTEM, new_id(), new_id())
            event_store.append(connection, self.practice, cause, events)

    def messages(self) -> list[Any]:
        """The events as they come out of the broker."""
        sent = [to_message(event, "appointments") for event in self._ledger.events(self.practice)]
        return [from_message(one.headers, one.body, "appointments") for one in sent]

    def start(self) -> Any:
        """A process of the consuming service."""
        types = ("AppointmentBooked", "AppointmentStatusChanged", "RefundRecorded")
        handles = dict.fromkeys(types, self._effects.apply) | {CANCELLED: self._note}
        return self._make(handles=handles)

    def done(self) -> list[int]:
        """The positions that took effect, in that order."""
        found: list[int] = self._effects.of(self.practice)
        return found

    def parked(self) -> dict[int, str]:
        """The positions that wait, and why."""
        found: dict[int, str] = self._effects.parked(self.practice)
        return found

    def _note(self, connection: Any, event: Any) -> None:
        self._effects.apply(connection, event)
        self.paid.append((event.position, to_fact(event).paid))


@pytest.fixture
def upgrade(ledger: Any, effects: Any, make_consumer: Any) -> Upgrade:
    return Upgrade(ledger, effects, make_consumer)


BOTH_VERSIONS = (
    ("appointment-a", "AppointmentBooked", 1),
    ("appointment-a", CANCELLED, 2),
    ("appointment-b", "AppointmentBooked", 1),
    ("appointment-b", CANCELLED, 1),
    ("appointment-a", "AppointmentStatusChanged", 1),
)


@pytest.mark.parametrize("way", ["broker", "feed"])
def test_the_release_before_parks_version_2_and_the_next_one_applies_it_once(
    upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    upgrade.append(*BOTH_VERSIONS)
    with release_before(monkeypatch):
        old = upgrade.start()
        old.receive(upgrade.messages()) if way == "broker" else old.catch_up_all()
        assert upgrade.done() == [1, 3, 4]
        assert upgrade.parked()[2] == UNKNOWN
        assert list(upgrade.parked()) == [2, 5], "what follows in its stream waits with it"
        upgrade.start().catch_up_all()
        assert upgrade.done() == [1, 3, 4], "the same release again does not know it either"
    upgrade.paid.clear()
    upgrade.start().catch_up_all()
    assert upgrade.done() == [1, 3, 4, 2, 5]
    assert upgrade.paid == [(2, Paid(4500, 1500, "GBP"))]
    assert upgrade.parked() == {}
    again = upgrade.start()
    again.receive(upgrade.messages())
    again.catch_up_all()
    assert upgrade.done() == [1, 3, 4, 2, 5], "exactly once"


def test_the_next_release_reads_both_versions_without_a_stop(upgrade: Upgrade) -> None:
    upgrade.append(*BOTH_VERSIONS)
    upgrade.start().receive(upgrade.messages())
    assert upgrade.done() == [1, 2, 3, 4, 5]
    assert upgrade.paid == [(2, Paid(4500, 1500, "GBP")), (4, Paid(4500, 0, "GBP"))]


def test_a_type_that_the_release_before_does_not_know_waits_too(
    upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade.append(
        ("appointment-a", "AppointmentBooked", 1),
        ("appointment-a", "RefundRecorded", 1),
        ("appointment-b", "AppointmentBooked", 1),
    )
    with release_before(monkeypatch, knows_refunds=False):
        upgrade.start().receive(upgrade.messages())
        assert (upgrade.done(), upgrade.parked()) == ([1, 3], {2: UNKNOWN})
    upgrade.start().catch_up_all()
    assert (upgrade.done(), upgrade.parked()) == ([1, 3, 2], {})
