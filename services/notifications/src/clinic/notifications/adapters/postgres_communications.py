"""A practice's triggers and texts in PostgreSQL: a row for every saving."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from clinic.infra.database import Connection
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
