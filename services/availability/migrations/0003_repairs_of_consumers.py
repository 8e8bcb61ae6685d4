"""What operators repair consumers with: trails, attempts of parked events, traces of discarded ones (ADR 0028)."""

from clinic.infra.migrations import run_shared_sql, run_sibling_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds tables, columns and rights."""
    run_shared_sql("consumer_v2", "availability")
    run_shared_sql("relay_v2", "availability")
    run_sibling_sql(__file__)
