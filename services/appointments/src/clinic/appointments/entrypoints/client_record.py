"""The ledger's part of a client's record, found through the entry point `clinic.client_records` (F52)."""

from uuid import UUID

from clinic.appointments.adapters.held_about_client import complete_tables, sealed_of, sections_of
from clinic.infra.client_record import Contribution, Section, plain
from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url


def held_about(practice_id: UUID, client_id: UUID) -> Contribution:
    """Appointments, their history, messages as they are sealed, commands and refusals, with the operators' role."""
    database = Database(operator_database_url("appointments"), size=1, limits=False, name="appointments-record")
    try:
        with database.transaction(practice_id) as connection:
            tables = complete_tables(connection, practice_id)
            found = sections_of(connection, tables, practice_id, client_id)
            sealed = sealed_of(connection, tables, practice_id, client_id)
    finally:
        database.close()
    return Contribution(
        tuple(Section("appointments", title, [plain(row) for row in rows]) for title, rows in found.items()), sealed
    )
