"""Messages to clients, alerts to staff, and the consumer's checkpoints."""

from clinic.infra.migrations import run_shared_sql, run_sibling_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table of the service."""
    run_shared_sql("clock_and_practice_v1", "notifications")
    run_shared_sql("consumer_v1", "notifications")
    run_sibling_sql(__file__)
