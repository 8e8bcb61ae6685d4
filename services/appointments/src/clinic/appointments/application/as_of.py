"""What was shown at an earlier moment: the state after the last event recorded at or before it (F50, ADR 0032).

The same functions describe it as describe the present; only the views, the settings and the time are those of then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol
from uuid import UUID

from clinic.appointments.application.asking import By
from clinic.appointments.application.describe import Described
from clinic.appointments.application.queries import PAGE_SIZE, page_of, show_diary, shown
from clinic.appointments.application.views import HistoryEntry, Message, PastViews
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.contracts.appointments import PortalSettings
from clinic.contracts.codec import to_data, to_fact
from clinic.contracts.portal_state import off_text, portal_is_on
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import Actor, Recorded


@dataclass(frozen=True, slots=True)
class Standing:
    """The moment `at` of a practice, and the event that its state stands on: the last one recorded by then."""

    practice_id: UUID
    at: datetime
    position: int
    event_id: UUID
    recorded_at: datetime

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "at": utc_text(self.at),
            "position": self.position,
            "event_id": str(self.event_id),
            "recorded_at": utc_text(self.recorded_at),
        }


class Past(Protocol):
    """The ledger as it stood earlier; nothing of it can be written."""

    def standing(self, practice_id: UUID, at: datetime) -> Standing:
        """Refused: `not_found` without a ledger; `invalid` with `errors.at` `before_first_event` or `in_the_future`."""

    def views(self, standing: Standing) -> PastViews:
        """The views as they would have answered at that moment."""

    def stream(self, standing: Standing, appointment_id: UUID) -> list[Recorded]:
        """The appointment's events until then, in order."""


class PastSwitches(Protocol):
    """Clinicians' switches of every moment."""

    def was_online(self, practice_id: UUID, clinician_id: UUID, at: datetime) -> bool:
        """Whether it was on. `Unavailable` where that cannot be known in time."""


@dataclass(frozen=True, slots=True)
class SwitchesThen:
    """Clinicians' switches at an earlier moment."""

    past: PastSwitches
    at: datetime

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        """As availability's ledger says."""
        return self.past.was_online(practice_id, clinician_id, self.at)


def list_as_of(
    past: Past, switches: PastSwitches, standing: Standing, client_id: UUID, when: str, page: int
) -> dict[str, Any]:
    """A client's list as the client was shown it, and whether the client was shown a list at all then."""
    views = past.views(standing)
    moment = views.moment(standing.practice_id)
    found = views.client_list(standing.practice_id, client_id, when, page, PAGE_SIZE, 0)
    client = By(standing.practice_id, Actor("client", client_id))
    told = shown(SwitchesThen(switches, standing.at), client, moment, found.appointments)
    return page_of(told, page, found.total) | {
        "list_shown": _list_shown(moment.settings, when),
        "as_of": standing.told(),
    }


def appointment_as_of(past: Past, switches: PastSwitches, standing: Standing, appointment_id: UUID) -> dict[str, Any]:
    """One appointment as its client was shown it; `not_found` where it was not there yet."""
    events = past.stream(standing, appointment_id)
    if not events:
        raise Refused("not_found")
    state = _folded(events)[-1]
    client = By(standing.practice_id, Actor("client", state.client_id))
    moment = past.views(standing).moment(standing.practice_id)
    (told,) = shown(SwitchesThen(switches, standing.at), client, moment, [Described(state, events[-1].position)])
    return {"appointment": told, "as_of": standing.told()}


def diary_as_of(
    past: Past, standing: Standing, from_at: datetime, until_at: datetime, clinician_id: UUID | None
) -> dict[str, Any]:
    """The diary as staff were shown it."""
    staff = By(standing.practice_id, Actor("staff"))
    entries = show_diary(past.views(standing), staff, from_at, until_at, clinician_id, 0)
    return {"entries": entries, "as_of": standing.told()}


def settings_as_of(past: Past, standing: Standing) -> dict[str, Any]:
    """The settings that held, with the policy's text and its version."""
    settings = past.views(standing).moment(standing.practice_id).settings
    return {"settings": to_data(settings), "as_of": standing.told()}


def messages_as_of(past: Past, standing: Standing, client_id: UUID) -> list[Message]:
    """What a client had written, sealed, newest first."""
    return past.views(standing).messages(standing.practice_id, client_id, 0)


def history_as_of(past: Past, standing: Standing, appointment_id: UUID) -> list[tuple[HistoryEntry, list[Any]]]:
    """The history until then, newest first, each entry with what it replaced by what; `not_found` as above."""
    events = past.stream(standing, appointment_id)
    if not events:
        raise Refused("not_found")
    changes = dict(zip((event.position for event in events), differences(_folded(events)), strict=True))
    entries = past.views(standing).history(standing.practice_id, appointment_id, 0)
    return [(entry, changes.get(entry.position, [])) for entry in entries]


def differences(states: Sequence[Appointment]) -> list[list[dict[str, Any]]]:
    """What each state replaced in the one before it; the first replaced nothing."""
    told: list[list[dict[str, Any]]] = [[]]
    for before, after in pairwise(states):
        old, new = _facts(before), _facts(after)
        changed = [name for name in new if old[name] != new[name]]
        told.append([{"field": name, "before": old[name], "after": new[name]} for name in changed])
    return told[: len(states)]


def _facts(state: Appointment) -> dict[str, Any]:
    """What can change of an appointment."""
    return {
        "starts_at": utc_text(state.slot.starts_at),
        "ends_at": utc_text(state.slot.ends_at),
        "buffer_after_minutes": state.slot.buffer_after_minutes,
        "status": state.status,
        "occupies": state.occupies,
        "overlap_accepted": state.overlap_accepted,
        "rules": to_data(state.rules),
        "paid_pence": state.paid_pence,
        "refunded_pence": state.refunded_pence,
        "revision": state.revision,
    }


def _folded(events: Sequence[Recorded]) -> list[Appointment]:
    """The appointment after each event."""
    states: list[Appointment] = []
    for event in events:
        states.append(evolve(states[-1] if states else None, to_fact(event)))
    return states


def _list_shown(settings: PortalSettings, when: str) -> dict[str, Any]:
    """Whether clients were shown this list; where the portal was off, what they read instead (F5, F6)."""
    if not portal_is_on(settings):
        return {"shown": False, "reason": "portal_off", "off_text": off_text(settings)}
    viewable = settings.may_view_upcoming if when == "upcoming" else settings.may_view_previous
    return {"shown": viewable, "reason": None if viewable else "forbidden", "off_text": ""}
