"""What the last import said of appointments, payments and settings."""

from clinic.infra.migrations import run_sibling_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column, two tables and rights."""
    run_sibling_sql(__file__)
