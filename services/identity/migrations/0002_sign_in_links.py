"""Sign-in links for contacts, sessions with choices, a client's next of kin."""

from clinic.infra.migrations import run_sibling_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds tables and columns; what is there stays as it is."""
    run_sibling_sql(__file__)
