"""Receipts of erasures, and the one way in which a key is destroyed."""

from clinic.infra.migrations import run_sibling_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds a table and a function."""
    run_sibling_sql(__file__)
