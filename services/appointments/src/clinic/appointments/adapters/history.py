"""An appointment's events, found without knowing its practice: for operators."""

from uuid import UUID

from clinic.infra import event_store
from clinic.infra.database import Database
from clinic.kernel.recorded import Recorded
from clinic.kernel.streams import stream_id


def find_events(database: Database, appointment_id: UUID) -> list[Recorded]:
    """The appointment's events in order; empty where no practice has it."""
    with database.transaction() as connection:
        practices = sorted(event_store.heads(connection))
    for practice_id in practices:
        with database.transaction(practice_id) as connection:
            events = event_store.read_stream(connection, practice_id, stream_id("appointment", appointment_id))
        if events:
            return events
    return []
