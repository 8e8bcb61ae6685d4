"""The first tables of availability."""

from clinic.infra.migrations import run_shared_sql, run_sibling_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Clock, event store, consumer, then the service's own tables."""
    run_shared_sql("clock_and_practice_v1", "availability")
    run_shared_sql("event_store_v1", "availability")
    run_shared_sql("consumer_v1", "availability")
    run_sibling_sql(__file__)
