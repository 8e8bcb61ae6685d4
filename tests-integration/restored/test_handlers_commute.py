"""A handler touches only its stream's rows, or is commutative (A5): parking holds back a stream, not the others."""

import random

import pytest
from restored_product import Product

from clinic.kernel.recorded import Recorded

ROWS = {
    "availability.appointments.events": ("availability", "SELECT * FROM busy ORDER BY appointment_id"),
    "identity.appointments.events": ("identity", "SELECT * FROM appointment_times_v1 ORDER BY appointment_id"),
    "notifications.appointments.events": (
        "notifications",
        "SELECT cause_id, channel, kind, revision, starts_at, state FROM messages ORDER BY cause_id, channel",
    ),
    "notifications.appointments.reminders": (
        "notifications",
        "SELECT r.*, a.revision, a.takes_place FROM reminders r"
        " JOIN appointments_to_remind a USING (practice_id, appointment_id) ORDER BY appointment_id, due_at, channel",
    ),
    "client_list@": ("projector", "SELECT * FROM client_list_v2 ORDER BY appointment_id"),
    "clinician_diary@": ("projector", "SELECT * FROM clinician_diary_v2 ORDER BY appointment_id"),
    "appointment_history@": ("projector", "SELECT * FROM appointment_history_v3 ORDER BY position"),
}


def shuffled(events: list[Recorded], chance: random.Random) -> list[Recorded]:
    """Any order in which each stream's events stay in theirs."""
    streams: dict[str, list[Recorded]] = {}
    for event in events:
        streams.setdefault(event.stream_id, []).append(event)
    found = []
    while streams:
        chosen = chance.choice(sorted(streams))
        found.append(streams[chosen].pop(0))
        if not streams[chosen]:
            del streams[chosen]
    return found


@pytest.mark.parametrize("name", ROWS)
def test_streams_may_interleave_in_any_way(product: Product, name: str) -> None:
    practice, chance = product.practice(), random.Random(7)
    appointments = [practice.book(hour) for hour in (0, 2, 4, 6)]
    practice.reschedule(appointments[0], 0, 8)
    practice.cancel(appointments[1], 2)
    practice.reschedule(appointments[2], 4, 0)
    practice.cancel(appointments[0], 8, revision=3)
    practice.reschedule(appointments[3], 6, 4)
    events = practice.events()
    (consumer,) = [one for one in (*product.followers, *product.views) if one.name.startswith(name)]
    service, query = ROWS[name]
    seen = []
    for order in (events, *(shuffled(events, chance) for _ in range(6))):
        with product.databases[service].connection() as connection, connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice.id),))
            for event in order:
                if handle := consumer.handles.get(event.type):
                    handle(connection, event)
            seen.append(connection.execute(query).fetchall())
    assert seen[0]
    assert all(rows == seen[0] for rows in seen)
