"""SQL for confirmations that failed: recorded and shown (F53)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from clinic.contracts.refusals import ConfirmationRefused
from clinic.identity.domain.refusals import PER_LINK, WITHIN, RefusalLine
from clinic.infra import event_store
from clinic.infra.database import Connection
from clinic.kernel.recorded import SYSTEM
from clinic.kernel.streams import stream_id

_WHICH = "practice_id = %(practice)s AND (%(client)s::uuid IS NULL OR client_id = %(client)s)"


class PostgresRefusalRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def record_refusal(self, fact: ConfirmationRefused, now: datetime) -> None:
        """Appends it and keeps its row, by the same statements whatever was wrong; exact under the link's lock."""
        counted = self._connection.execute(
            "SELECT count(*) AS recorded FROM confirmation_refusals"
            " WHERE practice_id = %s AND link_id = %s AND recorded_at > %s",
            (self._practice_id, fact.link_id, now - WITHIN),
        ).fetchone()
        if counted is None or counted["recorded"] >= PER_LINK:
            return
        event = event_store.new_event(fact, stream_id("confirmation", fact.refusal_id), 1, now)
        cause = event_store.Cause(SYSTEM, fact.refusal_id, fact.refusal_id)
        appended = event_store.append(self._connection, self._practice_id, cause, [event])
        self._connection.execute(
            "INSERT INTO confirmation_refusals (practice_id, position, recorded_at, link, link_id, appointment_id,"
            " client_id, code) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (self._practice_id, appended.position, appended.recorded_at, fact.link, fact.link_id, fact.appointment_id,
             fact.client_id, fact.code),
        )  # fmt: skip

    def refusals(self, client_id: UUID | None, page: int, size: int) -> tuple[Sequence[RefusalLine], int]:
        """A page, newest first, and how many there are."""
        asked = {"practice": self._practice_id, "client": client_id, "size": size, "before": (page - 1) * size}
        total = self._connection.execute(f"SELECT count(*) FROM confirmation_refusals WHERE {_WHICH}", asked).fetchone()
        rows = self._connection.execute(
            "SELECT position, recorded_at, link, link_id, appointment_id, client_id, code FROM confirmation_refusals"
            f" WHERE {_WHICH} ORDER BY position DESC LIMIT %(size)s OFFSET %(before)s",
            asked,
        )
        return [RefusalLine(**row) for row in rows], int(total["count"]) if total else 0
