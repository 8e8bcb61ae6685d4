"""Availability's part of a client's record, found through the entry point `clinic.client_records` (F52)."""

from uuid import UUID

from clinic.availability.adapters.catalogue import PostgresCatalogue
from clinic.infra.client_record import Contribution, Section, plain
from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url
from clinic.kernel.errors import Refused

TAKEN = """
    SELECT appointment_id, clinician_id, starts_at, ends_at, occupies FROM busy
    WHERE practice_id = %s AND client_id = %s ORDER BY starts_at
"""


def held_about(practice_id: UUID, client_id: UUID) -> Contribution:
    """The times that the client's appointments take, and the names of places and types."""
    database = Database(operator_database_url("availability"), size=1, limits=False, name="availability-record")
    try:
        with database.transaction(practice_id) as connection:
            taken = [plain(row) for row in connection.execute(TAKEN, (practice_id, client_id))]
        names = _names(PostgresCatalogue(database), practice_id)
    finally:
        database.close()
    return Contribution((Section("availability", "Times that are taken", taken),), names=names)


def _names(catalogue: PostgresCatalogue, practice_id: UUID) -> dict[str, str]:
    try:
        found = catalogue.catalogue(practice_id)
    except Refused:
        return {}
    return {str(one["id"]): one["name"] for kind in ("locations", "appointment_types") for one in found[kind]}
