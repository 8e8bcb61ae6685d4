"""Spending a practice's daily budget in PostgreSQL, in the hand-over's transaction: exact with many senders."""

from datetime import timedelta
from typing import Any

from clinic.infra.database import Connection
from clinic.notifications.domain.budgets import Budgets, OverBudget
from clinic.notifications.domain.messages import Message

TODAY = "(clinic_now() AT TIME ZONE %(zone)s)::date"

USED_UP = f"""
    SELECT EXISTS (
            SELECT FROM budgets_spent
            WHERE practice_id = %(practice)s AND channel = %(channel)s AND spent_on = {TODAY} AND spent >= %(budget)s)
        AND NOT EXISTS (
            SELECT FROM messages
            WHERE practice_id = %(practice)s AND message_id = %(message_id)s AND budgeted_on = {TODAY}) AS used_up
"""

COUNT = f"""
    UPDATE messages SET budgeted_on = {TODAY}
    WHERE practice_id = %(practice)s AND message_id = %(message_id)s AND budgeted_on IS DISTINCT FROM {TODAY}
"""

SPEND = f"""
    INSERT INTO budgets_spent AS today (practice_id, channel, spent_on, spent)
    SELECT %(practice)s, %(channel)s, {TODAY}, 1 WHERE %(budget)s > 0
    ON CONFLICT (practice_id, channel, spent_on) DO UPDATE SET spent = today.spent + 1
        WHERE today.spent < %(budget)s
"""

REST_OF_DAY = f"SELECT ({TODAY} + 1)::timestamp AT TIME ZONE %(zone)s - clinic_now() AS rest"


def judge_budget(connection: Connection, budgets: Budgets, message: Message, zone: str) -> None:
    """OverBudget where today's is used up and the message is not counted in it. Nothing is spent."""
    values = _values(budgets, message, zone)
    row = connection.execute(USED_UP, values).fetchone()
    if budgets.of(message.channel) <= 0 or (row and row["used_up"]):
        raise _over(connection, budgets, message, values)


def spend(connection: Connection, budgets: Budgets, message: Message, zone: str) -> None:
    """Counts a message in the practice's local day, once; OverBudget (roll back) where it would be one too many."""
    values = _values(budgets, message, zone)
    counted_now = connection.execute(COUNT, values).rowcount == 1
    if counted_now and connection.execute(SPEND, values).rowcount == 0:
        raise _over(connection, budgets, message, values)


def _over(connection: Connection, budgets: Budgets, message: Message, values: dict[str, Any]) -> OverBudget:
    row = connection.execute(REST_OF_DAY, values).fetchone()
    return OverBudget(message.channel, budgets.of(message.channel), row["rest"] if row else timedelta(hours=1))


def _values(budgets: Budgets, message: Message, zone: str) -> dict[str, Any]:
    return {
        "practice": message.practice_id,
        "message_id": message.message_id,
        "channel": message.channel,
        "budget": budgets.of(message.channel),
        "zone": zone,
    }
