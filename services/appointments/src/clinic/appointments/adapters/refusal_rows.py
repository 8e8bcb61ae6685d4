"""A refusal is recorded with the answer of its command, at most so many within an hour (F53, ADR 0033)."""

from dataclasses import replace
from typing import Any

from clinic.appointments.application.ports import Asked, Refusal
from clinic.appointments.domain.refusals import WITHIN, is_recorded
from clinic.infra import event_store
from clinic.infra.database import Connection
from clinic.infra.event_store import HEAD, RECORD, RETURNING, Cause, new_event
from clinic.kernel.streams import stream_id

_ONE_AFTER_ANOTHER = "SELECT pg_advisory_xact_lock(hashtextextended('refusals of ' || %(practice)s, 0))"
"""Within a practice, so that what is counted is exact. Changes do not wait for it: they do not take it."""

_COUNTED = """
    SELECT
        EXISTS (SELECT FROM commands WHERE practice_id = %(practice)s AND command_id = %(command_id)s) AS known,
        (SELECT count(*) FROM commands WHERE practice_id = %(practice)s AND appointment_id = %(appointment)s
            AND refused AND position IS NOT NULL AND answered_at > clinic_now() - %(within)s) AS of_appointment,
        (SELECT count(*) FROM commands WHERE practice_id = %(practice)s AND actor_id = %(actor_id)s
            AND refused AND position IS NOT NULL AND answered_at > clinic_now() - %(within)s) AS of_person,
        (SELECT coalesce(max(left_out), 0) FROM commands WHERE practice_id = %(practice)s
            AND appointment_id = %(appointment)s AND left_out IS NOT NULL) AS left_out,
        (SELECT coalesce(max(left_out), 0) FROM commands WHERE practice_id = %(practice)s
            AND appointment_id = %(appointment)s AND refused AND position IS NOT NULL) AS told
"""

_COLUMNS = """
    INSERT INTO commands (practice_id, command_id, kind, appointment_id, actor_kind, actor_id, fingerprint, outcome,
        refused, answer, left_out, position, answered_at)
    SELECT %(practice)s, %(command_id)s, %(kind)s, %(appointment)s, %(actor_kind)s, %(actor_id)s, %(fingerprint)s,
        %(outcome)s, %(refused)s, %(answer)s, %(left_out)s
"""

_APPEND = f"""
    WITH head AS ({HEAD} {RETURNING}), recorded AS ({RECORD})
    {_COLUMNS}, before + %(count)s, recorded_at FROM head
"""

_LEAVE_OUT = f"{_COLUMNS}, NULL, clinic_now()"


def record_refusal(connection: Connection, asked: Asked, answered: dict[str, Any], refusal: Refusal) -> None:
    """Appends the fact and keeps the answer, or keeps the answer alone; nothing where the command was answered before.

    `left_out` of a row counts the refusals of its appointment that were left out so far, this one included: the
    difference to the last recorded one is `unrecorded_before`, whatever the clock does. No settings version and no
    version of the appointment is required: a refusal is a fact even where both have moved on.
    """
    connection.execute(_ONE_AFTER_ANOTHER, {"practice": str(asked.practice_id)})
    counted = connection.execute(_COUNTED, {**answered, "within": WITHIN}).fetchone()
    if counted is None or counted["known"]:
        return
    left_out = counted["left_out"]
    if not is_recorded(counted["of_appointment"], counted["of_person"]):
        connection.execute(_LEAVE_OUT, {**answered, "left_out": left_out + 1})
        return
    fact = replace(refusal.fact, unrecorded_before=left_out - counted["told"])
    stream = stream_id("refusal", asked.command_id)
    event = new_event(fact, stream, 1, refusal.occurred_at, event_id=refusal.event_id)
    cause = Cause(asked.actor, asked.command_id, asked.command_id, None, asked.traceparent)
    appended = event_store.append_parameters(asked.practice_id, cause, [event])
    connection.execute(_APPEND, {**appended, **answered, "left_out": left_out})
