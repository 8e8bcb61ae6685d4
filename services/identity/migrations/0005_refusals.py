"""Confirmations of identity that failed are recorded, and shown."""

from clinic.infra.migrations import run_sibling_sql

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a table and rights."""
    run_sibling_sql(__file__)
