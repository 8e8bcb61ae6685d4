"""Messages and alerts that tell of what a restored ledger no longer has (ADR 0028)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from clinic.contracts.appointments import AppointmentRescheduled
from clinic.contracts.catalog import UnknownEvent
from clinic.contracts.codec import to_fact
from clinic.infra.database import Connection
from clinic.kernel.recorded import Recorded
from clinic.kernel.streams import stream_id
from clinic.notifications.application.reminding import REMINDING

LOST = "the ledger was restored and does not know this state"
SHOWN = 20

TOLD = """
    SELECT message_id, appointment_id, revision, starts_at, state, handed_over_at FROM messages
    WHERE practice_id = %(practice)s AND appointment_id IS NOT NULL
        AND state IN ('queued', 'sending', 'sent', 'unknown')
"""
SUPPRESS = """
    UPDATE messages SET state = 'suppressed', reason = %(reason)s
    WHERE practice_id = %(practice)s AND message_id = ANY (%(messages)s)
        AND (state = 'queued' OR (state = 'sending' AND handed_over_at IS NULL))
"""
ALERTS = "SELECT event_id FROM alerts WHERE practice_id = %(practice)s"

WAITS = ("queued", "sending")

State = tuple[UUID, int, datetime]
"""An appointment, its revision and its start."""


def settle(connection: Connection, practice_id: UUID, events: Iterable[Recorded]) -> list[str]:
    """What waits and tells of a lost state is suppressed; what has gone is told to whoever repairs."""
    states: set[State] = set()
    causes: set[UUID] = set()
    unreadable: set[str] = set()
    for event in events:
        causes.add(event.event_id)
        try:
            if event.type in REMINDING:
                states.add(_state(event))
        except (UnknownEvent, msgspec.ValidationError):
            unreadable.add(event.stream_id)  # of this appointment nothing can be said
    lost = [
        row
        for row in connection.execute(TOLD, {"practice": practice_id})
        if (row["appointment_id"], row["revision"], row["starts_at"]) not in states
        and stream_id("appointment", row["appointment_id"]) not in unreadable
    ]
    waiting = [row["message_id"] for row in lost if row["handed_over_at"] is None and row["state"] in WAITS]
    names = {"practice": practice_id, "reason": LOST, "messages": waiting}
    suppressed = connection.execute(SUPPRESS, names).rowcount if waiting else 0
    gone = [row["appointment_id"] for row in lost if row["message_id"] not in set(waiting)]
    alerts = sum(row["event_id"] not in causes for row in connection.execute(ALERTS, {"practice": practice_id}))
    return [*_said(suppressed, gone, alerts)]


def _said(suppressed: int, gone: list[UUID], alerts: int) -> Iterable[str]:
    if suppressed:
        yield f"{suppressed} waiting messages about what is lost are suppressed"
    if gone:
        appointments = sorted({str(one) for one in gone})
        more = f" and {len(appointments) - SHOWN} more" if len(appointments) > SHOWN else ""
        named = ", ".join(appointments[:SHOWN])
        yield f"{len(gone)} messages had gone out about what is lost; call the clients of appointments {named}{more}"
    if alerts:
        yield f"{alerts} alerts to staff tell of what is lost"


def _state(event: Recorded) -> State:
    fact = to_fact(event)
    slot = fact.new if isinstance(fact, AppointmentRescheduled) else fact.slot
    return fact.appointment_id, fact.revision, slot.starts_at
