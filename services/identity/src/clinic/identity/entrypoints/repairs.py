"""How identity's consumer is repaired after the ledger was restored to an older point (ADR 0028)."""

from uuid import UUID

from clinic.identity.adapters.postgres import PostgresRows
from clinic.identity.bootstrap import APPOINTMENTS, appointments_handles
from clinic.infra.database import Connection
from clinic.infra.repairing import Copy, ServiceRepairs, built_by


def _forget(connection: Connection, practice_id: UUID) -> None:
    PostgresRows(connection, practice_id).forget_copies()


REPAIRS = ServiceRepairs([Copy(APPOINTMENTS.name, APPOINTMENTS.source, _forget, built_by(appointments_handles()))])
"""Starts and switches are copied anew: links live as long as the ledger says."""
