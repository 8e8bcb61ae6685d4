"""What every release recorded folds to the state and to the view rows that are written down, for ever.

`python test_released_histories.py` writes down what is not written down yet: the state of a new release's history, and
the rows of a view's new version. What is written down already it leaves alone.
"""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.application.projections.changes import Row, View
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.client_message import ClientMessage, evolve_message
from clinic.contracts.codec import to_fact
from clinic.infra import wire
from clinic.kernel.recorded import Recorded

CONTRACTS = Path(__file__).parents[3] / "shared" / "tests" / "contracts"
GOLDEN = Path(__file__).parent / "golden" / "histories"
_spec = importlib.util.spec_from_file_location("released_histories", CONTRACTS / "released_histories.py")
assert _spec
assert _spec.loader
released = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(released)
RELEASES: tuple[str, ...] = tuple(released.PINNED)
Golden = dict[str, Any]


def ledger(release: str) -> list[Recorded]:
    """The appointments service's events of a release."""
    return [wire.from_json(one) for one in released.history(release)["appointments"]]


def folded(events: list[Recorded]) -> Golden:
    """The state of every stream: appointments, messages, and the settings that hold."""
    appointments: dict[str, Appointment] = {}
    messages: dict[str, ClientMessage] = {}
    settings: dict[str, Any] = {}
    for event in events:
        fact = to_fact(event)
        match event.stream_id.split("-", 1)[0]:
            case "appointment":
                appointments[event.stream_id] = evolve(appointments.get(event.stream_id), fact)
            case "message":
                before = messages.get(event.stream_id)
                messages[event.stream_id] = evolve_message(before, fact, event.actor.id)
            case "settings":
                settings[event.stream_id] = fact.settings
    return {stream: as_json(state) for stream, state in {**settings, **appointments, **messages}.items()}


def rows_of(view: View, events: list[Recorded]) -> list[Golden]:
    """The rows that a view's changes make, in the order in which they began."""
    rows: list[dict[str, Any]] = []
    for event in events:
        for change in view.handles[event.type](event) if event.type in view.handles else ():
            if isinstance(change, Row):
                rows.append(dict(change.values))
                continue
            (row,) = [row for row in rows if change.key.items() <= row.items()]
            row.update(change.values)
            row.update({name: row[name] + more for name, more in change.added.items()})
            row.update({name: [*row[name], *more] for name, more in change.appended.items()})
    return [as_json(row) for row in rows]


def as_json(value: Any) -> Golden:
    """As JSON, sets in order."""
    made: Golden = msgspec.json.decode(msgspec.json.encode(value, order="deterministic"))
    return made


def golden(release: str, what: str) -> Golden:
    """What is written down; nothing where nothing is."""
    path = GOLDEN / f"{release}.{what}.json"
    found: Golden = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def known(now: Golden, stated: Golden) -> Golden:
    """The part of it that is written down: a state or a row may come to know more, what was known stays."""
    return {name: now[name] for name in stated}


@pytest.mark.parametrize("release", RELEASES)
def test_every_stream_folds_to_the_state_that_is_written_down(release: str) -> None:
    now, stated = folded(ledger(release)), golden(release, "state")
    assert list(now) == list(stated)
    for stream, state in stated.items():
        assert known(now[stream], state) == state


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.table)
@pytest.mark.parametrize("release", RELEASES)
def test_every_view_has_the_rows_that_are_written_down(release: str, view: View) -> None:
    stated = golden(release, "rows")
    assert view.table in stated, "a new version of a view: write its rows down (see the top of this file)"
    rows = rows_of(view, ledger(release))
    assert len(rows) == len(stated[view.table])
    for row, said in zip(rows, stated[view.table], strict=True):
        assert known(row, said) == said


def test_the_same_happenings_are_the_same_state_whichever_release_recorded_them() -> None:
    """The histories tell of one practice: what release 2 knew of it is what release 3 knows."""
    before, now = folded(ledger("release_2")), folded(ledger("release_3"))
    assert before == now


def test_a_cancellation_of_before_says_what_was_left_and_one_of_now_what_was_refunded() -> None:
    def said(release: str) -> list[str]:
        told = golden(release, "rows")["appointment_history_v2"]
        return [row["sentence"] for row in told if row["type"] == "AppointmentCancelled"]

    _, second, third, fourth = said("release_2")
    assert second.endswith("£30.00 was paid; whether anything is refunded is for the practice to decide.")
    assert "paid" not in third
    assert fourth.endswith("£50.50 was paid; whether anything is refunded is for the practice to decide.")
    _, second, third, now_fourth = said("release_3")
    assert "£45.00 was paid, £15.00 of it was already refunded; whether the rest is refunded is for" in second
    assert third.endswith("CHF 90.00 was paid and all of it was already refunded.")
    assert now_fourth == fourth


def _write_what_is_missing(release: str, what: str, made: Mapping[str, Any]) -> None:
    text = json.dumps({**made, **golden(release, what)}, indent=1, ensure_ascii=False)
    (GOLDEN / f"{release}.{what}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in RELEASES:
        _write_what_is_missing(each, "state", folded(ledger(each)))
        _write_what_is_missing(each, "rows", {view.table: rows_of(view, ledger(each)) for view in VIEWS})
