"""Removes what no rule reads any more: yesterday's source addresses and windows, contacts that somebody typed into the
sign-in page (after an hour: F14 lets nothing be sent for them after 15 minutes), sessions of last month.
"""

import logging

from clinic.infra import event_store
from clinic.infra.database import Database

log = logging.getLogger(__name__)

_SOURCES = "DELETE FROM source_tries WHERE last_tried_at < clinic_now() - interval '1 day'"
_WRONG_POSTS = """
    DELETE FROM tries WHERE practice_id = %s
        AND (starts_with(counted_for, 'sign-in:') OR starts_with(counted_for, 'contact:'))
        AND NOT EXISTS (SELECT FROM unnest(tried_at) AS at WHERE at > clinic_now() - interval '1 day')
"""
_REQUEST_WINDOWS = """
    DELETE FROM sign_in_windows WHERE practice_id = %s
        AND NOT EXISTS (SELECT FROM unnest(counted_at) AS at WHERE at > clinic_now() - interval '1 day')
"""
_REQUESTS = "DELETE FROM sign_in_requests WHERE practice_id = %s AND requested_at < clinic_now() - interval '1 hour'"
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
                for statement in (_WRONG_POSTS, _REQUEST_WINDOWS, _REQUESTS, _SESSIONS):
                    removed += connection.execute(statement, (practice_id,)).rowcount
        return removed
