"""What the last import said of places, types, clinicians, hours and settings."""

from clinic.infra.migrations import run_sibling_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a table and rights."""
    run_sibling_sql(__file__)
