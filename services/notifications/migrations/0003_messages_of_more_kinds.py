"""Sign-in messages, reminders, texts of the practice's own, copies to the next of kin, and what was paid."""

from clinic.infra.migrations import run_sibling_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the tables of reminders and texts, and kinds of messages."""
    run_sibling_sql(__file__)
