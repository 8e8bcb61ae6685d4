"""Who may touch requests for sign-in links, and how long they are kept."""

from typing import Any

import psycopg
import pytest
from identity_cast import refused

from clinic.identity.adapters.housekeeping import Housekeeping
from clinic.infra.database import Database

ROLES = ("api", "worker", "relay", "projector", "ops")


def test_the_worker_reads_nothing_of_clients_but_their_contacts(identity: Any) -> None:
    columns = identity.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'clients'"
    )
    allowed = {
        column
        for (column,) in columns
        if not refused(identity.database, "worker", f"SELECT {column} FROM clients", identity.practice_id)
    }
    assert allowed == {"practice_id", "client_id", "email", "mobile", "erased_at"}


SIGN_IN_RIGHTS = [
    ("SELECT FROM sign_in_requests", {"api", "worker", "ops"}),
    (
        "INSERT INTO sign_in_requests (practice_id, request_id, contact, channel, source) "
        "VALUES (current_practice(), gen_random_uuid(), 'x', 'email', 'x')",
        {"api"},
    ),
    (
        "INSERT INTO sign_in_queue (practice_id, request_id) VALUES (current_practice(), gen_random_uuid())",
        {"api"},
    ),
    ("UPDATE sign_in_requests SET accepted_at = NULL", {"worker"}),
    ("UPDATE sign_in_requests SET contact = 'x'", set()),
    ("DELETE FROM sign_in_requests", {"worker"}),
    ("SELECT FROM sign_in_queue", {"worker"}),
    ("DELETE FROM sign_in_queue", {"worker"}),
    ("UPDATE sign_in_queue SET request_id = request_id", set()),
    ("SELECT FROM sign_in_windows", {"worker"}),
    ("UPDATE sign_in_windows SET counted_at = '{}'", {"worker"}),
    ("UPDATE tries SET tried_at = '{}'", {"api"}),
    ("UPDATE links SET used_at = NULL", {"api"}),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "roles"), SIGN_IN_RIGHTS)
def test_requests_are_written_by_the_api_and_judged_by_the_worker(
    identity: Any, statement: str, roles: set[str]
) -> None:
    allowed = {role for role in ROLES if not refused(identity.database, role, statement, identity.practice_id)}
    assert allowed == roles


def test_what_was_asked_at_one_practice_is_invisible_at_another(identity: Any) -> None:
    identity.ask("pat@mill-lane.org", slug="mill-lane")
    identity.judge()
    for table in ("sign_in_requests", "sign_in_windows"):
        assert identity.execute(f"SELECT DISTINCT practice_id FROM {table}") == [(identity.other_practice_id,)]
        with psycopg.connect(identity.database.url("worker")) as connection:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
            connection.execute("SELECT set_config('app.practice', %s, true)", (str(identity.practice_id),))
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_housekeeping_forgets_typed_contacts_after_an_hour_and_windows_after_a_day(identity: Any) -> None:
    identity.confirm(identity.sign_in_link(), postcode="wrong")
    identity.ask("nobody@example.org")
    housekeeping = Housekeeping(Database(identity.database.url("worker"), size=1))
    assert housekeeping.forget_expired() == 0
    identity.execute("UPDATE sign_in_requests SET requested_at = requested_at - interval '61 minutes'")
    assert housekeeping.forget_expired() == 2, "the accepted one, and the one that nobody judged"
    assert identity.judge() == 0
    assert identity.execute("SELECT FROM sign_in_queue") == []
    identity.execute(
        "UPDATE sign_in_windows SET counted_at = ARRAY(SELECT t - interval '1 day' FROM unnest(counted_at) t)"
    )
    identity.execute("UPDATE tries SET tried_at = ARRAY(SELECT t - interval '1 day' FROM unnest(tried_at) t)")
    assert housekeeping.forget_expired() == 3 + 1, "practice, source and contact; wrong posts of the contact"
    assert identity.execute("SELECT FROM sign_in_windows") == []
