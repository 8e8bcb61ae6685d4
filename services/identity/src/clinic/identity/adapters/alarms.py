"""Alarms as log lines and a counter for the dashboards; neither says who or what was tried."""

import logging
from uuid import UUID

from prometheus_client import Counter

log = logging.getLogger(__name__)
WRONG_POSTS_ALARMS = Counter(
    "identity_wrong_posts_alarms_total", "Times that a practice reached the limit of wrong posts within an hour (F14)"
)

SIGN_IN_BUDGET_ALARMS = Counter(
    "identity_sign_in_budget_alarms_total", "Times that a practice reached its daily budget of sign-in links (F14)"
)


class LoggedAlarms:
    """Warnings in the log."""

    def many_wrong_posts(self, practice_id: UUID) -> None:
        """Once an hour and practice."""
        WRONG_POSTS_ALARMS.inc()
        log.warning("alarm: practice %s reached the limit of wrong confirmations within an hour", practice_id)

    def sign_in_budget_reached(self, practice_id: UUID) -> None:
        """At most once an hour and practice."""
        SIGN_IN_BUDGET_ALARMS.inc()
        log.warning("alarm: practice %s reached its daily budget of sign-in links; no more are sent", practice_id)
