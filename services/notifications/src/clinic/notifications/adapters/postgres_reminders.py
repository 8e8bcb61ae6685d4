"""Planned reminders in PostgreSQL. Whoever plans holds the practice's row of the work list until the commit."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from clinic.infra.database import Connection, Database
from clinic.notifications.adapters.postgres_communications import communications
from clinic.notifications.adapters.postgres_queue import PostgresQueue
from clinic.notifications.application.ports import Queue
from clinic.notifications.application.reminding import Plans
from clinic.notifications.domain.communications import Communications
from clinic.notifications.domain.reminders import Remindable, Reminder

DUE_PRACTICES = "SELECT practice_id FROM practices_with_reminders WHERE due_at <= clinic_now() ORDER BY due_at LIMIT 32"

TAKE = "SELECT FROM practices_with_reminders WHERE practice_id = %(practice)s FOR UPDATE"

BEGIN = """
    INSERT INTO practices_with_reminders (practice_id, due_at) VALUES (%(practice)s, 'infinity') ON CONFLICT DO NOTHING
"""

TAKE_IF_FREE = """
    SELECT plan_anew FROM practices_with_reminders WHERE practice_id = %(practice)s FOR UPDATE SKIP LOCKED
"""

NOW = "SELECT clinic_now() AS now"

KNOWN = "SELECT * FROM appointments_to_remind WHERE practice_id = %(practice)s AND appointment_id = %(appointment_id)s"

UPCOMING = "SELECT * FROM appointments_to_remind WHERE practice_id = %(practice)s AND starts_at > clinic_now()"

KEEP = """
    INSERT INTO appointments_to_remind (practice_id, appointment_id, client_id, appointment_type_id, revision,
        starts_at, ends_at, zone, takes_place, taken_over)
    VALUES (%(practice)s, %(appointment_id)s, %(client_id)s, %(appointment_type_id)s, %(revision)s, %(starts_at)s,
        %(ends_at)s, %(zone)s, %(takes_place)s, %(taken_over)s)
    ON CONFLICT (practice_id, appointment_id) DO UPDATE SET client_id = excluded.client_id,
        appointment_type_id = excluded.appointment_type_id, revision = excluded.revision,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, zone = excluded.zone,
        takes_place = excluded.takes_place, taken_over = excluded.taken_over
"""

PLANNED = """
    SELECT * FROM reminders
    WHERE practice_id = %(practice)s AND (%(appointment_id)s::uuid IS NULL OR appointment_id = %(appointment_id)s)
"""

ADD = """
    INSERT INTO reminders (practice_id, appointment_id, starts_at, minutes_before, channel, due_at)
    VALUES (%(practice)s, %(appointment_id)s, %(starts_at)s, %(minutes_before)s, %(channel)s, %(due_at)s)
    ON CONFLICT DO NOTHING
"""

DROP = """
    DELETE FROM reminders WHERE practice_id = %(practice)s AND appointment_id = %(appointment_id)s
        AND starts_at = %(starts_at)s AND minutes_before = %(minutes_before)s AND channel = %(channel)s
"""

TAKE_DUE = """
    WITH due AS (
        DELETE FROM reminders USING (
            SELECT appointment_id, starts_at, minutes_before, channel FROM reminders
            WHERE practice_id = %(practice)s AND due_at <= clinic_now() ORDER BY due_at LIMIT %(limit)s
        ) AS first
        WHERE reminders.practice_id = %(practice)s AND reminders.appointment_id = first.appointment_id
            AND reminders.starts_at = first.starts_at AND reminders.minutes_before = first.minutes_before
            AND reminders.channel = first.channel
        RETURNING reminders.*)
    SELECT appointment.*, due.minutes_before, due.channel FROM due
    JOIN appointments_to_remind AS appointment ON appointment.practice_id = %(practice)s
        AND appointment.appointment_id = due.appointment_id AND appointment.starts_at = due.starts_at
    ORDER BY due.due_at, due.appointment_id, due.channel
"""

FORGET_PAST = """
    DELETE FROM appointments_to_remind
    WHERE practice_id = %(practice)s AND starts_at < clinic_now() - interval '1 day'
"""

FORGET_APPOINTMENTS = "DELETE FROM appointments_to_remind WHERE practice_id = %(practice)s"

PLAN_ANEW = """
    UPDATE practices_with_reminders SET plan_anew = true, due_at = clinic_now() WHERE practice_id = %(practice)s
"""

FINISH = """
    UPDATE practices_with_reminders SET plan_anew = plan_anew AND NOT %(planned_anew)s, due_at = CASE
        WHEN plan_anew AND NOT %(planned_anew)s THEN clinic_now()
        ELSE coalesce((SELECT min(due_at) FROM reminders WHERE practice_id = %(practice)s), 'infinity') END
    WHERE practice_id = %(practice)s
"""


class PostgresPlans:
    """The `Plans` port inside a transaction that the caller owns and that holds the practice's row."""

    def __init__(self, connection: Connection, practice_id: UUID, *, plan_anew: bool = False) -> None:
        self._connection = connection
        self._practice_id = practice_id
        self._plan_anew = plan_anew

    @classmethod
    def taken(cls, connection: Connection, practice_id: UUID) -> "PostgresPlans":
        """Waits for the practice's row: for reactions, which cannot pass a practice by.

        The row is locked, not written: a batch of many events would leave a version of it behind for each.
        """
        if connection.execute(TAKE, {"practice": practice_id}).fetchone() is None:
            connection.execute(BEGIN, {"practice": practice_id})
            connection.execute(TAKE, {"practice": practice_id})
        return cls(connection, practice_id)

    def now(self) -> datetime:
        """`clinic_now()`."""
        row = self._connection.execute(NOW).fetchone()
        return cast(datetime, row["now"] if row else None)

    def communications(self) -> Communications:
        """The newest row."""
        return communications(self._connection, self._practice_id)

    def known(self, appointment_id: UUID) -> Remindable | None:
        """By its id."""
        row = self._connection.execute(KNOWN, self._values(appointment_id=appointment_id)).fetchone()
        return _remindable(row) if row else None

    def keep(self, appointment: Remindable) -> None:
        """In the place of what was known."""
        self._connection.execute(KEEP, self._values(**asdict(appointment)))

    def upcoming(self) -> list[Remindable]:
        """By `clinic_now()`."""
        return [_remindable(row) for row in self._connection.execute(UPCOMING, self._values())]

    def planned(self, appointment_id: UUID) -> frozenset[Reminder]:
        """Not yet due, or due and not yet queued."""
        rows = self._connection.execute(PLANNED, self._values(appointment_id=appointment_id))
        return frozenset(_reminder(row) for row in rows)

    def all_planned(self) -> dict[UUID, frozenset[Reminder]]:
        """The practice's."""
        found: dict[UUID, set[Reminder]] = {}
        for row in self._connection.execute(PLANNED, self._values(appointment_id=None)):
            found.setdefault(row["appointment_id"], set()).add(_reminder(row))
        return {appointment_id: frozenset(reminders) for appointment_id, reminders in found.items()}

    def change(self, add: Iterable[Reminder], drop: Iterable[Reminder]) -> None:
        """What is there already stays as it is."""
        with self._connection.cursor() as cursor:
            cursor.executemany(ADD, [self._values(**asdict(one), due_at=one.due_at) for one in add])
            cursor.executemany(DROP, [self._values(**asdict(one)) for one in drop])

    def take_due(self, limit: int) -> list[tuple[Reminder, Remindable]]:
        """Removes them; a crash before the commit brings them back. Past appointments are forgotten on the way."""
        rows = self._connection.execute(TAKE_DUE, self._values(limit=limit)).fetchall()
        self._connection.execute(FORGET_PAST, self._values())
        return [(_reminder(row), _remindable(row)) for row in rows]

    def forget_appointments(self) -> None:
        """Takes the copied appointments away, before they are made anew (ADR 0028); planned reminders stay."""
        self._connection.execute(FORGET_APPOINTMENTS, self._values())

    def ask_to_plan_anew(self) -> None:
        """The worker plans by appointments and triggers as they are now, within a second."""
        self._connection.execute(PLAN_ANEW, self._values())

    def is_to_plan_anew(self) -> bool:
        """As it was when the row was taken."""
        return self._plan_anew

    def finish(self) -> None:
        """The next look is when the next reminder is due."""
        self._connection.execute(FINISH, self._values(planned_anew=self._plan_anew))

    def _values(self, **values: Any) -> dict[str, Any]:
        return {"practice": self._practice_id, **values}


class PostgresReminders:
    """The `Reminders` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due_practices(self) -> list[UUID]:
        """Those that wait longest first."""
        with self._database.transaction() as connection:
            return [row["practice_id"] for row in connection.execute(DUE_PRACTICES)]

    @contextmanager
    def of_practice(self, practice_id: UUID) -> Iterator[tuple[Plans, Queue] | None]:
        """A practice that somebody else has is passed by."""
        with self._database.transaction(practice_id) as connection:
            row = connection.execute(TAKE_IF_FREE, {"practice": practice_id}).fetchone()
            if row is None:
                yield None
                return
            plans = PostgresPlans(connection, practice_id, plan_anew=row["plan_anew"])
            yield plans, PostgresQueue(connection, practice_id)


def _remindable(row: dict[str, Any]) -> Remindable:
    return Remindable(**{one.name: row[one.name] for one in fields(Remindable)})


def _reminder(row: dict[str, Any]) -> Reminder:
    return Reminder(**{one.name: row[one.name] for one in fields(Reminder)})
