"""After an erasure the client's words occur nowhere in the product; nor after yesterday's backup was put back (F52).

The mailbox is no part of the product: it stands for the outside world in development, where a mail that was sent stays.
"""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from canaries import everywhere, in_feeds, in_tables, messages_tapped, tap
from proving import evidence
from psycopg import sql
from steps import arrive, cancel, change, confirm
from visitor import Visitor
from world import SLUG, Client, World, eventually

from clinic.deploy import databases
from clinic.deploy.postgres import find_binaries
from clinic.deploy.processes import operator_environment
from clinic.deploy.stack import Stack

pytestmark = pytest.mark.prove

REF = "ZYXREF77"
ROW = {
    "ref": REF, "first_name": "Zyxfirst", "last_name": "Zyxlast", "date_of_birth": "1931-10-29", "postcode": "ZY9 9XW",
    "email": "zyxmail@zyxdomain.example", "mobile": "07700 900877", "email_opt_in": "yes", "sms_opt_in": "yes",
    "next_of_kin_name": "Zyxkin", "next_of_kin_email": "zyxkinmail@zyxdomain.example",
    "next_of_kin_mobile": "07700 900878", "next_of_kin_email_opt_in": "yes", "next_of_kin_sms_opt_in": "yes",
}  # fmt: skip
WORDS = (
    "zyxref77", "zyxfirst", "zyxlast", "1931-10-29", "zy9 9xw", "zy99xw", "zyxmail", "zyxdomain", "7700900877",
    "7700 900877", "zyxkin", "7700900878", "zyxtyped", "zyxmessage", "zyxfarewell", "zyxhold",
)  # fmt: skip
BACKED_UP = ("identity", "identity_keys", "notifications", "appointments")


def clinic(stack: Stack, *arguments: str, code: int = 0) -> str:
    """An operator's command on the running product."""
    environment = {"PATH": os.environ.get("PATH", ""), **operator_environment(stack.instance, stack.postgres)}
    command = [str(Path(sys.executable).with_name("clinic")), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def import_with_the_row(stack: Stack) -> Path:
    """The sample's files with one more client, as the practice's old system exports them."""
    files = stack.directory / "sample"
    clients = files / "clients.csv"
    with clients.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row["ref"] != REF]
        columns = [*(reader.fieldnames or ())]
    columns += [name for name in ROW if name not in columns]
    with clients.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows([*rows, ROW])
    return files


def feeds(world: World) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every event of every publishing service, as it hands them out."""
    yield "appointments", world.events()
    for service in ("identity", "availability"):
        events: list[dict[str, Any]] = []
        feed = world._caller("notifications" if service == "identity" else "portal", service)
        while batch := feed.get(
            "/v1/events", practice=world.practice, after=events[-1]["position"] if events else 0, limit=1000
        )["events"]:
            events += batch
        yield service, events


@pytest.fixture(scope="module")
def canary(stack: Stack, world: World) -> Client:
    """A client who did everything that a client can do, in words of her own."""
    assert everywhere(stack, WORDS) == set()
    clinic(stack, "import", str(import_with_the_row(stack)))
    (found,) = world.call("identity", "GET", f"/v1/clients?q={REF}")["clients"]
    born = datetime(1931, 10, 29, tzinfo=UTC)
    client = Client(UUID(found["id"]), ROW["first_name"], born, ROW["postcode"], ROW["email"].lower())
    first, second = world.book(client), world.book(client, days_ahead=12)
    eventually(lambda: len(world.mails(client.email)) >= 2, seconds=30)
    visitor = Visitor(stack.instance.url("client"))
    visitor.open(world.link(client, first))
    confirm(visitor, **{**client.facts, "postcode": "Zyxtyped"})
    visitor = arrive(world, client, first)
    change(visitor, message="zyxmessage: could it be earlier?")
    cancel(arrive(world, client, second), message="zyxfarewell")
    body = {"practice_slug": SLUG, "contact": client.email, "source_address": "127.0.0.1"}
    world.identity.post("/v1/sign-in-links", body)
    eventually(lambda: len(world.mails(client.email)) >= 5, seconds=30)
    messages = world.call("appointments", "GET", f"/v1/clients/{client.id}/messages")["messages"]
    asked = [{"event_id": one["event_id"], "sealed": one["sealed"]} for one in messages]
    body = {"client_id": str(client.id), "reason": "reading", "messages": asked}
    texts = world.call("identity", "POST", "/v1/messages/unseal", body)["texts"]
    assert sorted(texts.values()) == ["zyxfarewell", "zyxmessage: could it be earlier?"]
    park(stack, world, first["id"])
    hold = {"reason": "zyxhold"}
    world.call("identity", "POST", f"/v1/clients/{client.id}/legal-hold", hold)
    world.call("identity", "DELETE", f"/v1/clients/{client.id}/legal-hold")
    now = world.appointment(first["id"])
    body = {"command_id": str(UUID(int=1)), "revision": now["revision"]}
    world.call("appointments", "POST", f"/v1/appointments/{first['id']}/cancel", body)
    eventually(
        lambda: world.call("appointments", "GET", f"/v1/appointments?client={client.id}&when=previous")["appointments"]
    )
    return client


def park(stack: Stack, world: World, appointment: str) -> None:
    """Notifications put an event of hers aside: the one with her sealed message."""
    event = next(one for one in world.events() if one["type"] == "ClientMessageLeft" and appointment in str(one))
    with psycopg.connect(stack.postgres.url("notifications"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO parked_events "
            "(consumer, source, practice_id, position, event_id, stream_id, type, reason, event) "
            "VALUES ('notifications.appointments', 'appointments', %s, %s, %s, %s, %s, 'failed 3 times', %s)",
            (world.practice, event["position"], event["event_id"], event["stream_id"], event["type"], str(event)),
        )


@pytest.fixture(scope="module")
def yesterday(stack: Stack, canary: Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Backups of the databases from before the erasure, by pg_dump."""
    directory = tmp_path_factory.mktemp("backup")
    for database in BACKED_UP:
        file = f"--file={directory / database}"
        run_postgres("pg_dump", "--format=custom", file, stack.postgres.url(database))
    return directory


def run_postgres(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs."""
    done = subprocess.run([str(find_binaries() / program), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (program, done.stderr[-2000:])


def put_back(stack: Stack, directory: Path) -> None:
    """The databases as they were, with every process stopped meanwhile."""
    names = [process.name for process in stack.processes if process.name != "mailbox"]
    for name in names:
        stack.hold(name)
    superuser = stack.postgres.url("postgres")
    for database in BACKED_UP:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
        databases.ensure_database(superuser, database)
        run_postgres("pg_restore", f"--dbname={stack.postgres.url(database)}", str(directory / database))
    assert {word for _, word in in_tables(stack, WORDS)} >= {"zyxfirst", "zyxmail", "zyxkin"}
    for name in names:
        stack.release(name, wait=False)
    stack.wait_until_ready()


@pytest.fixture(scope="module", autouse=True)
def tapped(stack: Stack) -> None:
    """Every message is kept for the scanner."""
    tap(stack)


def test_the_scanner_finds_what_is_left_in_a_row_or_a_log(stack: Stack, world: World) -> None:
    words = ("qwxplanted",)
    assert everywhere(stack, words) == set()
    log = stack.directory / "log" / "planted.log"
    log.write_text("somebody wrote QWXplanted here", encoding="utf-8")
    with psycopg.connect(stack.postgres.url("notifications"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO communications VALUES (%s, 999, '{\"x\": \"qwxPLANTED\"}', '{}', NULL, now())",
            (world.practice,),
        )
        assert everywhere(stack, words) == {
            ("notifications: public.communications", "qwxplanted"), ("file planted.log", "qwxplanted"),
        }  # fmt: skip
        connection.execute("DELETE FROM communications WHERE version = 999")
    log.unlink()
    assert everywhere(stack, words) == set()


def test_nothing_of_an_erased_client_is_left_anywhere(
    stack: Stack, world: World, canary: Client, yesterday: Path, tmp_path: Path
) -> None:
    before = in_tables(stack, WORDS)
    assert {place.partition(":")[0] for place, _ in before} >= {"identity"}
    out = tmp_path / "export"
    clinic(stack, "client", "export", str(canary.id), "--practice", SLUG, "--out", str(out))
    page, data = ((out / f"{canary.id}.{ending}").read_text(encoding="utf-8") for ending in ("html", "json"))
    for word in ("Zyxfirst", "ZY9 9XW", "zyxmessage: could it be earlier?", "zyxfarewell", "Zyxkin", "Priya Nair"):
        assert word in page, word
        assert word in data, word
    exported = staff_page(world, canary)
    for word in ("Zyxfirst", "ZY9 9XW", "zyxmessage: could it be earlier?", "Zyxkin", "Priya Nair"):
        assert word in exported, word
    clinic(stack, "client", "hold", str(canary.id), "--practice", SLUG, "--reason", "a court asks")
    refused = erase(stack, canary, code=3)
    assert "a court asks" in refused
    clinic(stack, "client", "release", str(canary.id), "--practice", SLUG)
    erase(stack, canary)
    erase(stack, canary)
    blank = "SELECT count(*) FROM messages WHERE client_id = %s AND (subject <> '' OR body IS NOT NULL)"
    eventually(lambda: count(stack, "notifications", blank, canary.id) == 0, seconds=20)
    assert everywhere(stack, WORDS) == set()
    assert in_feeds(feeds(world), WORDS) == set()
    assert messages_tapped(stack) >= 10, "the broker carried what she did"
    rows = count(stack, "notifications", "SELECT count(*) FROM messages WHERE client_id = %s", canary.id)
    assert rows >= 4, "statistics stay"
    clinic(stack, "projections", "rebuild", "--yes")
    assert everywhere(stack, WORDS) == set()
    verify(stack)
    pages_say_erased_client(world, canary)
    said = clinic(stack, "import", str(import_with_the_row(stack)), code=4)
    assert "was erased here" in said
    assert everywhere(stack, WORDS) == set()


def test_yesterday_s_backup_is_erased_again_before_it_serves(
    stack: Stack, world: World, canary: Client, yesterday: Path
) -> None:
    put_back(stack, yesterday)
    assert everywhere(stack, WORDS) == set()
    assert in_feeds(feeds(world), WORDS) == set()
    shown = world.call("identity", "GET", f"/v1/clients/{canary.id}")
    assert (shown["erased"], shown["last_name"]) == (True, "")
    (erased,) = [
        one for name, events in feeds(world) if name == "identity" for one in events if one["type"] == "ClientErased"
    ]
    assert erased["data"]["client_id"] == str(canary.id)
    accept_the_loss(stack, world)
    verify(stack)
    evidence(
        "erasure",
        "After an erasure, and after yesterday's backup was put back",
        [
            f"{len(WORDS)} words of one client (record, contacts, next of kin, typed facts, messages, hold, import)",
            "looked for in every table of five databases, every queue and the broker's disk, every log, every feed,",
            "the rebuilt views and a further import: 0 found",
            f"the same once {', '.join(BACKED_UP)} were restored from before the erasure and served again: 0 found",
        ],
    )


def erase(stack: Stack, client: Client, code: int = 0) -> str:
    """The operator's command."""
    given = ("--practice", SLUG, "--reason", "asked for it by letter", "--yes")
    return clinic(stack, "client", "erase", str(client.id), *given, code=code)


def count(stack: Stack, database: str, statement: str, *values: Any) -> int:
    """The number that a statement counts."""
    with psycopg.connect(stack.postgres.url(database), autocommit=True) as connection:
        row = connection.execute(statement, values).fetchone()  # type: ignore[arg-type]
    return int(row[0]) if row else 0


def verify(stack: Stack) -> None:
    """The ledger still verifies."""
    clinic(stack, "ledger", "verify")


def accept_the_loss(stack: Stack, world: World) -> None:
    """The restored ledger contradicts what was signed since; an operator says that the loss stands."""
    told = clinic(stack, "ledger", "verify", "--against", str(stack.instance.directory / "heads"), code=3)
    assert "older one was restored" in " ".join(told.split())
    eventually(lambda: count(stack, "appointments", "SELECT count(*) FROM seal_stops"), 30)
    clinic(stack, "ledger", "reseal", "--practice", str(world.practice), "--reason", "restored to yesterday", "--yes")
    eventually(lambda: not count(stack, "appointments", "SELECT count(*) FROM seal_stops"), 30)


def staff_page(world: World, client: Client) -> str:
    """What a site administrator downloads from the client's page."""
    visitor = signed_in(world)
    visitor.open(f"/p/{SLUG}/clients/{client.id}")
    form = next(one for one in visitor.forms() if one.action.endswith("/export"))
    answer = visitor.submit(form, format="html")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return answer.text


def signed_in(world: World) -> Visitor:
    """The first site administrator at the staff pages."""
    visitor = Visitor(world.stack.instance.url("staff"))
    visitor.open(f"/p/{SLUG}/sign-in")
    email = world.stack.facts["logins"][0]["email"]
    visitor.submit(visitor.form("email", "password"), email=email, password=world.password)
    return visitor


def pages_say_erased_client(world: World, client: Client) -> None:
    """No staff page breaks."""
    visitor = signed_in(world)
    for path in ("", "/appointments", "/messages", "/history"):
        answer = visitor.open(f"/p/{SLUG}/clients/{client.id}{path}")
        assert (answer.status_code, "Erased client" in answer.text) == (200, True), path
        assert not any(word in answer.text.lower() for word in WORDS), path
    assert visitor.open(f"/p/{SLUG}/messages").status_code == 200
    assert "Erased client" in visitor.last.text
