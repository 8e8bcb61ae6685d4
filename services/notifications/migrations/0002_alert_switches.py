"""Users choose what they are alerted to, and alerts may go by e-mail."""

from clinic.infra.migrations import run_sibling_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the switches, and messages to users."""
    run_sibling_sql(__file__)
