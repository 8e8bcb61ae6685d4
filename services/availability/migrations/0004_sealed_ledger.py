"""The sealed ledger (F51): the tree's nodes, signed heads, breaks and stops."""

from clinic.infra.migrations import run_shared_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds five tables and the rights of the sealer; events that are there already are sealed when it starts."""
    run_shared_sql("sealed_ledger_v1", "availability")
