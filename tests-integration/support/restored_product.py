"""Every consumer of the ledger on real databases, and a ledger that is restored under them (ADR 0028)."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from typer.testing import CliRunner

from clinic.appointments.adapters.projections import projection_of
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.availability.adapters.taken_times import PostgresTakenTimes
from clinic.availability.application.reactions import handlers
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    PolicySnapshot,
    Slot,
    Window,
)
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.identity.bootstrap import appointments_consumer
from clinic.infra import event_store
from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.event_store import Cause
from clinic.infra.operating_commands import consumers
from clinic.infra.projector import projection_consumer
from clinic.infra.publisher import Outgoing
from clinic.infra.relay import Relay
from clinic.infra.sources import LocalSource
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, Recorded
from clinic.notifications.adapters.postgres_reminders import PostgresReminders
from clinic.notifications.application.reminding import queue_due
from clinic.notifications.bootstrap import PLANNER, REACTIONS, handles, planning_handles

SERVICES = ("identity", "appointments", "availability", "notifications")
LEDGER_ALONE = ("events", "heads")
POLICY = PolicySnapshot(1, "v2", True, True, True, Window("always"), Window("always"), True, 1, 1)
TOMORROW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)


class OverHttp(LocalSource):
    """Appointments' feed as another service sees it."""

    trusted = False


class Wire:
    """What the relay published."""

    def __init__(self) -> None:
        self.published: list[str] = []

    def connect(self) -> None:
        """Always there."""

    def publish(self, outgoing: Iterable[Outgoing], seconds: float) -> list[bool]:
        sent = [one.message.message_id for one in outgoing]
        self.published += sent
        return [True] * len(sent)


def slot(start: datetime) -> Slot:
    return Slot(start, start + timedelta(minutes=30), "Europe/London", f"{start:%Y-%m-%dT%H:%M}", 30, 10)


class Practice:
    """What happens in a practice, written down in the ledger of the moment."""

    def __init__(self, ledger: Database) -> None:
        self.id, self.client, self.bo = new_id(), new_id(), new_id()
        self._ledger = ledger
        self._places = {"location_id": new_id(), "appointment_type_id": new_id()}
        with ledger.transaction(self.id) as connection:
            event_store.create_head(connection, self.id)

    def book(self, hour: int) -> UUID:
        """Staff book an appointment so many hours after the first that there could be."""
        appointment = new_id()
        self._append(
            AppointmentBooked(
                **self._who(appointment), slot=slot(self.at(hour)), status="booked", occupies=True, revision=1,
                overlap_accepted=False, video=False,
            ),
            Actor("staff", new_id()),
        )  # fmt: skip
        return appointment

    def reschedule(self, appointment: UUID, old: int, new: int, revision: int = 2) -> None:
        """The client moves it."""
        self._append(
            AppointmentRescheduled(
                **self._who(appointment), old=slot(self.at(old)), new=slot(self.at(new)), status="booked",
                revision=revision, overlap_accepted=False, message_id=None, policy=POLICY,
            ),
            Actor("client", self.client),
        )  # fmt: skip

    def cancel(self, appointment: UUID, hour: int, revision: int = 2) -> None:
        """The client cancels it."""
        self._append(
            AppointmentCancelled(
                **self._who(appointment), slot=slot(self.at(hour)), old_status="booked", status="cancelled",
                revision=revision, message_id=None, policy=POLICY, policy_text="",
            ),
            Actor("client", self.client),
        )  # fmt: skip

    def events(self) -> list[Recorded]:
        """The ledger as it is."""
        with self._ledger.transaction(self.id) as connection:
            return event_store.read_after(connection, self.id, 0, 1000)

    def at(self, hour: int) -> datetime:
        """A start."""
        return TOMORROW + timedelta(hours=hour)

    def _who(self, appointment: UUID) -> dict[str, Any]:
        return {"appointment_id": appointment, "client_id": self.client, "clinician_id": self.bo, **self._places}

    def _append(self, fact: Any, actor: Actor) -> None:
        stream = f"appointment-{fact.appointment_id}"
        event = event_store.new_event(fact, stream, fact.revision, datetime.now(UTC))
        with self._ledger.transaction(self.id) as connection:
            event_store.append(connection, self.id, Cause(actor, new_id(), new_id()), [event])


class Product:
    """All that follows the ledger, turn by turn."""

    def __init__(self, made: dict[str, ServiceDatabase]) -> None:
        self.made = made
        self.wire = Wire()
        self.databases = {
            "ledger": Database(made["appointments"].url("api"), size=2),
            "projector": Database(made["appointments"].url("projector"), size=2),
            "relay": Database(made["appointments"].url("relay"), size=2),
            **{name: Database(made[name].url("worker"), size=2) for name in SERVICES if name != "appointments"},
        }
        feed = OverHttp(self.databases["ledger"], "appointments")
        notifications = self.databases["notifications"]
        self.followers: list[Consumer] = [
            Consumer(self.databases["availability"], "availability.appointments.events", feed,
                     handlers(PostgresTakenTimes())),
            appointments_consumer(self.databases["identity"], feed),
            Consumer(notifications, "notifications.appointments.events", feed, handles(REACTIONS)),
            Consumer(notifications, PLANNER, feed, planning_handles()),
        ]  # fmt: skip
        self.views = [
            projection_consumer(self.databases["projector"], "appointments", projection_of(view)) for view in VIEWS
        ]
        self.relay = Relay("appointments", self.databases["relay"], self.wire)  # type: ignore[arg-type]

    def practice(self) -> Practice:
        return Practice(self.databases["ledger"])

    def follow(self) -> None:
        """Everybody looks at the ledger's heads once."""
        for consumer in (*self.followers, *self.views):
            consumer.catch_up_all()
        while self.relay.publish_batch()[0]:
            pass
        queue_due(PostgresReminders(self.databases["notifications"]))

    def stopped(self, practice: Practice) -> dict[str, str]:
        """Who follows the practice no further, and why."""
        listed = json.loads(self.clinic("list", "--json").stdout)
        return {one["consumer"]: one["stopped"] for one in listed if one["practice_id"] == str(practice.id)}

    def clinic(self, *arguments: str) -> Any:
        """`clinic consumers …`."""
        return CliRunner().invoke(consumers, arguments)

    def repair(self, *arguments: str) -> list[dict[str, Any]]:
        """`clinic consumers repair`: what was done."""
        told = self.clinic("repair", "--json", *arguments)
        assert told.exit_code == 0, (told.output, told.exception)
        outcomes: list[dict[str, Any]] = json.loads(told.stdout)
        return outcomes

    def rows(self, service: str, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of a service's database, whosever they are."""
        with psycopg.connect(self.made[service].url("superuser"), autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]

    def change(self, service: str, statement: str, *parameters: object) -> None:
        """What no role may do."""
        with psycopg.connect(self.made[service].url("superuser"), autocommit=True) as connection:
            connection.execute(statement, parameters)  # type: ignore[arg-type]

    def dump(self) -> None:
        """Keeps every row of the ledger's database."""
        self.change("appointments", "CREATE SCHEMA dump")
        for table in self._tables():
            self.change("appointments", f"CREATE TABLE dump.{table} AS TABLE public.{table}")

    def restore(self, tables: Sequence[str] = ()) -> None:
        """Puts back what was kept: these tables, or the whole database."""
        with psycopg.connect(self.made["appointments"].url("superuser")) as connection:
            connection.execute("SET session_replication_role = replica")
            for table in tables or self._tables():
                columns = ", ".join(self._columns(table))
                connection.execute(f"TRUNCATE public.{table}")  # type: ignore[arg-type]
                connection.execute(
                    f"INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE"  # type: ignore[arg-type]
                    f" SELECT {columns} FROM dump.{table}"
                )

    def close(self) -> None:
        for database in self.databases.values():
            database.close()

    def _tables(self) -> list[str]:
        query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        return [row["relname"] for row in self.rows("appointments", query) if row["relname"] != "alembic_version"]

    def _columns(self, table: str) -> list[str]:
        query = (
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"
        )
        return [row["column_name"] for row in self.rows("appointments", query, table)]
