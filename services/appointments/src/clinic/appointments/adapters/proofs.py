"""What operators ask of the sealed ledger: is it what was signed, how far is it sealed, seal it anew (F51)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg

from clinic.infra import event_store
from clinic.infra.database import Database
from clinic.infra.proof.heads import Head, PublicKeys
from clinic.infra.proof.naming import Fault
from clinic.infra.proof.seal_rows import SealRows, Stop
from clinic.infra.proof.verifying import LATE, Shipped, Verified, verify_practice
from clinic.kernel.ids import new_id

_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WAITING = """
    SELECT h.position, (SELECT clinic_now() - e.recorded_at FROM events e
        WHERE e.practice_id = h.practice_id AND e.position > %s ORDER BY e.position LIMIT 1) AS waits
    FROM heads h WHERE h.practice_id = %s
"""
_ASKED = """
    SELECT 1 AS asked FROM reseal_requests r WHERE r.practice_id = %s AND r.epoch = %s AND r.size = %s AND r.root = %s
        AND NOT EXISTS (SELECT FROM sealed_breaks b WHERE b.practice_id = r.practice_id AND b.request_id = r.request_id)
"""


@dataclass(frozen=True, slots=True)
class SealState:
    """How far a practice is sealed; `waits` is how long its first unsealed event has been waiting."""

    practice_id: UUID
    position: int
    head: Head | None
    waits: timedelta | None
    stop: Stop | None

    @property
    def sealed(self) -> int:
        """How many events the last head names."""
        return self.head.place.size if self.head else 0

    @property
    def sound(self) -> bool:
        """Nothing is stopped, shorter than what was signed, or waits for too long."""
        return self.stop is None and self.sealed <= self.position and (self.waits is None or self.waits <= LATE)


def ledgers(database: Database) -> dict[UUID, int]:
    """Every practice that has a ledger, with its last position."""
    with database.transaction() as connection:
        return dict(sorted(event_store.heads(connection).items()))


def verify_one(
    database: Database,
    service: str,
    practice_id: UUID,
    keys: PublicKeys,
    shipped: Shipped | None,
    progress: Callable[[int], None],
) -> Verified:
    """One practice as it is at one moment. What cannot even be read (a date that is none) is a fault too."""
    try:
        with database.transaction() as connection:
            connection.execute(_ONE_MOMENT)
            return verify_practice(connection, service, practice_id, keys, shipped, progress)
    except (psycopg.DataError, ValueError, OverflowError) as error:
        what = f"a row of events or of sealed_heads cannot be read ({type(error).__name__}: {error})"
        return Verified(practice_id, faults=[Fault("unreadable", what)])


def seal_state(database: Database, service: str, practice_id: UUID) -> SealState:
    """How far a practice is sealed. The head is read first: the ledger only grows meanwhile."""
    with database.transaction(practice_id) as connection:
        rows = SealRows(connection, service, practice_id)
        head = rows.last_head()
        row = connection.execute(_WAITING, (head.place.size if head else 0, practice_id)).fetchone() or {}
        return SealState(practice_id, row.get("position", 0), head, row.get("waits"), rows.stop())


def ask_to_reseal(database: Database, service: str, practice_id: UUID, reason: str, asked_by: str) -> bool | None:
    """Leaves the wish for the sealer: True; False where it is there already, None where the practice is not stopped."""
    with database.transaction(practice_id) as connection:
        rows = SealRows(connection, service, practice_id)
        stop = rows.stop()
        if stop is None:
            return None
        if connection.execute(_ASKED, (practice_id, stop.place.epoch, stop.place.size, stop.root)).fetchone():
            return False
        rows.ask_to_reseal(new_id(), stop, reason, asked_by)
        return True
