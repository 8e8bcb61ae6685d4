"""How the ledger's own views are repaired when only its events were restored to an older point (ADR 0028)."""

from collections.abc import Callable
from uuid import UUID

from clinic.appointments.adapters.projections import SOURCE, projection_of
from clinic.appointments.adapters.replacing import rebuild
from clinic.appointments.application.projections.all_views import EVERY_VERSION
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.infra.repairing import Copy, ServiceRepairs, built_by


def _empty(table: str) -> Callable[[Connection, UUID], None]:
    def empty(connection: Connection, practice_id: UUID) -> None:
        connection.execute(f"DELETE FROM {table} WHERE practice_id = %s", (practice_id,))

    return empty


def _rebuild_occupancy(database: Database, practice_id: UUID) -> list[str]:
    with database.transaction(practice_id) as connection:
        head = event_store.heads(connection)[practice_id]
    (rebuilt,) = rebuild(database, {practice_id: head}, [OCCUPANCY])
    if rebuilt.failed:
        return [f"whose time is taken: NOT built anew, {rebuilt.failed}"]
    return [f"whose time is taken: built anew, {rebuilt.rows} rows"]


REPAIRS = ServiceRepairs(
    [Copy(view.consumer, SOURCE, _empty(view.table), built_by(projection_of(view).handles)) for view in EVERY_VERSION],
    afterwards=_rebuild_occupancy,
)
"""Views are built anew, and so is whose time is taken."""
