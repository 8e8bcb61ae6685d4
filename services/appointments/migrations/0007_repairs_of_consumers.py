"""What operators repair consumers with: trails, attempts of parked events, traces of discarded ones (ADR 0028)."""

from clinic.infra.migrations import run_shared_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds tables, columns and rights."""
    run_shared_sql("consumer_v2", "appointments")
    run_shared_sql("relay_v2", "appointments")
