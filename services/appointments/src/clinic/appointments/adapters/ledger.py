"""The ledger in PostgreSQL: one reading, one appending statement (architecture.md section 4)."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from psycopg.errors import ExclusionViolation, UniqueViolation

from clinic.appointments.adapters.refusal_rows import record_refusal
from clinic.appointments.application.ports import (
    Answer,
    Answered,
    Asked,
    CommandKnown,
    Reading,
    Record,
    Refusal,
    TimeTaken,
)
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.client_message import ClientMessage, evolve_message
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import PortalSettings, PortalSettingsChanged
from clinic.contracts.catalog import upcast
from clinic.contracts.codec import to_fact
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import HEAD, RECORD, RETURNING, Cause, new_event
from clinic.infra.wake_up import knock
from clinic.kernel.canonical import canonical_json
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.recorded import NewEvent
from clinic.kernel.streams import stream_id

_READ = """
    SELECT clinic_now() AS now, heads.settings_version,
        (SELECT json_build_object('version', schema_version, 'data', data) FROM events
            WHERE events.practice_id = heads.practice_id AND stream_id = %(settings_stream)s
                AND stream_version = heads.settings_version) AS settings,
        known.fingerprint, known.outcome, known.refused, known.answer, known.position
    FROM heads LEFT JOIN commands AS known
        ON known.practice_id = heads.practice_id AND known.command_id = %(command_id)s
    WHERE heads.practice_id = %(practice)s
"""

_KNOWN = """
    SELECT fingerprint, outcome, refused, answer, position FROM commands
    WHERE practice_id = %(practice)s AND command_id = %(command_id)s
"""

_REMEMBER = """
    INSERT INTO commands (practice_id, command_id, kind, appointment_id, actor_kind, actor_id, fingerprint, outcome,
        refused, answer, answered_at)
    VALUES (%(practice)s, %(command_id)s, %(kind)s, %(appointment)s, %(actor_kind)s, %(actor_id)s, %(fingerprint)s,
        %(outcome)s, %(refused)s, %(answer)s, clinic_now())
    ON CONFLICT DO NOTHING
"""

_APPEND = f"""
    WITH head AS ({HEAD} AND settings_version = %(settings_version)s {RETURNING}),
    recorded AS ({RECORD}),
    answered AS (
        INSERT INTO commands (practice_id, command_id, kind, appointment_id, actor_kind, actor_id, fingerprint, outcome,
            refused, answer, position, answered_at)
        SELECT %(practice)s, %(command_id)s, %(kind)s, %(appointment)s, %(actor_kind)s, %(actor_id)s, %(fingerprint)s,
            %(outcome)s, false, %(answer)s, before + %(count)s, recorded_at
        FROM head
    ), occupied AS (
        INSERT INTO occupancy AS present (practice_id, appointment_id, clinician_id, during, occupies, exclusive)
        SELECT %(practice)s, o.appointment_id, o.clinician_id, tstzrange(o.from_at, o.until_at), o.occupies, o.exclusive
        FROM head, unnest(%(o_appointments)s::uuid[], %(o_clinicians)s::uuid[], %(o_from)s::timestamptz[],
            %(o_until)s::timestamptz[], %(o_occupies)s::boolean[], %(o_exclusive)s::boolean[])
            AS o (appointment_id, clinician_id, from_at, until_at, occupies, exclusive)
        ON CONFLICT (practice_id, appointment_id) DO UPDATE
            SET during = excluded.during, occupies = excluded.occupies, exclusive = excluded.exclusive
    )
    SELECT before + %(count)s AS position FROM head
"""

_SETTINGS_HEAD = HEAD.replace("SET position", "SET settings_version = settings_version + 1, position", 1)

_APPEND_SETTINGS = f"""
    WITH head AS ({_SETTINGS_HEAD} AND settings_version = %(settings_version)s {RETURNING}), recorded AS ({RECORD})
    SELECT before + %(count)s AS position FROM head
"""


class PostgresLedger:
    """The `Ledger` port on the service's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, practice_id: UUID, appointment_id: UUID | None = None, command_id: UUID | None = None) -> Reading:
        """What is known now. Refused as `not_found` for a practice that has no ledger."""
        with self._database.transaction(practice_id) as connection:
            row = _head(connection, practice_id, command_id)
            appointment, version, position = (
                read_appointment(connection, practice_id, appointment_id) if appointment_id else (None, 0, 0)
            )
        settings = settings_of(row["settings"])
        return Reading(row["now"], settings, appointment, version, position, _answered(row))

    def read_message(self, practice_id: UUID, message_id: UUID, command_id: UUID) -> Reading:
        """What is known of a client's message now. Refused as `not_found` for a practice that has no ledger."""
        with self._database.transaction(practice_id) as connection:
            row = _head(connection, practice_id, command_id)
            events = event_store.read_stream(connection, practice_id, stream_id("message", message_id))
        message: ClientMessage | None = None
        for event in events:
            message = evolve_message(message, to_fact(event), event.actor.id)
        version, position = (events[-1].stream_version, events[-1].position) if events else (0, 0)
        settings = settings_of(row["settings"])
        return Reading(row["now"], settings, None, version, position, _answered(row), message)

    def record(self, record: Record) -> int:
        """Appends and gives the position. ConcurrencyConflict, TimeTaken or CommandKnown: nothing was appended.

        A repeated command meets the stream's version before its own id, so whatever was violated, the id is looked up.
        """
        parameters = _parameters(record) | {
            "o_appointments": [row.appointment_id for row in record.occupancy],
            "o_clinicians": [row.clinician_id for row in record.occupancy],
            "o_from": [row.from_at for row in record.occupancy],
            "o_until": [row.until_at for row in record.occupancy],
            "o_occupies": [row.occupies for row in record.occupancy],
            "o_exclusive": [row.exclusive for row in record.occupancy],
        }
        try:
            return self._append(_APPEND, parameters, record.asked)
        except (UniqueViolation, ExclusionViolation, ConcurrencyConflict) as violation:
            known = self._known(record.asked)
            if known is not None:
                raise CommandKnown(known) from None
            if isinstance(violation, ExclusionViolation):
                raise TimeTaken from None
            if isinstance(violation, UniqueViolation):
                raise ConcurrencyConflict(str(violation.diag.constraint_name)) from None
            raise

    def record_settings(self, record: Record) -> int:
        """Appends a change of settings and raises the head's settings version."""
        with self._database.transaction(record.asked.practice_id) as connection:
            return append_settings(connection, record)

    def remember(self, asked: Asked, answer: Answer, refusal: Refusal | None = None) -> Answered:
        """Keeps an answer that changed nothing; gives the one that stands if the command was answered before.

        A refusal is recorded with it or left out by the limits; whoever repeats it waits for the first and finds it.
        """
        known = {"practice": asked.practice_id, "command_id": asked.command_id}
        with self._database.transaction(asked.practice_id) as connection:
            if refusal is None:
                connection.execute(_REMEMBER, _asked_parameters(asked, answer))
            else:
                record_refusal(connection, asked, _asked_parameters(asked, answer), refusal)
            row = connection.execute(_KNOWN, known).fetchone()
        answered = _answered(row) if row else None
        if answered is None:
            raise LookupError("an answer that was just kept is gone")
        return answered

    def announce(self, practice_id: UUID) -> None:
        """Wakes the projector and the relay, in a transaction of its own; they also look by themselves."""
        knock(self._database)

    def _append(self, statement: str, parameters: dict[str, Any], asked: Asked) -> int:
        with self._database.transaction(asked.practice_id) as connection:
            row = connection.execute(statement, parameters).fetchone()
        if row is None:
            raise ConcurrencyConflict("the settings changed, or a stream has not come so far")
        return int(row["position"])

    def _known(self, asked: Asked) -> Answered | None:
        with self._database.transaction(asked.practice_id) as connection:
            row = connection.execute(_KNOWN, {"practice": asked.practice_id, "command_id": asked.command_id}).fetchone()
        return _answered(row) if row else None


def _head(connection: Connection, practice_id: UUID, command_id: UUID | None) -> dict[str, Any]:
    """The time, the settings and the answer to a command; refused as `not_found` without a ledger."""
    stream = stream_id("settings", practice_id)
    parameters = {"practice": practice_id, "settings_stream": stream, "command_id": command_id}
    row = connection.execute(_READ, parameters).fetchone()
    if row is None:
        raise Refused("not_found")
    return row


def append_settings(connection: Connection, record: Record) -> int:
    """The same inside the caller's transaction."""
    try:
        row = connection.execute(_APPEND_SETTINGS, _parameters(record)).fetchone()
    except UniqueViolation as violation:
        raise ConcurrencyConflict(str(violation.diag.constraint_name)) from None
    if row is None:
        raise ConcurrencyConflict("the practice's settings changed")
    return int(row["position"])


def read_appointment(
    connection: Connection, practice_id: UUID, appointment_id: UUID
) -> tuple[Appointment | None, int, int]:
    """The appointment, its stream version and the position of its last event; None, 0, 0 where there is none."""
    events = event_store.read_stream(connection, practice_id, stream_id("appointment", appointment_id))
    state: Appointment | None = None
    for event in events:
        state = evolve(state, to_fact(event))
    return (state, events[-1].stream_version, events[-1].position) if events else (None, 0, 0)


def settings_of(recorded: Mapping[str, Any] | None) -> PortalSettings:
    """The settings of a recorded `PortalSettingsChanged`; the default where nothing was ever set.

    `version` is its schema version and `data` its data, as the text that was recorded.
    """
    if recorded is None:
        return DEFAULT
    data = upcast(PortalSettingsChanged.__name__, recorded["version"], json.loads(recorded["data"]))
    return msgspec.convert(data, PortalSettingsChanged).settings


def new_events(record: Record) -> list[NewEvent]:
    """The entries as events with their published type, version and data."""
    return [
        new_event(entry.fact, entry.stream_id, entry.version, record.occurred_at, event_id=entry.event_id)
        for entry in record.entries
    ]


def _parameters(record: Record) -> dict[str, Any]:
    asked = record.asked
    cause = Cause(asked.actor, asked.command_id, asked.command_id, None, asked.traceparent)
    return (
        event_store.append_parameters(asked.practice_id, cause, new_events(record))
        | _asked_parameters(asked, record.answer)
        | {"settings_version": record.settings_version}
    )


def _asked_parameters(asked: Asked, answer: Answer) -> dict[str, Any]:
    return {
        "practice": asked.practice_id,
        "command_id": asked.command_id,
        "kind": asked.kind,
        "appointment": asked.appointment_id,
        "actor_kind": asked.actor.kind,
        "actor_id": asked.actor.id,
        "fingerprint": asked.fingerprint,
        "outcome": answer.outcome,
        "refused": answer.refused,
        "answer": canonical_json(answer.body),
    }


def _answered(row: dict[str, Any]) -> Answered | None:
    if row["fingerprint"] is None:
        return None
    answer = Answer(row["outcome"], row["refused"], json.loads(row["answer"]), row["position"])
    return Answered(answer, row["fingerprint"])
