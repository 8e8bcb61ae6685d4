"""The views carry rules and payments, and who read a message and dealt with it."""

from clinic.infra.migrations import run_sibling_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Turns the rows of every view @1 into those of its @2."""
    run_sibling_sql(__file__)
