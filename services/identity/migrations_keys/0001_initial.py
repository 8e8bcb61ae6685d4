"""Clients' private keys, in a database of their own: its backups live 30 days at most (architecture.md section 3)."""

from clinic.infra.migrations import run_shared_sql, run_sibling_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the one table of keys."""
    run_shared_sql("clock_and_practice_v1", "identity")
    run_sibling_sql(__file__)
