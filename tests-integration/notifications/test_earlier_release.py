"""A database of an earlier release, with what lies in it."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest

from clinic.deploy import databases
from clinic.deploy.migrate import migrate
from clinic.deploy.servers_for_tests import PostgresForTests
from clinic.kernel.ids import new_id

BEFORE = "0002"
PRACTICE, MESSAGE = new_id(), new_id()
OLD_MESSAGE = """
    INSERT INTO messages (practice_id, message_id, cause_id, kind, channel, appointment_id, client_id, revision,
        starts_at, ends_at, zone, state, subject, attempts, queued_at, due_at, not_after, sent_at)
    VALUES (%(practice)s, %(message)s, gen_random_uuid(), 'confirmation', 'email', gen_random_uuid(),
        gen_random_uuid(), 1, now(), now(), 'Europe/London', 'sent', 'Your appointment', 1, now(), now(), now(), now())
"""


@pytest.fixture
def earlier(postgres: PostgresForTests) -> Iterator[str]:
    """The name of a database as the last release left it: its roles did not know the process for receipts."""
    name = f"test_earlier_{secrets.token_hex(4)}"
    databases.ensure_database(postgres.superuser, "notifications", name=name)
    migrate("notifications", postgres.url(name, "notifications_owner"), BEFORE)
    with psycopg.connect(postgres.url(name), autocommit=True) as connection:
        connection.execute(f"REVOKE ALL ON DATABASE {name} FROM notifications_webhooks")
        connection.execute(OLD_MESSAGE, {"practice": PRACTICE, "message": MESSAGE})
    yield name
    with psycopg.connect(postgres.superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_its_messages_stay_and_receipts_reach_them(postgres: PostgresForTests, earlier: str) -> None:
    webhooks = postgres.url(earlier, "notifications_webhooks")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(webhooks)
    migrate("notifications", postgres.url(earlier, "notifications_owner"))
    with psycopg.connect(webhooks) as connection:
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(PRACTICE),))
        kept = connection.execute("SELECT message_id, state, delivered_at FROM messages").fetchall()
        assert kept == [(MESSAGE, "sent", None)]
        assert connection.execute("UPDATE messages SET delivered_at = clinic_now()").rowcount == 1
