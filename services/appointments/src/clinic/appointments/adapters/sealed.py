"""How far a practice's ledger is sealed: the newest head that its sealer signed (F51, ADR 0031)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.infra.database import Database

_HEAD = """
    SELECT h.position, CASE WHEN h.position > 0 THEN h.last_recorded_at END AS recorded_at,
        s.size AS sealed_position, s.sealed_at, s.root, s.key_id
    FROM heads h LEFT JOIN LATERAL (
        SELECT size, sealed_at, root, key_id FROM sealed_heads
        WHERE sealed_heads.practice_id = h.practice_id ORDER BY epoch DESC, size DESC LIMIT 1
    ) s ON true
    WHERE h.practice_id = %s
"""


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The last event, and up to which one a signed head speaks; None where nothing was recorded or sealed."""

    position: int = 0
    recorded_at: datetime | None = None
    sealed_position: int | None = None
    sealed_at: datetime | None = None
    root: bytes | None = None
    key_id: str | None = None


def ledger_head(database: Database, practice_id: UUID) -> LedgerHead:
    """Both as one moment shows them; a practice without a ledger has nothing recorded and nothing sealed."""
    with database.transaction(practice_id) as connection:
        row = connection.execute(_HEAD, (practice_id,)).fetchone()
    return LedgerHead(**row) if row else LedgerHead()
