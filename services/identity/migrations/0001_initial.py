"""Practices, users, clients, links, tries, sessions, and the copies of what appointments decide."""

from clinic.infra.migrations import run_shared_sql, run_sibling_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes everything that identity's first release needs."""
    run_shared_sql("clock_and_practice_v1", "identity")
    run_shared_sql("event_store_v1", "identity")
    run_shared_sql("consumer_v1", "identity")
    run_sibling_sql(__file__)
