"""A new release meets a database of the last one: what was there is still there, and works."""

import shutil
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from clinic.deploy.migrate import migrate
from clinic.deploy.servers_for_tests import PostgresForTests
from clinic.identity.adapters.postgres import PostgresStore
from clinic.infra.database import Database
from clinic.infra.migrations import migrations_directory

PRACTICE, CLIENT, APPOINTMENT = uuid4(), uuid4(), uuid4()
OLD_ROWS = """
    INSERT INTO clients (practice_id, client_id, external_ref, first_name, last_name, date_of_birth, postcode, email,
        mobile, email_opt_in, sms_opt_in, key_id, public_key)
    VALUES (%(p)s, %(c)s, 'C1', 'Pat', 'Marlow', '1985-03-07', 'L1 4DS', 'pat@x.org', '', true, false, %(c)s, %(h)s);
"""
OLD_LINK = """
    INSERT INTO links (practice_id, token_hash, link_id, kind, client_id, appointment_id, wrong_tries)
    VALUES (%(p)s, %(h)s, %(a)s, 'appointment', %(c)s, %(a)s, 3)
"""
OLD_SESSION = """
    INSERT INTO sessions (practice_id, secret_hash, session_id, face, client_id, appointment_id, created_at,
        last_seen_at)
    VALUES (%(p)s, %(h)s, %(a)s, 'client', %(c)s, %(a)s, now(), now())
"""
HASH = b"h" * 32


@pytest.fixture
def old(postgres: PostgresForTests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the first release with a client, a link and a session; its name."""
    name = f"identity_upgrade_{uuid4().hex[:8]}"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier("identity_owner"))
        )
    first = tmp_path / "identity" / "migrations"
    first.mkdir(parents=True)
    for file in migrations_directory("identity").glob("0001_*"):
        shutil.copy(file, first)
    with monkeypatch.context() as patched:
        patched.setenv("MIGRATIONS_DIR", str(tmp_path))
        migrate("identity", postgres.url(name, "identity_owner"))
    values = {"p": PRACTICE, "c": CLIENT, "a": APPOINTMENT, "h": HASH}
    with psycopg.connect(postgres.url(name), autocommit=True) as connection:
        for statement in (OLD_ROWS, OLD_LINK, OLD_SESSION):
            connection.execute(statement, values)
    return name


def test_clients_links_and_sessions_of_the_first_release_survive(postgres: PostgresForTests, old: str) -> None:
    migrate("identity", postgres.url(old, "identity_owner"))
    database = Database(postgres.url(old, "identity_api"), size=1)
    with PostgresStore(database).rows(PRACTICE) as rows:
        client, link, session = rows.client(CLIENT), rows.link(HASH), rows.session(HASH)
        assert client
        assert (client.email, client.next_of_kin_name, client.next_of_kin_sms_opt_in) == ("pat@x.org", "", False)
        assert link
        assert (link.kind, link.appointment_id, link.channel, link.wrong_tries) == ("appointment", APPOINTMENT, None, 3)
        assert session
        assert (session.client_id, session.choices) == (CLIENT, ())
        assert rows.clients_by_contact(client.contact("email")) == [client]
    database.close()


WRONG_LINKS = [
    ("appointment", None, None, None), ("appointment", APPOINTMENT, HASH, None), ("sign_in", None, None, "email"),
    ("sign_in", None, HASH, None), ("sign_in", APPOINTMENT, HASH, "email"), ("sign_in", None, b"short", "email"),
    ("sign_in", None, HASH, "letter"), ("other", APPOINTMENT, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "appointment", "contact", "channel"), WRONG_LINKS)
def test_a_link_is_either_an_appointment_s_or_a_contact_s(
    postgres: PostgresForTests,
    old: str,
    kind: str,
    appointment: UUID | None,
    contact: bytes | None,
    channel: str | None,
) -> None:
    migrate("identity", postgres.url(old, "identity_owner"))
    with psycopg.connect(postgres.url(old)) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO links (practice_id, token_hash, link_id, kind, client_id, appointment_id, contact_hash, "
            "channel) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (PRACTICE, b"n" * 32, uuid4(), kind, CLIENT, appointment, contact, channel),
        )


@pytest.mark.parametrize("choices", [[], [CLIENT]])
def test_a_session_of_nobody_has_at_least_two_choices(
    postgres: PostgresForTests, old: str, choices: list[UUID]
) -> None:
    migrate("identity", postgres.url(old, "identity_owner"))
    with psycopg.connect(postgres.url(old)) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO sessions (practice_id, secret_hash, session_id, face, created_at, last_seen_at, choices) "
            "VALUES (%s, %s, %s, 'client', now(), now(), %s)",
            (PRACTICE, b"n" * 32, uuid4(), choices),
        )
