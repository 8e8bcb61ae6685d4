"""Queueing in PostgreSQL: what reactions and the API write."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.infra.database import Connection
from clinic.kernel.ids import new_id
from clinic.notifications.adapters.paid_columns import paid_columns
from clinic.notifications.adapters.postgres_communications import communications
from clinic.notifications.application.ports import Intention
from clinic.notifications.domain.alert_switches import AlertSwitches
from clinic.notifications.domain.alerts import Alert
from clinic.notifications.domain.communications import Communications
from clinic.notifications.domain.messages import SignIn, Told

WAKE = """
    INSERT INTO practices_with_messages (practice_id, due_at) VALUES (%(practice)s, clinic_now())
    ON CONFLICT (practice_id) DO UPDATE SET due_at = least(practices_with_messages.due_at, excluded.due_at)
"""

PUT = """
    INSERT INTO messages (practice_id, message_id, cause_id, resend_of, kind, channel, appointment_id, client_id,
        revision, old_starts_at, starts_at, ends_at, zone, requested_by, subject, queued_at, due_at, not_after,
        user_id, request_id, recipient, wording, minutes_before, paid_pence,
        refunded_pence, currency)
    VALUES (%(practice)s, %(message_id)s, %(cause_id)s, %(resend_of)s, %(kind)s, %(channel)s, %(appointment_id)s,
        %(client_id)s, %(revision)s, %(old_starts_at)s, %(starts_at)s, %(ends_at)s, %(zone)s, %(requested_by)s,
        %(subject)s, clinic_now(), clinic_now(), %(not_after)s, %(user_id)s, %(request_id)s, %(recipient)s, %(wording)s,
        %(minutes_before)s, %(paid_pence)s, %(refunded_pence)s, %(currency)s)
    ON CONFLICT DO NOTHING
"""

HURRY = """
    UPDATE messages SET due_at = clinic_now()
    WHERE practice_id = %(practice)s AND appointment_id = %(appointment_id)s AND client_id = %(client_id)s
        AND channel = %(channel)s AND user_id IS NOT DISTINCT FROM %(user_id)s::uuid AND recipient = %(recipient)s
        AND state = 'queued' AND due_at > clinic_now()
"""

ALERT = """
    INSERT INTO alerts (practice_id, alert_id, event_id, user_id, kind, appointment_id, client_id, clinician_id,
        old_starts_at, starts_at, zone, message_id, happened_at, paid_pence, refunded_pence,
        currency)
    VALUES (%(practice)s, %(alert_id)s, %(event_id)s, %(user_id)s, %(kind)s, %(appointment_id)s, %(client_id)s,
        %(clinician_id)s, %(old_starts_at)s, %(starts_at)s, %(zone)s, %(message_id)s, %(happened_at)s,
        %(paid_pence)s, %(refunded_pence)s, %(currency)s)
    ON CONFLICT ON CONSTRAINT alerts_once DO NOTHING
"""


SWITCHES_AT = """
    SELECT DISTINCT ON (user_id) * FROM alert_switches
    WHERE practice_id = %(practice)s AND set_at <= %(instant)s
    ORDER BY user_id, set_at DESC, number DESC
"""


class PostgresQueue:
    """The `Queue` port inside a transaction that the caller owns."""

    def __init__(self, connection: Connection, practice_id: UUID) -> None:
        self._connection = connection
        self._practice_id = practice_id

    def put(self, intention: Intention) -> None:
        """The practice's row is taken first, so that `number` follows the order of commits.

        An older message of the same address that waits for its next attempt is looked at now: it is superseded.
        """
        values = {
            "practice": self._practice_id,
            "message_id": new_id(),
            "cause_id": intention.cause_id,
            "resend_of": intention.resend_of,
            "kind": intention.told.kind,
            "channel": intention.channel,
            "requested_by": intention.requested_by,
            "subject": intention.told.subject if intention.subject is None else intention.subject,
            "wording": intention.wording,
            "not_after": intention.not_after,
            "user_id": intention.user_id,
            "recipient": intention.recipient,
            **_told_columns(intention.told),
        }
        self._connection.execute(WAKE, values)
        self._connection.execute(HURRY, values)
        self._connection.execute(PUT, values)

    def alert(self, alert: Alert) -> None:
        """One row per event and user."""
        self._connection.execute(
            ALERT,
            {
                "practice": self._practice_id,
                "alert_id": new_id(),
                "event_id": alert.event_id,
                "user_id": alert.user_id,
                "kind": alert.kind,
                "appointment_id": alert.appointment_id,
                "client_id": alert.client_id,
                "clinician_id": alert.clinician_id,
                "old_starts_at": alert.old_starts_at,
                "starts_at": alert.starts_at,
                "zone": alert.zone,
                "message_id": alert.message_id,
                "happened_at": alert.happened_at,
                **paid_columns(alert.paid),
            },
        )

    def switches_at(self, instant: datetime) -> Mapping[UUID, AlertSwitches]:
        """Each user's newest row that is not younger than `instant`."""
        rows = self._connection.execute(SWITCHES_AT, {"practice": self._practice_id, "instant": instant})
        return {row["user_id"]: switches_from(row) for row in rows}

    def communications_at(self, instant: datetime) -> Communications:
        """The newest row that is not younger than `instant`."""
        return communications(self._connection, self._practice_id, instant)


def _told_columns(told: Told | SignIn) -> dict[str, Any]:
    """What a message is about: an appointment's state, or a sign-in request."""
    columns: dict[str, Any] = dict.fromkeys(one.name for one in fields(Told) if one.name not in {"kind", "paid"})
    match told:
        case SignIn(request_id):
            return {**columns, "request_id": request_id, **paid_columns(None)}
        case Told():
            return {name: getattr(told, name) for name in columns} | {"request_id": None, **paid_columns(told.paid)}


def switches_from(row: dict[str, Any]) -> AlertSwitches:
    """What a row of `alert_switches` says."""
    return AlertSwitches(**{one.name: row[one.name] for one in fields(AlertSwitches)})
