"""A practice's triggers and texts in PostgreSQL: a row for every saving."""

from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from clinic.infra.database import Connection, Database
from clinic.notifications.application.communications import Saved
from clinic.notifications.domain.communications import DEFAULTS, Communications, changed_parts

NEWEST = """
    SELECT settings FROM communications
    WHERE practice_id = %(practice)s AND (%(instant)s::timestamptz IS NULL OR set_at <= %(instant)s)
    ORDER BY version DESC LIMIT 1
"""

SAVE = """
    INSERT INTO communications (practice_id, version, settings, changed, set_by, set_at)
    VALUES (%(practice)s, %(version)s, %(settings)s, %(changed)s, %(by)s, clinic_now())
    ON CONFLICT DO NOTHING
"""

HISTORY = """
    SELECT later.*, earlier.settings AS before, count(*) OVER () AS savings
    FROM communications AS later LEFT JOIN communications AS earlier
        ON earlier.practice_id = later.practice_id AND earlier.version = later.version - 1
    WHERE later.practice_id = %(practice)s ORDER BY later.version DESC LIMIT %(limit)s OFFSET %(offset)s
"""

NOW = "SELECT clinic_now() AS now"

PAGE = 20

PLAN_ANEW = """
    INSERT INTO practices_with_reminders (practice_id, due_at, plan_anew) VALUES (%(practice)s, clinic_now(), true)
    ON CONFLICT (practice_id) DO UPDATE SET due_at = clinic_now(), plan_anew = true
"""


def communications(connection: Connection, practice_id: UUID, instant: datetime | None = None) -> Communications:
    """What held at an instant, now without one; the defaults for who never saved."""
    row = connection.execute(NEWEST, {"practice": practice_id, "instant": instant}).fetchone()
    return msgspec.convert(row["settings"], Communications) if row else DEFAULTS


def save(connection: Connection, practice_id: UUID, wanted: Communications, by: UUID | None) -> Communications | None:
    """Saves over the version that `wanted` names; None where somebody else saved meanwhile. The same saves nothing.

    The practice's row of the work list is taken first: who plans reminders sees this saving, or is seen by it.
    """
    connection.execute(PLAN_ANEW, {"practice": practice_id})
    before = communications(connection, practice_id)
    if before.version != wanted.version:
        return None
    changed = changed_parts(before, wanted)
    if not changed:
        return before
    after = replace(wanted, version=before.version + 1)
    values = {
        "practice": practice_id,
        "version": after.version,
        "settings": Jsonb(msgspec.to_builtins(after)),
        "changed": list(changed),
        "by": by,
    }
    return after if connection.execute(SAVE, values).rowcount == 1 else None


def remind_imported(connection: Connection, practice_id: UUID) -> bool:
    """An operator switches reminders of imported appointments on; False where they were on."""
    connection.execute(PLAN_ANEW, {"practice": practice_id})
    before = communications(connection, practice_id)
    save(connection, practice_id, replace(before, remind_imported=True), None)
    return not before.remind_imported


class PostgresCommunications:
    """The `CommunicationsDesk` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """`clinic_now()`."""
        with self._database.transaction() as connection:
            row = connection.execute(NOW).fetchone()
        return cast(datetime, row["now"] if row else None)

    def decided(self, practice_id: UUID) -> Communications:
        """The newest row."""
        with self._database.transaction(practice_id) as connection:
            return communications(connection, practice_id)

    def decide(self, practice_id: UUID, wanted: Communications, by: UUID) -> Communications | None:
        """Reminders are planned anew by the worker, within a second."""
        with self._database.transaction(practice_id) as connection:
            return save(connection, practice_id, wanted, by)

    def history(self, practice_id: UUID, page: int) -> tuple[list[Saved], int]:
        """The first saving replaced the defaults."""
        values = {"practice": practice_id, "limit": PAGE, "offset": (page - 1) * PAGE}
        with self._database.transaction(practice_id) as connection:
            rows = connection.execute(HISTORY, values).fetchall()
        savings = rows[0]["savings"] if rows else 0
        return [
            Saved(
                before=msgspec.convert(row["before"], Communications) if row["before"] else DEFAULTS,
                after=msgspec.convert(row["settings"], Communications),
                changed=tuple(row["changed"]),
                set_by=row["set_by"],
                set_at=row["set_at"],
            )
            for row in rows
        ], max(1, -(-savings // PAGE))
