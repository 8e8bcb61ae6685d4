"""How far a practice's ledger is sealed, for whoever asks over HTTP (F51, ADR 0031)."""

from typing import Any
from uuid import UUID

from clinic.infra.database import Database
from clinic.infra.proof.seal_rows import SealRows
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused

_END = "SELECT position, last_recorded_at FROM heads WHERE practice_id = %s"


def sealed_state(database: Database, practice_id: UUID) -> dict[str, Any]:
    """The ledger's end and its newest signed head; nulls where there is nothing yet. Refused as `not_found`."""
    with database.transaction(practice_id) as connection:
        end = connection.execute(_END, (practice_id,)).fetchone()
        if end is None:
            raise Refused("not_found")
        rows = SealRows(connection, "appointments", practice_id)
        head, stop = rows.last_head(), rows.stop()
    return {
        "position": end["position"],
        "recorded_at": utc_text(end["last_recorded_at"]) if end["position"] else None,
        "sealed_position": head.place.size if head else None,
        "sealed_at": utc_text(head.sealed_at) if head else None,
        "root": head.root.hex() if head else None,
        "key_id": head.key_id if head else None,
        "stopped": stop.reason if stop else None,
    }
