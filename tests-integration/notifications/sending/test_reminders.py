"""Reminders with a real database, its clock moved on minute by minute, and with the real worker (F44, F46)."""

import signal
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import requests

from clinic.contracts.appointments import AppointmentBooked, Slot
from clinic.contracts.codec import to_data
from clinic.infra.database import Database
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, Recorded
from clinic.notifications.adapters.postgres_communications import save
from clinic.notifications.adapters.postgres_reminders import PostgresReminders
from clinic.notifications.application.reminding import queue_due
from clinic.notifications.bootstrap import planning_handles
from clinic.notifications.domain.communications import DEFAULTS, Communications, Trigger

NO_BROKER = "amqp://nobody:nothing@127.0.0.1:1/"
WORKER = "clinic.notifications.entrypoints.worker"
ZONE = "Europe/London"
HOUR = timedelta(hours=1)
MANY = 1000
BY_MAIL = replace(DEFAULTS, triggers=(Trigger("reminder", "email", True, minutes_before=1440),))


@dataclass
class Clinic:
    """A notifications database whose clock the test sets."""

    made: Any
    practice_id: UUID

    def at(self, instant: datetime) -> Database:
        """The worker's connections at an instant: `clinic_now()` goes on from there."""
        self.made.shift_clock(f"{(instant - datetime.now(UTC)).total_seconds():.3f} seconds")
        return Database(self.made.url("worker"))

    def booked(self, database: Database, starts_at: datetime, recorded_at: datetime) -> UUID:
        """An appointment, planned for as the worker plans."""
        recorded = booking(self.practice_id, starts_at, recorded_at)
        with database.transaction(self.practice_id) as connection:
            planning_handles()[recorded.type](connection, recorded)
        return UUID(recorded.data["appointment_id"])

    def decides(self, wanted: Communications) -> Communications:
        """Staff save triggers; the version is taken care of."""
        with closing(Database(self.made.url("api"))) as database, database.transaction(self.practice_id) as connection:
            saved = save(connection, self.practice_id, wanted, new_id())
        assert saved is not None
        return saved

    def reminded(self, database: Database) -> list[tuple[UUID, datetime]]:
        """What was queued so far: appointment and start."""
        with database.transaction(self.practice_id) as connection:
            rows = connection.execute("SELECT * FROM messages WHERE kind = 'reminder' ORDER BY number")
            return [(row["appointment_id"], row["starts_at"]) for row in rows]


def booking(practice_id: UUID, starts_at: datetime, recorded_at: datetime) -> Recorded:
    """Staff booked half an hour."""
    appointment, event = new_id(), new_id()
    slot = Slot(starts_at, starts_at + HOUR / 2, ZONE, starts_at.strftime("%Y-%m-%dT%H:%M"), 30, 0)
    ids = (appointment, new_id(), new_id(), new_id(), new_id())
    fact = AppointmentBooked(*ids, slot, "booked", True, 1, False, False)
    return Recorded(
        event, "AppointmentBooked", 1, practice_id, f"appointment-{appointment}", 1, 1, None, recorded_at, recorded_at,
        Actor("staff", new_id()), event, event, None, None, to_data(fact),
    )  # fmt: skip


@pytest.fixture
def clinic(service_database: Callable[[str], Any]) -> Clinic:
    """A fresh notifications database."""
    return Clinic(service_database("notifications"), new_id())


@pytest.mark.parametrize(
    "night", [datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)], ids=["autumn", "spring"]
)
def test_over_the_night_of_a_clock_change_each_reminder_goes_once_and_at_its_minute(
    clinic: Clinic, night: datetime
) -> None:
    clinic.decides(BY_MAIL)
    begin, minutes = night - HOUR, 180
    with closing(clinic.at(begin - timedelta(days=3))) as database:
        for number in range(MANY):
            due_at = begin + timedelta(seconds=number * minutes * 60 // MANY)
            clinic.booked(database, due_at + 24 * HOUR, begin - timedelta(days=3))
        assert queue_due(PostgresReminders(database)) == 0
    seen = 0
    for minute in range(minutes + 1):
        looked_at = begin + timedelta(minutes=minute)
        with closing(clinic.at(looked_at)) as database:
            while queue_due(PostgresReminders(database)):
                pass
            reminded = clinic.reminded(database)
            for _, starts_at in reminded[seen:]:
                late = looked_at - (starts_at - 24 * HOUR)
                assert timedelta(seconds=-5) <= late <= timedelta(minutes=1, seconds=5)
            seen = len(reminded)
    assert seen == MANY
    assert set(Counter(reminded).values()) == {1}


def takes_and_crashes(database: Database, practice_id: UUID) -> None:
    """A worker that ends before it commits."""
    with PostgresReminders(database).of_practice(practice_id) as found:
        assert found is not None
        assert len(found[0].take_due(20)) == 20
        raise ZeroDivisionError


def test_a_crash_between_taking_and_committing_loses_and_doubles_nothing(clinic: Clinic) -> None:
    clinic.decides(BY_MAIL)
    now = datetime.now(UTC)
    with closing(clinic.at(now - 2 * HOUR)) as database:
        for _ in range(50):
            clinic.booked(database, now + 24 * HOUR - timedelta(minutes=1), now - 2 * HOUR)
    with closing(clinic.at(now)) as database:
        with pytest.raises(ZeroDivisionError):
            takes_and_crashes(database, clinic.practice_id)
        assert queue_due(PostgresReminders(database)) == 50
        assert queue_due(PostgresReminders(database)) == 0
        assert len(set(clinic.reminded(database))) == 50


def test_two_workers_take_each_reminder_once_and_never_wait_for_each_other(clinic: Clinic) -> None:
    clinic.decides(BY_MAIL)
    now = datetime.now(UTC)
    with closing(clinic.at(now - 2 * HOUR)) as database:
        clinic.booked(database, now + 24 * HOUR, now - 2 * HOUR)
    with closing(clinic.at(now + HOUR / 60)) as first, closing(Database(clinic.made.url("worker"))) as second:
        with PostgresReminders(first).of_practice(clinic.practice_id):
            assert queue_due(PostgresReminders(second)) == 0
        assert queue_due(PostgresReminders(second)) == 1
        assert queue_due(PostgresReminders(first)) == 0


def test_a_saved_trigger_reaches_appointments_that_were_booked_before(clinic: Clinic) -> None:
    saved = clinic.decides(BY_MAIL)
    now = datetime.now(UTC)
    with closing(clinic.at(now - 30 * HOUR)) as database:
        clinic.booked(database, now, now - 30 * HOUR)
    two_hours = Trigger("reminder", "sms", True, minutes_before=120)
    clinic.decides(replace(saved, triggers=(two_hours,)))
    with closing(clinic.at(now - 24 * HOUR)) as database:
        assert queue_due(PostgresReminders(database)) == 0
    with closing(clinic.at(now - 2 * HOUR)) as database:
        assert queue_due(PostgresReminders(database)) == 1
        with database.transaction(clinic.practice_id) as connection:
            (row,) = connection.execute("SELECT * FROM messages").fetchall()
    assert (row["channel"], row["kind"], row["minutes_before"]) == ("sms", "reminder", 120)
    assert row["not_after"] - (now - 2 * HOUR) == HOUR


def test_another_practices_reminders_are_not_seen(clinic: Clinic) -> None:
    """Charlie's practice."""
    now = datetime.now(UTC)
    with closing(clinic.at(now)) as database:
        clinic.booked(database, now + 48 * HOUR, now)
        with database.transaction(new_id()) as connection:
            for table in ("reminders", "appointments_to_remind", "communications", "messages"):
                assert connection.execute(f"SELECT 1 FROM {table}").fetchall() == []


@pytest.mark.parametrize("kill", [False, True], ids=["undisturbed", "killed"])
def test_the_real_worker_reminds_each_client_once(
    post: Any,
    mailbox: Callable[[], Any],
    worker_environment: Callable[..., dict[str, str]],
    start: Callable[..., Any],
    eventually: Any,
    kill: bool,
) -> None:
    many = 12
    settings = worker_environment(mailbox(), NO_BROKER)
    box = settings["SMS_URL"].removesuffix("/sms")
    post.starts_at = datetime.now(UTC) + 24 * HOUR + timedelta(seconds=8)
    for _ in range(many):
        appointment = new_id()
        event = post.recorded("booked", 1, by="staff", appointment_id=appointment)
        post.others.events.append(replace(event, position=len(post.others.events) + 1))
    first = start(WORKER, **settings)
    reminders = "SELECT * FROM messages WHERE kind = 'reminder' AND channel = 'email'"
    eventually(lambda: len(post.rows(reminders)) > 0)
    if kill:
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(5)
        post.change("UPDATE messages SET leased_until = clinic_now() WHERE state = 'sending'")
        post.change("UPDATE practices_with_messages SET due_at = clinic_now()")
        first = start(WORKER, **settings)
    eventually(lambda: [row["state"] for row in post.rows(reminders) if row["state"] in ("queued", "sending")] == [])
    eventually(lambda: len(post.rows(reminders)) == many)
    rows = post.rows(reminders)
    assert len({row["appointment_id"] for row in rows}) == many
    assert {row["state"] for row in rows} <= ({"sent", "unknown"} if kill else {"sent"})
    mails = requests.get(f"{box}/messages", timeout=5).json()["messages"]
    ids = [mail["headers"]["Message-ID"] for mail in mails if "This is a reminder" in mail["text"]]
    assert len(ids) == len(set(ids))
    assert len(ids) >= sum(row["state"] == "sent" for row in rows)
    assert first.ends() == 0
