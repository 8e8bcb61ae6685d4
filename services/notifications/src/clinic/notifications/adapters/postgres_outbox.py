"""Leasing and recording in PostgreSQL: each step commits before the next thing happens outside."""

from typing import Any
from uuid import UUID

from clinic.infra.database import Connection, Database
from clinic.kernel.ids import new_id
from clinic.notifications.adapters.paid_columns import paid_from
from clinic.notifications.adapters.postgres_budgets import judge_budget, spend
from clinic.notifications.application.ports import Ending
from clinic.notifications.domain.budgets import Budgets
from clinic.notifications.domain.copy_texts import COPY_SUBJECTS
from clinic.notifications.domain.default_texts import filled_subject
from clinic.notifications.domain.delivery import LEASE_EXPIRED
from clinic.notifications.domain.messages import Message, SignIn, Told

LEASE_SECONDS = 60
PRACTICE_SHARE = 8

DUE_PRACTICES = "SELECT practice_id FROM practices_with_messages WHERE due_at <= clinic_now() ORDER BY due_at LIMIT 32"

TAKE_PRACTICE = "SELECT 1 FROM practices_with_messages WHERE practice_id = %(practice)s FOR UPDATE SKIP LOCKED"

EXPIRED_UNKNOWN = """
    UPDATE messages SET state = 'unknown', reason = %(reason)s
    WHERE practice_id = %(practice)s AND state = 'sending' AND leased_until <= clinic_now()
        AND handed_over_at IS NOT NULL
"""

EXPIRED_QUEUED = """
    UPDATE messages SET state = 'queued', lease_id = NULL, due_at = clinic_now()
    WHERE practice_id = %(practice)s AND state = 'sending' AND leased_until <= clinic_now() AND handed_over_at IS NULL
"""

# Somebody waits for a sign-in link: it goes before what else a practice has to send.
LEASE = """
    UPDATE messages SET state = 'sending', lease_id = gen_random_uuid(), handed_over_at = NULL,
        leased_until = clinic_now() + make_interval(secs => %(seconds)s), attempts = attempts + 1
    WHERE practice_id = %(practice)s AND state = 'queued' AND message_id IN (
        SELECT message_id FROM messages AS first
        WHERE practice_id = %(practice)s AND state = 'queued' AND due_at <= clinic_now() AND NOT EXISTS (
            SELECT FROM messages AS earlier
            WHERE earlier.practice_id = %(practice)s AND earlier.appointment_id = first.appointment_id
                AND earlier.client_id = first.client_id AND earlier.channel = first.channel
                AND earlier.user_id IS NOT DISTINCT FROM first.user_id AND earlier.recipient = first.recipient
                AND earlier.state IN ('queued', 'sending') AND earlier.number < first.number)
        ORDER BY kind <> 'sign_in', number LIMIT %(limit)s)
    RETURNING *, clinic_now() AS now
"""

PLAN_NEXT = """
    UPDATE practices_with_messages SET due_at = greatest(clinic_now(), coalesce(
        (SELECT min(CASE state WHEN 'queued' THEN due_at ELSE leased_until END) FROM messages
         WHERE practice_id = %(practice)s AND state IN ('queued', 'sending')), 'infinity'))
    WHERE practice_id = %(practice)s
"""

HAND_OVER = """
    UPDATE messages SET handed_over_at = clinic_now(),
        leased_until = clinic_now() + make_interval(secs => %(seconds)s)
    WHERE practice_id = %(practice)s AND message_id = %(message_id)s AND lease_id = %(lease_id)s
        AND state = 'sending' AND not_after > clinic_now()
"""

RECORD = """
    UPDATE messages SET state = %(state)s, reason = %(reason)s, body = coalesce(%(body)s, body),
        provider_reference = %(reference)s,
        due_at = clinic_now() + make_interval(secs => %(wait)s),
        sent_at = CASE WHEN %(state)s = 'sent' THEN clinic_now() END
    WHERE practice_id = %(practice)s AND message_id = %(message_id)s AND lease_id = %(lease_id)s
        AND (state = 'sending' OR (state = 'unknown' AND %(state)s = 'sent'))
"""

COPY = """
    INSERT INTO messages (practice_id, message_id, cause_id, kind, channel, appointment_id, client_id, revision,
        old_starts_at, starts_at, ends_at, zone, minutes_before, requested_by, subject, queued_at, due_at, not_after,
        recipient)
    SELECT practice_id, %(copy_id)s, cause_id, kind, channel, appointment_id, client_id, revision,
        old_starts_at, starts_at, ends_at, zone, minutes_before, requested_by, %(subject)s, clinic_now(), clinic_now(),
        not_after, 'next_of_kin'
    FROM messages WHERE practice_id = %(practice)s AND message_id = %(message_id)s AND lease_id = %(lease_id)s
    ON CONFLICT DO NOTHING
"""

ADD_TO_RECEIPT = """
    UPDATE messages SET body = %(body)s, provider_reference = coalesce(provider_reference, %(reference)s)
    WHERE practice_id = %(practice)s AND message_id = %(message_id)s AND lease_id = %(lease_id)s
        AND state IN ('sent', 'failed') AND body IS NULL
"""

WAKE_LATER = """
    UPDATE practices_with_messages SET due_at = least(due_at, clinic_now() + make_interval(secs => %(wait)s))
    WHERE practice_id = %(practice)s
"""


class PostgresOutbox:
    """The `Outbox` port. The order of an address is `number`; a practice that has much to send waits its turn."""

    def __init__(self, database: Database, budgets: Budgets | None = None) -> None:
        self._database = database
        self._budgets = budgets or Budgets()

    def lease(self, limit: int) -> list[Message]:
        """Practice by practice, each in its own transaction; a practice that somebody else is leasing is passed by."""
        with self._database.transaction() as connection:
            practices = [row["practice_id"] for row in connection.execute(DUE_PRACTICES)]
        leased: list[Message] = []
        for practice_id in practices:
            if len(leased) >= limit:
                break
            with self._database.transaction(practice_id) as connection:
                leased += _lease(connection, practice_id, min(limit - len(leased), PRACTICE_SHARE))
        return leased

    def judge_budget(self, message: Message, zone: str) -> None:
        """A glance, so that nothing is prepared in vain; `hand_over` counts."""
        with self._database.transaction(message.practice_id) as connection:
            judge_budget(connection, self._budgets, message, zone)

    def hand_over(self, message: Message, zone: str) -> bool:
        """Also False when the message grew too old while it was being prepared."""
        with self._database.transaction(message.practice_id) as connection:
            handed_over = connection.execute(HAND_OVER, {**_names(message), "seconds": LEASE_SECONDS}).rowcount == 1
            if handed_over:
                spend(connection, self._budgets, message, zone)
            return handed_over

    def copy_to_next_of_kin(self, message: Message) -> None:
        """Nothing for a lease that is no longer ours; its next holder copies."""
        if not isinstance(message.told, Told):
            return
        subject = filled_subject(COPY_SUBJECTS[message.told.kind], message.told.starts_at, message.told.zone)
        values = {**_names(message), "copy_id": new_id(), "subject": subject, "wait": 0}
        with self._database.transaction(message.practice_id) as connection:
            connection.execute(WAKE_LATER, values)
            connection.execute(COPY, values)

    def record(self, message: Message, ending: Ending) -> None:
        """`unknown` by an expired lease becomes `sent` when its sender comes back and knows.

        Where the provider's receipt was quicker its word stands, and only body and reference are added.
        """
        values: dict[str, Any] = {
            **_names(message),
            "state": ending.state,
            "reason": ending.reason,
            "body": ending.body,
            "reference": ending.provider_reference,
            "wait": ending.wait_seconds,
        }
        with self._database.transaction(message.practice_id) as connection:
            connection.execute(WAKE_LATER, values)
            if connection.execute(RECORD, values).rowcount == 0:
                connection.execute(ADD_TO_RECEIPT, values)


def _lease(connection: Connection, practice_id: UUID, limit: int) -> list[Message]:
    values = {"practice": practice_id, "limit": limit, "seconds": LEASE_SECONDS, "reason": LEASE_EXPIRED}
    if connection.execute(TAKE_PRACTICE, values).fetchone() is None:
        return []
    connection.execute(EXPIRED_UNKNOWN, values)
    connection.execute(EXPIRED_QUEUED, values)
    rows = sorted(connection.execute(LEASE, values), key=lambda row: int(row["number"]))
    connection.execute(PLAN_NEXT, values)
    return [_message(row) for row in rows]


def _names(message: Message) -> dict[str, Any]:
    return {"practice": message.practice_id, "message_id": message.message_id, "lease_id": message.lease_id}


def told_from(row: dict[str, Any]) -> Told:
    """What a row of `messages` about an appointment tells."""
    return Told(
        kind=row["kind"],
        appointment_id=row["appointment_id"],
        client_id=row["client_id"],
        revision=row["revision"],
        old_starts_at=row["old_starts_at"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        zone=row["zone"],
        minutes_before=row["minutes_before"],
        paid=paid_from(row),
    )


def _message(row: dict[str, Any]) -> Message:
    return Message(
        practice_id=row["practice_id"],
        message_id=row["message_id"],
        lease_id=row["lease_id"],
        channel=row["channel"],
        told=SignIn(row["request_id"]) if row["request_id"] else told_from(row),
        attempts=row["attempts"],
        not_after=row["not_after"],
        now=row["now"],
        user_id=row["user_id"],
        subject=row["subject"],
        wording=row["wording"],
        recipient=row["recipient"],
        is_first=row["resend_of"] is None,
    )
