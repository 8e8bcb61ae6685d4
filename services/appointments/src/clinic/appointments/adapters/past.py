"""The ledger as it stood at an earlier moment, from its events; read-only transactions (F50, ADR 0032).

The live views only say which streams to read; those that a view has not taken in yet are looked at besides. Everything
that is answered is folded from the ledger by the functions that build the views.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from clinic.appointments.adapters.folding import client_page, diary_between, fold, history_of, messages_in
from clinic.appointments.adapters.ledger import settings_of
from clinic.appointments.adapters.projections import SOURCE
from clinic.appointments.adapters.views import PAYMENTS
from clinic.appointments.application.as_of import Standing
from clinic.appointments.application.describe import Described
from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.appointment_times import APPOINTMENT_TIMES
from clinic.appointments.application.projections.changes import View
from clinic.appointments.application.projections.client_list import CLIENT_LIST
from clinic.appointments.application.projections.client_messages import CLIENT_MESSAGES
from clinic.appointments.application.projections.clinician_diary import CLINICIAN_DIARY
from clinic.appointments.application.views import (
    HistoryEntry,
    Message,
    Moment,
    Page,
    PaymentLine,
    SettingsVersion,
)
from clinic.contracts.codec import to_fact
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import from_row, read_versions
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused, Unavailable
from clinic.kernel.recorded import Recorded
from clinic.kernel.streams import stream_id

MOST_UNSEEN = 20_000
"""Events that a view may be behind before an answer would take too long for whoever waits for it."""
LONGEST = timedelta(days=1)
BEGAN = ("AppointmentBooked", "AppointmentImported")
GIVEN_A_TIME = tuple(APPOINTMENT_TIMES.handles)

_STANDING = """
    SELECT clinic_now() AS now, heads.position AS head,
        (SELECT recorded_at FROM events WHERE events.practice_id = heads.practice_id AND position = 1) AS first
    FROM heads WHERE practice_id = %s
"""
_PRESENT = """
    SELECT clinic_now() AS now, position, last_event_id AS event_id,
        CASE WHEN position = 0 THEN clinic_now() ELSE last_recorded_at END AS recorded_at
    FROM heads WHERE practice_id = %s
"""
_LAST = """
    SELECT position, event_id, recorded_at FROM events WHERE practice_id = %s AND recorded_at <= %s
    ORDER BY recorded_at DESC, position DESC LIMIT 1
"""
_STREAMS = """
    SELECT * FROM events WHERE practice_id = %s AND stream_id = ANY(%s) AND position <= %s ORDER BY position
"""
_POSITIONS = "SELECT * FROM events WHERE practice_id = %s AND position = ANY(%s) ORDER BY position"
_AFTER = """
    SELECT * FROM events WHERE practice_id = %s AND position > %s AND position <= %s AND type = ANY(%s)
    ORDER BY position
"""
_CHECKPOINT = """
    SELECT position, parked FROM consumer_checkpoints WHERE consumer = %s AND source = %s AND practice_id = %s
"""
_PARKED = """
    SELECT events.* FROM parked_events JOIN events USING (practice_id, position)
    WHERE consumer = %s AND source = %s AND practice_id = %s AND position <= %s AND events.type = ANY(%s)
    ORDER BY position
"""
_SETTINGS = """
    SELECT schema_version AS version, data FROM events
    WHERE practice_id = %s AND stream_id = %s AND position <= %s
    ORDER BY stream_version DESC LIMIT 1
"""


class PostgresPast:
    """The `Past` port. `most_unseen` None: however long it takes (operators' commands)."""

    def __init__(self, database: Database, *, most_unseen: int | None = MOST_UNSEEN) -> None:
        self._database = database
        self._most_unseen = most_unseen

    def standing(self, practice_id: UUID, at: datetime) -> Standing:
        """The event that the practice's state stood on at `at`."""
        with snapshot(self._database, practice_id) as connection:
            head = connection.execute(_STANDING, (practice_id,)).fetchone()
            if head is None:
                raise Refused("not_found")
            if at > head["now"]:
                raise Refused("invalid", errors={"at": ["in_the_future"]}, now=utc_text(head["now"]))
            last = connection.execute(_LAST, (practice_id, at)).fetchone()
        if last is None:
            first = utc_text(head["first"]) if head["first"] else None
            raise Refused("invalid", errors={"at": ["before_first_event"]}, first_recorded_at=first)
        return Standing(practice_id, at, last["position"], last["event_id"], last["recorded_at"])

    def present(self, practice_id: UUID) -> Standing:
        """The same now, also where nothing was recorded yet (position 0)."""
        with snapshot(self._database, practice_id) as connection:
            row = connection.execute(_PRESENT, (practice_id,)).fetchone()
        if row is None:
            raise Refused("not_found")
        return Standing(practice_id, row["now"], row["position"], row["event_id"] or UUID(int=0), row["recorded_at"])

    def practices(self) -> list[UUID]:
        """Every practice that has a ledger."""
        with self._database.transaction() as connection:
            return sorted(event_store.heads(connection))

    def views(self, standing: Standing) -> "ViewsThen":
        """The views as they would have answered."""
        return ViewsThen(self._database, standing, self._most_unseen)

    def stream(self, standing: Standing, appointment_id: UUID) -> list[Recorded]:
        """The appointment's events until then."""
        with snapshot(self._database, standing.practice_id) as connection:
            return _streams(connection, standing, [stream_id("appointment", appointment_id)])


class ViewsThen:
    """The `PastViews` port at one moment; `seen` does not matter."""

    def __init__(self, database: Database, standing: Standing, most_unseen: int | None) -> None:
        self._database = database
        self._standing = standing
        self._most_unseen = most_unseen

    def moment(self, practice_id: UUID) -> Moment:
        """The moment itself, and the settings that held."""
        stream = stream_id("settings", practice_id)
        with snapshot(self._database, practice_id) as connection:
            row = connection.execute(_SETTINGS, (practice_id, stream, self._standing.position)).fetchone()
        return Moment(self._standing.at, settings_of(row))

    def settings_versions(self, practice_id: UUID, first: int, last: int) -> list[SettingsVersion]:
        """The versions that there were."""
        with snapshot(self._database, practice_id) as connection:
            events = read_versions(connection, practice_id, stream_id("settings", practice_id), first, last)
        return [
            SettingsVersion(to_fact(one).settings, one.recorded_at, one.position, one.actor)
            for one in events
            if one.position <= self._standing.position
        ]

    def client_list(
        self, practice_id: UUID, client_id: UUID, when: str, page: int, size: int, seen: int | None
    ) -> Page:
        """One page of a client's appointments."""
        with snapshot(self._database, practice_id) as connection:
            events = self._of_client(connection, client_id)
        return client_page(fold(CLIENT_LIST, events), client_id, when, self._standing.at, page, size)

    def diary(
        self, practice_id: UUID, from_at: datetime, until_at: datetime, clinician_id: UUID | None, seen: int | None
    ) -> list[Described]:
        """Appointments that then had any part in [from_at, until_at)."""
        with snapshot(self._database, practice_id) as connection:
            rows = connection.execute(
                f"SELECT DISTINCT appointment_id FROM {APPOINTMENT_TIMES.table} WHERE practice_id = %s"
                " AND starts_at < %s AND starts_at > %s AND ends_at > %s AND position <= %s",
                (practice_id, until_at, from_at - LONGEST, from_at, self._standing.position),
            )
            ids = {row["appointment_id"] for row in rows}
            ids |= {to_fact(one).appointment_id for one in self._unseen(connection, APPOINTMENT_TIMES, GIVEN_A_TIME)}
            events = _streams(connection, self._standing, streams_of(ids))
        return diary_between(fold(CLINICIAN_DIARY, events), from_at, until_at, clinician_id)

    def history(self, practice_id: UUID, appointment_id: UUID, seen: int | None) -> list[HistoryEntry]:
        """All that had happened to an appointment, newest first."""
        with snapshot(self._database, practice_id) as connection:
            events = self.told_of(connection, [appointment_id])
        return history_of(fold(APPOINTMENT_HISTORY, events), appointment_id)

    def messages(self, practice_id: UUID, client_id: UUID, seen: int | None) -> list[Message]:
        """All that a client had written, newest first."""
        with snapshot(self._database, practice_id) as connection:
            events = self._messages_with(connection, self._of_client(connection, client_id))
        return messages_in(fold(CLIENT_MESSAGES, events))

    def payments(self, practice_id: UUID, appointment_id: UUID) -> list[PaymentLine]:
        """What had been paid and refunded."""
        with snapshot(self._database, practice_id) as connection:
            events = _streams(connection, self._standing, streams_of([appointment_id]))
        return [PaymentLine(to_fact(one), one.actor) for one in events if one.type in PAYMENTS]

    def everything_of_appointment(self, appointment_id: UUID) -> list[Recorded]:
        """All events about an appointment until then, its messages' too, in order; empty where there is none."""
        with snapshot(self._database, self._standing.practice_id) as connection:
            events = self.told_of(connection, [appointment_id])
            return _in_order(events, self._messages_with(connection, events))

    def everything_of_client(self, client_id: UUID) -> list[Recorded]:
        """All events about a client's appointments until then, their messages' too, in order; empty likewise."""
        with snapshot(self._database, self._standing.practice_id) as connection:
            begun = self._of_client(connection, client_id)
            ids = {to_fact(one).appointment_id for one in begun if one.type in BEGAN}
            events = self.told_of(connection, ids)
            return _in_order(events, self._messages_with(connection, events))

    def told_of(self, connection: Connection, appointment_ids: Iterable[UUID]) -> list[Recorded]:
        """The appointments' streams, and what else the history tells about them from streams of its own (F53)."""
        wanted = list(appointment_ids)
        rows = connection.execute(
            f"SELECT position FROM {APPOINTMENT_HISTORY.table} WHERE practice_id = %s AND appointment_id = ANY(%s)"
            " AND position <= %s",
            (self._standing.practice_id, wanted, self._standing.position),
        )
        positions = [row["position"] for row in rows]
        found = connection.execute(_POSITIONS, (self._standing.practice_id, positions)).fetchall()
        unseen = self._unseen(connection, APPOINTMENT_HISTORY, tuple(APPOINTMENT_HISTORY.handles))
        about = [one for one in unseen if to_fact(one).appointment_id in wanted]
        streams = _streams(connection, self._standing, streams_of(wanted))
        return _in_order((from_row(row) for row in found), about, streams)

    def _of_client(self, connection: Connection, client_id: UUID) -> list[Recorded]:
        """The streams of all appointments that the client had by then."""
        rows = connection.execute(
            f"SELECT appointment_id FROM {CLIENT_LIST.table} WHERE practice_id = %s AND client_id = %s",
            (self._standing.practice_id, client_id),
        )
        ids = {row["appointment_id"] for row in rows}
        begun = (to_fact(one) for one in self._unseen(connection, CLIENT_LIST, BEGAN))
        ids |= {fact.appointment_id for fact in begun if fact.client_id == client_id}
        return _streams(connection, self._standing, streams_of(ids))

    def _messages_with(self, connection: Connection, events: Iterable[Recorded]) -> list[Recorded]:
        """The streams of the messages that were left with these events."""
        left = (one.data.get("message_id") for one in events)
        streams = [stream_id("message", UUID(message_id)) for message_id in left if message_id]
        return _streams(connection, self._standing, streams)

    def _unseen(self, connection: Connection, view: View, types: tuple[str, ...]) -> list[Recorded]:
        """Events of these types until then that the view's rows do not have: not reached yet, or parked."""
        until, practice_id = self._standing.position, self._standing.practice_id
        row = connection.execute(_CHECKPOINT, (view.consumer, SOURCE, practice_id)).fetchone()
        reached, parked = (row["position"], row["parked"]) if row else (0, 0)
        if self._most_unseen is not None and until - reached > self._most_unseen:
            raise Unavailable(f"{view.name} is being built")
        unseen = connection.execute(_AFTER, (practice_id, reached, until, list(types))).fetchall()
        if parked:
            key = (view.consumer, SOURCE, practice_id, min(reached, until), list(types))
            unseen += connection.execute(_PARKED, key).fetchall()
        return [from_row(row) for row in unseen]


@contextmanager
def snapshot(database: Database, practice_id: UUID) -> Iterator[Connection]:
    """One practice at one moment; nothing can be written in it."""
    with database.connection() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))
        yield connection


def streams_of(appointment_ids: Iterable[UUID]) -> list[str]:
    """Their streams' names."""
    return sorted(stream_id("appointment", one) for one in appointment_ids)


def _streams(connection: Connection, standing: Standing, streams: list[str]) -> list[Recorded]:
    """The events of these streams until then, in order of position."""
    rows = connection.execute(_STREAMS, (standing.practice_id, streams, standing.position))
    return [from_row(row) for row in rows]


def _in_order(*several: Iterable[Recorded]) -> list[Recorded]:
    """Each event once, in order of position."""
    found: dict[int, Recorded] = {one.position: one for events in several for one in events}
    return [found[position] for position in sorted(found)]
