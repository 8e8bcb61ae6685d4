"""What the last import said of the practice, its users and its clients."""

from clinic.infra.migrations import run_sibling_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds columns and rights."""
    run_sibling_sql(__file__)
