"""Receipts in PostgreSQL, by the role `webhooks`, which sees six columns of one practice's messages."""

from typing import Any

from clinic.infra.database import Database
from clinic.notifications.domain.receipts import Receipt, Standing, after

STANDING = """
    SELECT state, attempts, delivered_at FROM messages
    WHERE practice_id = %(practice)s AND message_id = %(message)s FOR UPDATE
"""

SENT = """
    UPDATE messages SET state = 'sent', reason = NULL, sent_at = coalesce(sent_at, clinic_now()),
        delivered_at = CASE WHEN %(delivered)s THEN coalesce(delivered_at, clinic_now()) END
    WHERE practice_id = %(practice)s AND message_id = %(message)s
"""

FAILED = """
    UPDATE messages SET state = 'failed', reason = %(reason)s, delivered_at = NULL
    WHERE practice_id = %(practice)s AND message_id = %(message)s
"""


class PostgresReceipts:
    """The `Receipts` port: the message's row is held while its standing is judged."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, receipt: Receipt) -> bool:
        """Of the receipt's own practice only: row level security shows no other."""
        values: dict[str, Any] = {"practice": receipt.practice_id, "message": receipt.message_id}
        with self._database.transaction(receipt.practice_id) as connection:
            row = connection.execute(STANDING, values).fetchone()
            if row is None:
                return False
            standing = Standing(row["state"], row["attempts"] > 0, row["delivered_at"] is not None)
            following = after(standing, receipt.said)
            if following is None:
                return False
            statement = FAILED if following.state == "failed" else SENT
            connection.execute(statement, {**values, "reason": receipt.reason, "delivered": following.delivered})
            return True
