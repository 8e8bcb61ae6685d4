"""The ledger: events, what was answered to commands, whose time is taken, and the views."""

from clinic.infra.migrations import run_shared_sql, run_sibling_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes everything; the shared parts first."""
    run_shared_sql("clock_and_practice_v1", "appointments")
    run_shared_sql("event_store_v1", "appointments")
    run_shared_sql("consumer_v1", "appointments")
    run_sibling_sql(__file__)
