"""Clinicians' switches of every moment, from availability's own ledger with the operators' role."""

from datetime import datetime
from uuid import UUID

from clinic.contracts.codec import to_fact
from clinic.infra.database import Database
from clinic.infra.event_store import read_stream
from clinic.infra.importing import operator_database_url
from clinic.kernel.streams import stream_id


class OperatorSwitches:
    """The `PastSwitches` port; `Unavailable` where that database is not reachable."""

    def was_online(self, practice_id: UUID, clinician_id: UUID, at: datetime) -> bool:
        """Off before the first event."""
        database = Database(operator_database_url("availability"), size=1, limits=False, name="appointments-cli")
        try:
            with database.transaction(practice_id) as connection:
                events = read_stream(connection, practice_id, stream_id("clinician", clinician_id))
        finally:
            database.close()
        return next((to_fact(one).available for one in reversed(events) if one.recorded_at <= at), False)
