"""The copy of taken times, one row per appointment, newest revision wins."""

from typing import Any
from uuid import UUID

from clinic.availability.application.ports import Taken

TAKE = """
    INSERT INTO busy (practice_id, appointment_id, client_id, clinician_id, starts_at, ends_at, occupies, revision)
    VALUES (%(practice)s, %(appointment)s, %(client)s, %(clinician)s, %(starts_at)s, %(ends_at)s,
        coalesce(%(occupies)s, true), %(revision)s)
    ON CONFLICT (practice_id, appointment_id) DO UPDATE
    SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, revision = excluded.revision,
        clinician_id = excluded.clinician_id, client_id = excluded.client_id,
        occupies = coalesce(%(occupies)s, busy.occupies)
    WHERE busy.revision < excluded.revision
"""

FREE = """
    UPDATE busy SET occupies = false, revision = %(revision)s
    WHERE practice_id = %(practice)s AND appointment_id = %(appointment)s AND revision < %(revision)s
"""


class PostgresTakenTimes:
    """Writes in the consumer's transaction."""

    def take(self, connection: Any, taken: Taken) -> None:
        """Inserts or moves the appointment's time."""
        connection.execute(
            TAKE,
            {
                "practice": taken.practice_id,
                "appointment": taken.appointment_id,
                "client": taken.client_id,
                "clinician": taken.clinician_id,
                "starts_at": taken.starts_at,
                "ends_at": taken.ends_at,
                "occupies": taken.occupies,
                "revision": taken.revision,
            },
        )

    def free(self, connection: Any, practice_id: UUID, appointment_id: UUID, revision: int) -> None:
        """The appointment's row stays, without taking time."""
        connection.execute(FREE, {"practice": practice_id, "appointment": appointment_id, "revision": revision})

    def forget(self, connection: Any, practice_id: UUID) -> None:
        """Takes the practice's rows away, before they are made anew (ADR 0028)."""
        connection.execute("DELETE FROM busy WHERE practice_id = %s", (practice_id,))
