"""A client is erased for good: what is left, what stands in the way, what a crash or a restore leaves (F52)."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from identity_cast import SLUG, directory, refused
from psycopg import sql

from clinic.deploy.servers_for_tests import PostgresForTests, ServiceDatabase
from clinic.identity import bootstrap
from clinic.identity.adapters.receipt_files import ReceiptFiles
from clinic.identity.application.erasing import erase_client, finish_begun
from clinic.identity.domain.erasures import Receipt
from clinic.identity.entrypoints.api import application
from clinic.identity.entrypoints.import_practice import importer
from clinic.infra.importing import ImportContext
from clinic.infra.sealing import seal
from clinic.kernel.errors import Unavailable

CANARIES = ("canary-first", "canary-last", "1931-10-29", "CN1 9YY", "canary@mail.example", "447700900999", "canary-kin")
DETAILS = {
    "first_name": "Canary-First", "last_name": "Canary-Last", "date_of_birth": "1931-10-29", "postcode": "CN1 9YY",
    "email": "canary@mail.example", "mobile": "07700 900999", "next_of_kin_name": "Canary-Kin",
    "next_of_kin_email": "canary-kin@mail.example", "next_of_kin_mobile": "07700 900998",
}  # fmt: skip
ERASE = {"reason": "asked for it by letter"}


@pytest.fixture(autouse=True)
def receipts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where receipts are shipped away from."""
    monkeypatch.setenv("ERASURE_RECEIPTS_DIRECTORY", str(tmp_path / "receipts"))
    return tmp_path / "receipts"


@pytest.fixture
def olga(identity: Any) -> str:
    token: str = identity.staff_token()
    return token


@pytest.fixture
def canary(identity: Any, olga: str) -> UUID:
    """Pat's record, full of words that must not be found again; sign-in, tries and links were made with them."""
    pat: UUID = identity.ids["client", "pat"]
    changed = identity.call("PATCH", f"/clients/{pat}", DETAILS, as_=olga, If_Match='"1"')
    assert changed.status_code == 200, changed.text
    identity.execute("UPDATE clients SET imported = %s WHERE client_id = %s", json.dumps(DETAILS), pat)
    identity.confirm(identity.link(identity.book(starts_in=timedelta(minutes=1))), day="1")
    identity.sign_in_link("canary@mail.example")
    identity.ask("canary@mail.example")
    hold = {"reason": "Canary-Last sues us"}
    assert identity.call("POST", f"/clients/{pat}/legal-hold", hold, as_=olga).status_code == 204
    assert identity.call("DELETE", f"/clients/{pat}/legal-hold", as_=olga).status_code == 204
    identity.execute("UPDATE appointment_times_v1 SET cancelled = true")
    return pat


def erase(identity: Any, client: UUID, olga: str, **more: Any) -> Any:
    return identity.call("POST", f"/clients/{client}/erase", {"command_id": str(uuid4()), **ERASE, **more}, as_=olga)


def found_in(url: str, words: tuple[str, ...] = CANARIES) -> set[tuple[str, str]]:
    """(table, word) of every word that some row of a database has, as text, however it is written."""
    found = set()
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            for word in words:
                statement = f"SELECT EXISTS (SELECT FROM {table} AS t WHERE t::text ILIKE %s)"
                row = connection.execute(statement, (f"%{word}%",)).fetchone()  # type: ignore[arg-type]
                if row and row[0]:
                    found.add((table, word))
    return found


def receipts_in_feed(identity: Any) -> list[dict[str, str]]:
    rows = identity.execute("SELECT data FROM events WHERE type = 'ClientErased' ORDER BY position")
    return [json.loads(row[0]) for row in rows]


def database_in(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


def keys_of(identity: Any, client: UUID) -> dict[UUID, bytes]:
    with identity.parts.ports.store.rows(identity.practice_id) as rows:
        key_id = rows.key_id(client)
    found: dict[UUID, bytes] = identity.parts.ports.keys.private_keys(identity.practice_id, client, [key_id])
    return found


def test_nothing_of_the_record_is_left_but_that_there_was_one(
    identity: Any, olga: str, canary: UUID, receipts: Path
) -> None:
    url = identity.database.url("superuser")
    before = found_in(url)
    assert {word for _, word in before} == set(CANARIES)
    assert {"public.clients", "public.client_search_words", "public.legal_holds", "public.sign_in_requests"} <= {
        table for table, _ in before
    }
    key = next(iter(keys_of(identity, canary)))
    answer = erase(identity, canary, olga)
    assert (answer.status_code, answer.get_json()) == (202, {"outcome": "erased"})
    assert found_in(url) == set()
    assert receipts_in_feed(identity) == [{"client_id": str(canary), "key_id": str(key)}]
    assert keys_of(identity, canary) == {}
    kept = ReceiptFiles(receipts).all()
    assert [(one.client_id, one.key_id) for one in kept] == [(canary, key)]
    for table in ("links", "sessions", "client_search_words"):
        assert identity.execute(f"SELECT FROM {table} WHERE client_id = %s", canary) == []
    shown = identity.call("GET", f"/clients/{canary}", as_=olga).get_json()
    assert (shown["erased"], shown["first_name"], shown["external_ref"], shown["date_of_birth"]) == (True, "", "", None)
    names = identity.post("/names", {"clients": [str(canary)]}, as_=olga)["clients"]
    assert names == {str(canary): {"first_name": "", "last_name": "", "erased": True}}


def test_an_erased_client_is_found_written_to_and_changed_no_more(identity: Any, olga: str, canary: UUID) -> None:
    key_id = next(iter(keys_of(identity, canary)))
    with identity.parts.ports.store.rows(identity.practice_id) as rows:
        _, public = rows.public_key(canary)
    event_id = uuid4()
    sealed = seal("my canary-secret", key_id, base64.b64encode(public).decode(), event_id)
    message = {"event_id": str(event_id), "sealed": {
        "key_id": str(key_id), "ephemeral_public_key": sealed.ephemeral_public_key, "nonce": sealed.nonce,
        "ciphertext": sealed.ciphertext,
    }}  # fmt: skip
    asked = {"client_id": str(canary), "reason": "reading", "messages": [message]}
    assert identity.post("/messages/unseal", asked, as_=olga)["texts"] == {str(event_id): "my canary-secret"}
    erase(identity, canary, olga)
    assert identity.post("/messages/unseal", asked, as_=olga)["texts"] == {str(event_id): None}
    found = identity.call("GET", "/clients?q=", as_=olga).get_json()["clients"]
    assert str(canary) not in {one["id"] for one in found}
    of_practice = f"?practice={identity.practice_id}"
    for path, who in (
        (f"/clients/{canary}/contact", "notifications"),
        (f"/clients/{canary}/public-key", "appointments"),
    ):
        assert identity.call("GET", path + of_practice, as_=who).status_code == 404
    link = {"client_id": str(canary), "appointment_id": str(identity.book())}
    assert identity.call("POST", f"/links{of_practice}", link, as_="notifications").status_code == 404
    refused = [
        identity.call("PATCH", f"/clients/{canary}", {"first_name": "Pat"}, as_=olga, If_Match='"9"'),
        identity.call("POST", f"/clients/{canary}/unlock", as_=olga),
        identity.call("POST", f"/clients/{canary}/legal-hold", {"reason": "too late"}, as_=olga),
        identity.call("GET", f"/clients/{canary}/export", as_=olga),
    ]
    assert {(one.status_code, one.get_json()["code"]) for one in refused} == {(409, "client_erased")}


def test_all_that_identity_holds_is_handed_out_and_recorded_without_a_secret(
    identity: Any, olga: str, canary: UUID
) -> None:
    token = identity.sign_in_link("canary@mail.example")
    secret = identity.confirm(token, day="29", month="10", year="1931", postcode="CN19YY")["session"]
    answer = identity.call("GET", f"/clients/{canary}/export", as_=olga)
    assert answer.status_code == 200
    held = answer.get_json()["identity"]
    (record,) = held["record"]
    assert (record["first_name"], record["date_of_birth"], record["next_of_kin_name"]) == (
        "Canary-First", "1931-10-29", "Canary-Kin",
    )  # fmt: skip
    assert record["created_at"].endswith("Z")
    assert {kind for kind, rows in held.items() if rows} >= {
        "record", "last_import", "search_words", "links", "sessions", "requests_for_sign_in_links", "legal_holds",
        "what_happened", "wrong_tries",
    }  # fmt: skip
    assert not any(hidden in answer.text for hidden in (token, secret, "token_hash", "secret_hash", "public_key"))
    types = [row[0] for row in identity.execute("SELECT type FROM events WHERE stream_id = %s", f"client-{canary}")]
    assert types[-1] == "ClientRecordExported"


def test_keys_are_destroyed_by_those_who_erase_and_read_by_those_who_unseal(
    service_database: Callable[[str], ServiceDatabase],
) -> None:
    keys = service_database("identity_keys")
    destroy = "SELECT destroy_keys('{}'::uuid[], '{}'::uuid[], '{}'::bytea[])"
    rights = {destroy: {"api", "worker", "ops"}, "SELECT keys_of(gen_random_uuid())": {"api", "ops"}}
    rights |= {f"{verb} erasures": set() for verb in ("DELETE FROM", "TRUNCATE")}
    for statement, may in rights.items():
        for role in ("api", "worker", "relay", "projector", "ops"):
            assert refused(keys, role, statement, uuid4()) is (role not in may), (role, statement)


def test_what_a_twin_shares_stays_the_twin_s(identity: Any, olga: str) -> None:
    pat, sam = identity.ids["client", "pat"], identity.ids["client", "sam"]
    token = identity.sign_in_link()
    identity.ask("pat@harbour-street.org")
    assert erase(identity, pat, olga).status_code == 202
    assert identity.execute("SELECT FROM sign_in_requests WHERE contact = 'pat@harbour-street.org'")
    assert identity.open(token)["state"] in ("ready", "unknown")
    fresh = identity.confirm(identity.sign_in_link())
    assert (fresh["outcome"], identity.look_up(fresh["session"]).get_json()["client"]["id"]) == ("confirmed", str(sam))


def test_said_twice_it_stays_quiet(identity: Any, olga: str, canary: UUID, receipts: Path) -> None:
    assert [erase(identity, canary, olga).status_code for _ in range(3)] == [202, 202, 202]
    assert len(receipts_in_feed(identity)) == 1
    assert len((receipts / "erasures.jsonl").read_bytes().splitlines()) == 1


def test_a_legal_hold_refuses_with_its_reason_until_it_is_lifted(identity: Any, olga: str, canary: UUID) -> None:
    path = f"/clients/{canary}/legal-hold"
    for _ in range(2):
        assert identity.call("POST", path, {"reason": "claim 7 of 2026"}, as_=olga).status_code == 204
    answer = erase(identity, canary, olga)
    assert (answer.status_code, answer.get_json()["code"], answer.get_json()["reason"]) == (
        409, "legal_hold", "claim 7 of 2026",
    )  # fmt: skip
    assert identity.call("GET", f"/clients/{canary}", as_=olga).get_json()["first_name"] == "Canary-First"
    assert keys_of(identity, canary)
    seen = {
        who: identity.call("GET", f"/clients/{canary}", as_=identity.staff_token(who)).get_json()
        for who in ("bo", "ann")
    }
    assert {one["legal_hold"]["reason"] for one in seen.values()} == {None}
    assert identity.call("GET", f"/clients/{canary}", as_=olga).get_json()["legal_hold"]["reason"] == "claim 7 of 2026"
    for _ in range(2):
        assert identity.call("DELETE", path, as_=olga).status_code == 204
    assert erase(identity, canary, olga).status_code == 202
    types = [row[0] for row in identity.execute("SELECT type FROM events WHERE stream_id = %s", f"client-{canary}")]
    assert [types.count(name) for name in ("LegalHoldPlaced", "LegalHoldLifted")] == [2, 2]


def test_appointments_ahead_refuse_unless_they_are_accepted(identity: Any, olga: str, canary: UUID) -> None:
    identity.book()
    answer = erase(identity, canary, olga)
    assert (answer.status_code, answer.get_json()["code"], answer.get_json()["appointments"]) == (
        409, "appointments_ahead", 1,
    )  # fmt: skip
    assert receipts_in_feed(identity) == []
    assert erase(identity, canary, olga, with_appointments=True).status_code == 202


@pytest.mark.parametrize("who", ["bo", "ann"])
def test_only_site_administrators_may(identity: Any, canary: UUID, who: str) -> None:
    token = identity.staff_token(who)
    for method, path in (
        ("POST", "erase"), ("POST", "legal-hold"), ("DELETE", "legal-hold"), ("GET", "export"),
    ):  # fmt: skip
        body = {"reason": "because", "command_id": str(uuid4())} if path == "erase" else {"reason": "because"}
        assert identity.call(method, f"/clients/{canary}/{path}", body, as_=token).status_code == 403


def test_charlie_s_practice_has_no_such_client(identity: Any, canary: UUID) -> None:
    charlie = identity.staff_token(slug="mill-lane")
    assert erase(identity, canary, charlie).status_code == 404
    assert identity.call("GET", f"/clients/{canary}/export", as_=charlie).status_code == 404
    assert identity.call("POST", f"/clients/{canary}/legal-hold", {"reason": "why not"}, as_=charlie).status_code == 404
    assert keys_of(identity, canary)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\nb", None, 5])
def test_a_reason_is_needed(identity: Any, olga: str, canary: UUID, reason: Any) -> None:
    answer = erase(identity, canary, olga, reason=reason)
    assert (answer.status_code, answer.get_json()["errors"].keys()) == (422, {"reason"})
    assert receipts_in_feed(identity) == []


class Stops:
    """A port that stops before or after one of its calls, as a crash would; `calls` are passed on otherwise."""

    def __init__(self, port: Any, name: str, *, after: bool) -> None:
        self._port, self._name, self._after = port, name, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        if name != self._name:
            return real

        def stopping(*given: Any) -> Any:
            if self._after:
                real(*given)
            raise Unavailable("crash")

        return stopping


CRASHES = [
    ("keys", "destroy", False),
    ("keys", "destroy", True),
    ("receipts", "keep", False),
    ("receipts", "keep", True),
]


@pytest.mark.parametrize(("port", "call", "after"), CRASHES)
@pytest.mark.parametrize("who_finishes", ["the command", "the worker", "the next start"])
def test_a_crash_at_any_point_is_finished(
    identity: Any, olga: str, canary: UUID, port: str, call: str, after: bool, who_finishes: str
) -> None:
    erasing = identity.parts.ports.erasing
    crashing = replace(erasing, **{port: Stops(getattr(erasing, port), call, after=after)})
    with pytest.raises(Unavailable):
        erase_client(crashing, identity.practice_id, canary, "asked for it", None)
    assert receipts_in_feed(identity) == []
    hold = identity.call("POST", f"/clients/{canary}/legal-hold", {"reason": "too late"}, as_=olga)
    assert hold.get_json()["code"] == "client_erased"
    match who_finishes:
        case "the command":
            assert erase(identity, canary, olga).status_code == 202
        case "the worker":
            assert finish_begun(erasing) == 1
            assert finish_begun(erasing) == 0
        case _:
            started = bootstrap.build_api()
            assert application(started).test_client().get("/readyz").status_code == 200
            started.database.close()
            started.keys_database.close()
    assert found_in(identity.database.url("superuser")) == set()
    assert (keys_of(identity, canary), len(receipts_in_feed(identity))) == ({}, 1)


def test_the_worker_s_own_rights_are_enough_to_finish(
    identity: Any, canary: UUID, postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasing = identity.parts.ports.erasing
    crashing = replace(erasing, keys=Stops(erasing.keys, "destroy", after=False))
    with pytest.raises(Unavailable):
        erase_client(crashing, identity.practice_id, canary, "asked for it", None)
    for name in ("DATABASE_URL", "KEYS_DATABASE_URL"):
        monkeypatch.setenv(name, postgres.url(database_in(os.environ[name]), "identity_worker"))
    worker = bootstrap.build_worker()
    worker.erasures.finish_begun()
    worker.close()
    assert found_in(identity.database.url("superuser")) == set()
    assert (keys_of(identity, canary), len(receipts_in_feed(identity))) == ({}, 1)


@pytest.fixture
def backup(identity: Any, postgres: PostgresForTests) -> Iterator[Callable[[str], str]]:
    """`backup("identity")` keeps that database as it is now, as yesterday's backup does; its name."""
    made: list[str] = []

    def take(database: str) -> str:
        url = identity.database.url("superuser") if database == "identity" else os.environ["KEYS_DATABASE_URL"]
        there, name = database_in(url), f"backup_{uuid4().hex[:10]}"
        identity.parts.database.close()
        identity.parts.keys_database.close()
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(there))
            connection.execute(copy)
        made.append(name)
        return name

    yield take
    if made:
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            for name in made:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.mark.parametrize("lost", [("identity",), ("identity_keys",), ("identity", "identity_keys")])
def test_an_older_backup_is_erased_again_before_anything_is_served(
    identity: Any, olga: str, canary: UUID, backup: Callable[[str], str], postgres: PostgresForTests,
    monkeypatch: pytest.MonkeyPatch, lost: tuple[str, ...],
) -> None:  # fmt: skip
    names = {"identity": "DATABASE_URL", "identity_keys": "KEYS_DATABASE_URL"}
    kept = {database: backup(database) for database in lost}
    identity.later("0 seconds")
    assert erase(identity, canary, olga).status_code == 202
    for database, name in kept.items():
        monkeypatch.setenv(names[database], postgres.url(name, "identity_api"))
    if "identity" in lost:
        assert found_in(postgres.url(kept["identity"]))
    started = bootstrap.build_api()
    answer = application(started).test_client().get("/v1/heads", headers={"Authorization": "Service portal:portal-key"})
    assert answer.status_code == 200
    rows = started.ports.keys.private_keys(identity.practice_id, canary, [])
    with started.ports.store.rows(identity.practice_id) as now:
        key_id = now.key_id(canary)
        client = now.client(canary)
        assert client
        assert client.erased
    assert rows == started.ports.keys.private_keys(identity.practice_id, canary, [key_id]) == {}
    if "identity" in lost:
        url = postgres.url(kept["identity"])
        assert found_in(url) == set()
        with psycopg.connect(url) as connection:
            told = connection.execute("SELECT count(*) FROM events WHERE type = 'ClientErased'").fetchone()
        assert told == (1,)
    started.database.close()
    started.keys_database.close()


def test_a_start_without_the_keys_serves_nobody(identity: Any, canary: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/keys")
    started = bootstrap.build_api()
    http = application(started).test_client()
    portal = {"Authorization": "Service portal:portal-key"}
    assert http.get("/healthz").status_code == 200
    assert http.get("/readyz").status_code == 503
    assert http.get("/v1/heads", headers=portal).status_code == 503
    started.database.close()
    started.keys_database.close()


def test_a_receipt_that_cannot_be_read_is_named_and_nobody_is_served(identity: Any, receipts: Path) -> None:
    receipts.mkdir()
    (receipts / "shipped-back.jsonl").write_text('{"client_id": 5}\n')
    started = bootstrap.build_api()
    answer = application(started).test_client().get("/readyz")
    assert (answer.status_code, "shipped-back.jsonl, line 1" in answer.text) == (503, True)
    started.database.close()
    started.keys_database.close()


def test_an_import_does_not_bring_an_erased_client_back(identity: Any, olga: str, practice_row: Any) -> None:
    pat = identity.ids["client", "pat"]
    assert erase(identity, pat, olga).status_code == 202
    context = ImportContext()
    report = importer(directory(SLUG), context)
    assert report.created == 0
    assert [(left.file, left.ref, left.reason) for left in report.left] == [
        ("clients.csv", "pat", "was erased here: it stays erased")
    ]
    assert (context.erased, ("client", "pat") in context.ids) == ({"pat"}, False)
    here = "SELECT FROM clients WHERE practice_id = %s AND first_name = 'Pat'"
    assert identity.execute(here, identity.practice_id) == []


def test_torn_receipts_are_passed_over_and_written_anew(tmp_path: Path) -> None:
    first, second = (Receipt(uuid4(), uuid4(), uuid4(), os.urandom(32)) for _ in range(2))
    files = ReceiptFiles(tmp_path)
    files.keep([first])
    file = tmp_path / "erasures.jsonl"
    whole = file.read_bytes()
    for cut in (1, 20, len(whole) // 2, len(whole) - 2):
        file.write_bytes(whole + whole[:cut])
        assert files.all() == [first]
        files.keep([first, second])
        assert set(files.all()) == {first, second}
    assert ReceiptFiles(None).all() == []
