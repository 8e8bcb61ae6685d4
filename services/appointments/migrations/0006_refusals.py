"""Refusals are recorded with their answers, and shown."""

from clinic.infra.migrations import run_sibling_sql

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column with its indexes, and the view refusals@1."""
    run_sibling_sql(__file__)
