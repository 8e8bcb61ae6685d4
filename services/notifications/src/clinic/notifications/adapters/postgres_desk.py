"""What staff see and ask for, in PostgreSQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from clinic.infra.database import Connection, Database
from clinic.notifications.adapters.paid_columns import paid_from
from clinic.notifications.adapters.postgres_outbox import told_from
from clinic.notifications.adapters.postgres_queue import PostgresQueue, switches_from
from clinic.notifications.application.desk import AlertShown, Original, QueuedMessage
from clinic.notifications.application.ports import Intention
from clinic.notifications.domain.alert_switches import AlertSwitches

SHOWN = 200

OF_CAUSE = """
    SELECT * FROM messages WHERE practice_id = %(practice)s AND cause_id = %(cause)s ORDER BY channel, number
"""

MESSAGES = """
    SELECT * FROM messages
    WHERE practice_id = %(practice)s AND user_id IS NULL AND request_id IS NULL
        AND (%(client)s::uuid IS NULL OR client_id = %(client)s)
        AND (%(appointment)s::uuid IS NULL OR appointment_id = %(appointment)s)
    ORDER BY number DESC LIMIT %(limit)s
"""

ORIGINAL = """
    SELECT * FROM messages WHERE practice_id = %s AND message_id = %s AND user_id IS NULL AND request_id IS NULL
"""

ALERTS = """
    SELECT * FROM alerts
    WHERE practice_id = %(practice)s AND user_id = %(user)s AND (read_at IS NULL OR NOT %(unread)s)
    ORDER BY number DESC LIMIT %(limit)s
"""

UNREAD = """
    SELECT count(*) AS unread FROM alerts WHERE practice_id = %(practice)s AND user_id = %(user)s AND read_at IS NULL
"""

READ = """
    UPDATE alerts SET read_at = coalesce(read_at, clinic_now())
    WHERE practice_id = %(practice)s AND user_id = %(user)s AND alert_id = %(alert)s
"""

READ_ALL = """
    UPDATE alerts SET read_at = clinic_now()
    WHERE practice_id = %(practice)s AND user_id = %(user)s AND read_at IS NULL
"""


SWITCHES = """
    SELECT * FROM alert_switches WHERE practice_id = %(practice)s AND user_id = %(user)s
    ORDER BY set_at DESC, number DESC LIMIT 1
"""

SET_SWITCHES = """
    INSERT INTO alert_switches (practice_id, user_id, email_change_own, email_change_any, email_cancel_own,
        email_cancel_any, in_app_change_others, in_app_cancel_others, within_hours, set_by, set_at)
    VALUES (%(practice)s, %(user)s, %(email_change_own)s, %(email_change_any)s, %(email_cancel_own)s,
        %(email_cancel_any)s, %(in_app_change_others)s, %(in_app_cancel_others)s, %(within_hours)s, %(by)s,
        clinic_now())
"""


class PostgresDesk:
    """The `Desk` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """`clinic_now()`."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT clinic_now() AS now").fetchone()
        return cast(datetime, row["now"] if row else None)

    def put(self, practice_id: UUID, intentions: list[Intention]) -> list[QueuedMessage]:
        """All in one transaction; two posts of one command at the same moment queue once."""
        with self._database.transaction(practice_id) as connection:
            queue = PostgresQueue(connection, practice_id)
            for intention in intentions:
                queue.put(intention)
            return _of_cause(connection, practice_id, intentions[0].cause_id)

    def of_cause(self, practice_id: UUID, cause_id: UUID) -> list[QueuedMessage]:
        """E-mail before text message."""
        with self._database.transaction(practice_id) as connection:
            return _of_cause(connection, practice_id, cause_id)

    def original(self, practice_id: UUID, message_id: UUID) -> Original | None:
        """By its id."""
        with self._database.transaction(practice_id) as connection:
            row = connection.execute(ORIGINAL, (practice_id, message_id)).fetchone()
        if row is None:
            return None
        return Original(told_from(row), row["channel"], row["recipient"], row["subject"], row["wording"])

    def messages(
        self, practice_id: UUID, *, client_id: UUID | None, appointment_id: UUID | None
    ) -> list[QueuedMessage]:
        """Newest first."""
        values = {"practice": practice_id, "client": client_id, "appointment": appointment_id, "limit": SHOWN}
        with self._database.transaction(practice_id) as connection:
            return [_queued(row) for row in connection.execute(MESSAGES, values)]

    def alerts(self, practice_id: UUID, user_id: UUID, *, unread_only: bool) -> tuple[list[AlertShown], int]:
        """Newest first, with the number of unread ones."""
        values = {"practice": practice_id, "user": user_id, "unread": unread_only, "limit": SHOWN}
        with self._database.transaction(practice_id) as connection:
            shown = [_alert(row) for row in connection.execute(ALERTS, values)]
            count = connection.execute(UNREAD, values).fetchone()
        return shown, count["unread"] if count else 0

    def read_alert(self, practice_id: UUID, user_id: UUID, alert_id: UUID) -> bool:
        """Read twice, it keeps the first time."""
        with self._database.transaction(practice_id) as connection:
            values = {"practice": practice_id, "user": user_id, "alert": alert_id}
            return connection.execute(READ, values).rowcount == 1

    def read_all_alerts(self, practice_id: UUID, user_id: UUID) -> None:
        """Those that are unread now."""
        with self._database.transaction(practice_id) as connection:
            connection.execute(READ_ALL, {"practice": practice_id, "user": user_id})

    def switches(self, practice_id: UUID, user_id: UUID) -> AlertSwitches:
        """The newest row."""
        with self._database.transaction(practice_id) as connection:
            return _switches(connection, practice_id, user_id)

    def set_switches(self, practice_id: UUID, user_id: UUID, switches: AlertSwitches, by: UUID) -> None:
        """Adds a row where something differs; earlier ones stay."""
        with self._database.transaction(practice_id) as connection:
            if switches == _switches(connection, practice_id, user_id):
                return
            values = {"practice": practice_id, "user": user_id, "by": by, **asdict(switches)}
            connection.execute(SET_SWITCHES, values)


def _switches(connection: Connection, practice_id: UUID, user_id: UUID) -> AlertSwitches:
    row = connection.execute(SWITCHES, {"practice": practice_id, "user": user_id}).fetchone()
    return switches_from(row) if row else AlertSwitches()


def _of_cause(connection: Connection, practice_id: UUID, cause_id: UUID) -> list[QueuedMessage]:
    rows = connection.execute(OF_CAUSE, {"practice": practice_id, "cause": cause_id})
    return [_queued(row) for row in rows]


def _queued(row: dict[str, Any]) -> QueuedMessage:
    return QueuedMessage(
        id=row["message_id"],
        kind=row["kind"],
        channel=row["channel"],
        appointment_id=row["appointment_id"],
        client_id=row["client_id"],
        state=row["state"],
        reason=row["reason"],
        queued_at=row["queued_at"],
        sent_at=row["sent_at"],
        delivered_at=row["delivered_at"],
        subject=row["subject"],
        resend_of=row["resend_of"],
        recipient=row["recipient"],
    )


def _alert(row: dict[str, Any]) -> AlertShown:
    return AlertShown(
        id=row["alert_id"],
        kind=row["kind"],
        appointment_id=row["appointment_id"],
        client_id=row["client_id"],
        clinician_id=row["clinician_id"],
        old_starts_at=row["old_starts_at"],
        starts_at=row["starts_at"],
        zone=row["zone"],
        has_message=row["message_id"] is not None,
        at=row["happened_at"],
        read_at=row["read_at"],
        paid=paid_from(row),
    )
