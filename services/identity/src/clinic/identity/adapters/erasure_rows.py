"""SQL for erasures and legal holds. What is blanked is the database's own function: no role could do more."""

from datetime import datetime
from uuid import UUID

from clinic.identity.domain.erasures import Erasure, LegalHold, Receipt
from clinic.infra.database import Connection

_ERASURES = """
    SELECT client_id, key_id, ref_hash, reason, asked_by, begun_at,
        CASE WHEN EXISTS (
            SELECT FROM clients WHERE clients.practice_id = erasures.practice_id
                AND clients.client_id = erasures.client_id AND clients.erased_at IS NULL
        ) THEN NULL ELSE finished_at END AS finished_at
    FROM erasures WHERE practice_id = %s
"""


class PostgresErasureRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def erasures(self) -> list[Erasure]:
        """All of them; one whose record is there again counts as unfinished."""
        return self._erasures(_ERASURES, self._practice_id)

    def erasure(self, client_id: UUID) -> Erasure | None:
        """The decision about one client."""
        found = self._erasures(f"{_ERASURES} AND client_id = %s", self._practice_id, client_id)
        return found[0] if found else None

    def begin_erasure(self, erasure: Erasure) -> None:
        """The first decision stands."""
        receipt = erasure.receipt
        self._connection.execute(
            "INSERT INTO erasures (practice_id, client_id, key_id, ref_hash, reason, asked_by, begun_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (self._practice_id, receipt.client_id, receipt.key_id, receipt.ref_hash, erasure.reason, erasure.asked_by,
             erasure.begun_at),
        )  # fmt: skip

    def finish_erasure(self, client_id: UUID, now: datetime) -> bool:
        """Blanks the record; the decision's row is locked first, so that of several at once one succeeds."""
        finished = self._connection.execute(
            "UPDATE erasures SET finished_at = %s WHERE practice_id = %s AND client_id = %s "
            "AND (finished_at IS NULL OR EXISTS (SELECT FROM clients WHERE clients.practice_id = erasures.practice_id "
            "AND clients.client_id = erasures.client_id AND clients.erased_at IS NULL))",
            (now, self._practice_id, client_id),
        )
        if finished.rowcount == 0:
            return False
        self._connection.execute("SELECT blank_client(%s)", (client_id,))
        return True

    def erased_refs(self) -> frozenset[bytes]:
        """The references of those who are erased, as hashes."""
        rows = self._connection.execute("SELECT ref_hash FROM erasures WHERE practice_id = %s", (self._practice_id,))
        return frozenset(bytes(row["ref_hash"]) for row in rows)

    def appointments_ahead(self, client_id: UUID, now: datetime) -> int:
        """By identity's copy."""
        row = self._connection.execute(
            "SELECT count(*) AS ahead FROM appointment_times_v1 "
            "WHERE practice_id = %s AND client_id = %s AND NOT cancelled AND starts_at > %s",
            (self._practice_id, client_id, now),
        ).fetchone()
        return int(row["ahead"]) if row else 0

    def legal_hold(self, client_id: UUID) -> LegalHold | None:
        """The one that stands."""
        row = self._connection.execute(
            "SELECT hold_id, client_id, reason, placed_at, placed_by FROM legal_holds "
            "WHERE practice_id = %s AND client_id = %s AND lifted_at IS NULL",
            (self._practice_id, client_id),
        ).fetchone()
        return LegalHold(**row) if row else None

    def place_hold(self, hold: LegalHold) -> None:
        """A new row."""
        self._connection.execute(
            "INSERT INTO legal_holds (practice_id, hold_id, client_id, reason, placed_at, placed_by) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            (self._practice_id, hold.hold_id, hold.client_id, hold.reason, hold.placed_at, hold.placed_by),
        )

    def lift_hold(self, hold_id: UUID, now: datetime) -> None:
        """It stays as something that was."""
        self._connection.execute(
            "UPDATE legal_holds SET lifted_at = %s WHERE practice_id = %s AND hold_id = %s",
            (now, self._practice_id, hold_id),
        )

    def _erasures(self, statement: str, *values: UUID) -> list[Erasure]:
        return [
            Erasure(
                Receipt(self._practice_id, row["client_id"], row["key_id"], bytes(row["ref_hash"])),
                row["reason"],
                row["asked_by"],
                row["begun_at"],
                row["finished_at"],
            )
            for row in self._connection.execute(statement, values)
        ]
