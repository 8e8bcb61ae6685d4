"""Erasures and legal holds."""

from clinic.infra.migrations import run_sibling_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column, two tables and the function that blanks a record."""
    run_sibling_sql(__file__)
