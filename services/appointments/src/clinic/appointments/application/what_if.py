"""A period's decisions, replayed under other windows (F54)."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from clinic.appointments.domain.what_if import BY_A_WINDOW, Decision, Report, Tried, what_if, window_text
from clinic.contracts.appointments import AppointmentCancelled, AppointmentRescheduled
from clinic.contracts.codec import to_fact
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.client_time import in_zone
from clinic.kernel.recorded import Recorded

TYPES = ("AppointmentRescheduled", "AppointmentCancelled", "ChangeRefused")


def report_on(events: Iterable[Recorded], tried: Tried, first: date, last: date) -> Report:
    """The report on what clients wanted from the local date `first` to `last`, both included."""
    decisions, unrecorded = [], 0
    for event in events:
        if event.actor.kind != "client" or event.type not in TYPES:
            continue
        fact = to_fact(event)
        slot = fact.old if isinstance(fact, AppointmentRescheduled) else fact.slot
        if not first <= in_zone(event.occurred_at, slot.zone).date() <= last:
            continue
        if isinstance(fact, ChangeRefused):
            unrecorded += fact.unrecorded_before
        decision = _decision(event, fact)
        if decision is not None:
            decisions.append(decision)
    return what_if(decisions, tried, unrecorded)


def _decision(event: Recorded, fact: AppointmentRescheduled | AppointmentCancelled | ChangeRefused) -> Decision | None:
    """What was decided by a window or could have been; None for a refusal for another reason."""
    if isinstance(fact, ChangeRefused):
        if fact.code not in BY_A_WINDOW:
            return None
        wanted, allowed, slot = fact.wanted, False, fact.slot
    elif isinstance(fact, AppointmentRescheduled):
        wanted, allowed, slot = "change", True, fact.old
    else:
        wanted, allowed, slot = "cancel", True, fact.slot
    return Decision(fact.clinician_id, wanted, allowed, slot.starts_at, event.occurred_at, slot.zone, fact.policy)


def report_as_json(report: Report, tried: Tried, first: date, last: date) -> dict[str, Any]:
    """The JSON of docs/http.md."""
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "edit_window": window_text(tried.edit_window) if tried.edit_window else None,
        "cancellation_window": window_text(tried.cancellation_window) if tried.cancellation_window else None,
        "everywhere": tried.everywhere,
        "clinicians": [
            {"clinician_id": str(clinician_id), "weekdays": [asdict(count) for count in week]}
            for clinician_id, week in report.weeks.items()
        ],
        "totals": {wanted: asdict(count) for wanted, count in report.totals.items()},
        "unrecorded": report.unrecorded,
    }
