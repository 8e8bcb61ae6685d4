"""What the release before recorded still folds to the same state, and its history reads the same."""

import json
from pathlib import Path
from typing import Any

import msgspec

from clinic.appointments.application.projections.appointment_history import sentence
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.rules import NO_RULES
from clinic.contracts.appointments import AppointmentCancelled, AppointmentRescheduled, PortalSettingsChanged
from clinic.contracts.catalog import lookup, upcast
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor

GOLDEN = Path(__file__).parent / "golden"


def facts() -> list[tuple[str, Any, Actor]]:
    """The golden events: stream, fact and who."""
    recorded = json.loads((GOLDEN / "events_of_release_one.json").read_text(encoding="utf-8"))
    return [
        (
            one["stream"],
            msgspec.convert(upcast(one["type"], 1, one["data"]), lookup(one["type"]).cls),
            Actor(one["actor"], new_id()),
        )
        for one in recorded
    ]


def test_appointments_fold_as_they_did() -> None:
    states: dict[str, Appointment] = {}
    for stream, fact, _ in facts():
        if stream.startswith("appointment-"):
            states[stream] = evolve(states.get(stream), fact)
    moved, overlapping, imported = states.values()
    assert (moved.status, moved.occupies, moved.revision, moved.slot.local_start) == (
        "cancelled_by_client",
        False,
        3,
        "2026-12-03T14:00",
    )
    assert (overlapping.overlap_accepted, overlapping.video, overlapping.occupies) == (True, True, True)
    assert (imported.status, imported.occupies, imported.cancelled) == ("did_not_attend", False, False)
    assert {(one.rules, one.paid_pence, one.refunded_pence, one.currency) for one in states.values()} == {
        (NO_RULES, 0, 0, "")
    }


def test_settings_and_snapshots_have_no_word_on_what_was_not_there() -> None:
    said = [fact for _, fact, _ in facts()]
    (settings,) = (fact.settings for fact in said if isinstance(fact, PortalSettingsChanged))
    assert (settings.online_payments_on, settings.type_rules) == (False, ())
    snapshots = [fact.policy for fact in said if isinstance(fact, AppointmentRescheduled | AppointmentCancelled)]
    assert [policy.rules_from for policy in snapshots] == [None, None]


def test_history_reads_as_it_did() -> None:
    told = [sentence(fact, actor) for stream, fact, actor in facts() if stream.startswith("appointment-")]
    assert told == json.loads((GOLDEN / "history_of_release_one.json").read_text(encoding="utf-8"))
