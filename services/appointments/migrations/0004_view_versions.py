"""Versions of views beside each other, the history @3, and where views are rebuilt beside the live rows."""

from clinic.infra.migrations import run_sibling_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the registry, the history @3 and the schema `staging`; the history @2 is read until @3 has caught up."""
    run_sibling_sql(__file__)
