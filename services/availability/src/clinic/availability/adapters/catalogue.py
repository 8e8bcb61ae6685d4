"""What a practice offers, as its pages show it: places, types, clinicians."""

from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.infra.database import Database
from clinic.kernel.errors import Refused
from clinic.kernel.streams import stream_id

LOCATIONS = """
    SELECT location_id AS id, name, address, postcode, zone, video FROM locations
    WHERE practice_id = %(practice)s ORDER BY name, location_id
"""

TYPES = """
    SELECT appointment_type_id AS id, name, duration_minutes, buffer_after_minutes, video, price_pence, clinician_ids,
        location_ids
    FROM appointment_types WHERE practice_id = %(practice)s ORDER BY name, appointment_type_id
"""

CLINICIANS = """
    SELECT clinician_id AS id, display_name, title, description, available_online FROM clinicians
    WHERE practice_id = %(practice)s ORDER BY display_name, clinician_id
"""

ONLINE = """
    SELECT c.available_online, s.rules_version FROM clinicians c
    JOIN booking_settings s ON s.practice_id = c.practice_id
    WHERE c.practice_id = %(practice)s AND c.clinician_id = %(clinician)s
"""

ONLINE_THEN = """
    SELECT coalesce((SELECT data::jsonb -> 'available' = 'true'::jsonb FROM events WHERE practice_id = %(practice)s
            AND stream_id = %(switch)s AND recorded_at <= %(at)s ORDER BY stream_version DESC LIMIT 1), false)
            AS available_online,
        coalesce((SELECT stream_version FROM events WHERE practice_id = %(practice)s
            AND stream_id = %(rules)s AND recorded_at <= %(at)s ORDER BY stream_version DESC LIMIT 1), 0)
            AS rules_version
"""


class PostgresCatalogue:
    """Reads what clients may know."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def catalogue(self, practice_id: UUID) -> dict[str, Any]:
        """All locations, appointment types and clinicians of a practice. Refused `not_found` for an unknown one."""
        named = {"practice": practice_id}
        with self._database.transaction(practice_id) as connection:
            settings = connection.execute(
                "SELECT first_day_of_week FROM booking_settings WHERE practice_id = %(practice)s", named
            ).fetchone()
            if settings is None:
                raise Refused("not_found")
            return {
                "locations": connection.execute(LOCATIONS, named).fetchall(),
                "appointment_types": connection.execute(TYPES, named).fetchall(),
                "clinicians": connection.execute(CLINICIANS, named).fetchall(),
                "first_day_of_week": settings["first_day_of_week"],
            }

    def online(self, practice_id: UUID, clinician_id: UUID, at: datetime | None = None) -> dict[str, Any]:
        """The clinician's switch and the version of the rules, now or as recorded until `at`. Refused `not_found`.

        Before its first event a switch was off, and there was no version of the rules.
        """
        asked = {
            "practice": practice_id,
            "clinician": clinician_id,
            "at": at,
            "switch": stream_id("clinician", clinician_id),
            "rules": stream_id("rules", practice_id),
        }
        with self._database.transaction(practice_id) as connection:
            row = connection.execute(ONLINE, asked).fetchone()
            if row is None:
                raise Refused("not_found")
            return row if at is None else connection.execute(ONLINE_THEN, asked).fetchone() or row
