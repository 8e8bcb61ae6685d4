"""Removes what no rule reads any more: source addresses of the day before, counted sign-ins, sessions of last month."""

import logging

from clinic.infra import event_store
from clinic.infra.database import Database

log = logging.getLogger(__name__)

_SOURCES = "DELETE FROM source_tries WHERE last_tried_at < clinic_now() - interval '1 day'"
_SIGN_INS = """
    DELETE FROM tries WHERE practice_id = %s AND starts_with(counted_for, 'sign-in:')
        AND NOT EXISTS (SELECT FROM unnest(tried_at) AS at WHERE at > clinic_now() - interval '1 day')
"""
_SESSIONS = "DELETE FROM sessions WHERE practice_id = %s AND created_at < clinic_now() - interval '30 days'"


class Housekeeping:
    """One transaction for each practice; an interrupted run is finished by the next."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_expired(self) -> int:
        """How many rows were removed."""
        with self._database.transaction() as connection:
            removed = connection.execute(_SOURCES).rowcount
            practices = list(event_store.heads(connection))
        for practice_id in practices:
            with self._database.transaction(practice_id) as connection:
                removed += connection.execute(_SIGN_INS, (practice_id,)).rowcount
                removed += connection.execute(_SESSIONS, (practice_id,)).rowcount
        return removed
