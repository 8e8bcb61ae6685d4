"""The view of every time that an appointment ever had: as-of of a diary finds who was in it then (ADR 0032)."""

from clinic.infra.migrations import run_sibling_sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a view with its rebuild table."""
    run_sibling_sql(__file__)
