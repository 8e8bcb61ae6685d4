"""What was already refunded when an appointment was cancelled."""

from clinic.infra.migrations import run_sibling_sql

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds what was refunded to messages and alerts."""
    run_sibling_sql(__file__)
