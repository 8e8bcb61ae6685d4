"""Providers' receipts, and how much of a day's budget is spent."""

from clinic.infra.migrations import run_sibling_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds when a message was delivered, the spent budgets, and the role that records receipts."""
    run_sibling_sql(__file__)
