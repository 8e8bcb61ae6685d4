"""The recorded decisions of a period, for trying another policy on them (F54)."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from clinic.appointments.application.what_if import TYPES
from clinic.infra import event_store
from clinic.infra.database import Database
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import Recorded

_DECIDED = """
    SELECT * FROM events WHERE practice_id = %(practice)s AND type = ANY(%(types)s) AND actor_kind = 'client'
        AND occurred_at >= %(from)s AND occurred_at < %(until)s ORDER BY position
"""


def recorded_decisions(database: Database, practice_id: UUID, first: date, last: date) -> list[Recorded]:
    """What clients did and were refused around these dates, a day more at both ends: each has its own zone.

    Refused as `not_found` for a practice that has no ledger.
    """
    asked = {
        "practice": practice_id,
        "types": list(TYPES),
        "from": datetime.combine(first, time(), UTC) - timedelta(days=1),
        "until": datetime.combine(last, time(), UTC) + timedelta(days=2),
    }
    with database.transaction(practice_id) as connection:
        if practice_id not in event_store.heads(connection):
            raise Refused("not_found")
        return [event_store.from_row(row) for row in connection.execute(_DECIDED, asked)]
