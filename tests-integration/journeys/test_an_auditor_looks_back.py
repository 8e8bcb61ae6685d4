"""An auditor asks what was shown, on the Audit page and through the operator's shell: the same answer (F50)."""

import json
import re
from datetime import datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from operator_shell import clinic
from steps import arrive, cancel, change
from visitor import Visitor
from world import SLUG, Client, World, eventually

from clinic.kernel.client_time import say_instant_for_staff, utc_text

SECRET = "My sister drives me, please keep that to yourselves."
AIDAN = "aidan@harbour-street.example"


@pytest.fixture(scope="module")
def past(world: World) -> dict[str, Any]:
    """A client's appointment was booked, (then) moved with a message under a new policy, and cancelled."""
    client = world.next_client()
    booked = world.book(client)
    then = now(world)
    before = world.call("appointments", "GET", "/v1/settings/portal")["policy_text"]
    world.settings(policy_text="Another policy since then.")
    visitor = arrive(world, client, booked)
    change(visitor, message=SECRET)
    cancel(visitor)
    world.settings(policy_text=before)
    return {"client": client, "booked": booked, "then": then, "policy": before}


def now(world: World) -> datetime:
    """The ledger's time."""
    with psycopg.connect(world.stack.postgres.url("appointments")) as connection:
        (found,) = connection.execute("SELECT clinic_now()").fetchone() or (None,)
    assert isinstance(found, datetime)
    return found


def aidan(world: World) -> Visitor:
    """The auditor, signed in."""
    visitor = Visitor(world.stack.instance.url("staff"))
    visitor.open(f"/p/{SLUG}")
    visitor.submit(visitor.form("email", "password"), email=AIDAN, password=world.password)
    assert ">Audit</a>" in visitor.last.text
    return visitor


def words(visitor: Visitor) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", visitor.last.text)).split())


def choose(visitor: Visitor, at: datetime, what: str) -> None:
    """Fills the Audit page's form as a person would, in the practice's zone."""
    wall = at.astimezone(ZoneInfo("Europe/London"))
    visitor.open(f"/p/{SLUG}/audit")
    entries = {"day": wall.day, "month": wall.month, "year": wall.year, "time": f"{wall:%H:%M:%S.%f}"}
    visitor.submit(visitor.form("what", "time"), **{name: str(value) for name, value in entries.items()}, what=what)


def test_the_page_shows_the_list_of_then(world: World, past: dict[str, Any]) -> None:
    visitor, client, booked = aidan(world), past["client"], past["booked"]
    choose(visitor, past["then"], "clients")
    visitor.submit(visitor.form("q"), q=client.email)
    visitor.open(next(one for one in visitor.links() if f"/audit/clients/{client.id}" in one))
    start = say_instant_for_staff(datetime.fromisoformat(booked["starts_at"]), booked["zone"])
    text = words(visitor)
    assert start in text
    assert "Cancelled" not in text.partition("Previous and cancelled")[0]
    assert "The client had not left a message." in text
    visitor.open(next(one for one in visitor.links() if f"/audit/appointments/{booked['id']}" in one))
    text = words(visitor)
    assert f"{past['policy']}" in text
    assert "Another policy" not in text
    assert "moved the appointment" not in text


def test_the_page_shows_the_diary_and_the_settings_of_then(world: World, past: dict[str, Any]) -> None:
    visitor, booked, client = aidan(world), past["booked"], past["client"]
    choose(visitor, past["then"], "diary")
    shown_at = visitor.last.url.partition("at=")[2].partition("&")[0]
    visitor.open(f"/p/{SLUG}/audit/diary?at={shown_at}&date={booked['starts_at'][:10]}")
    assert f"/audit/appointments/{booked['id']}" in visitor.last.text
    assert client.first_name in words(visitor)
    choose(visitor, past["then"], "settings")
    assert past["policy"] in words(visitor)
    choose(visitor, now(world), "diary")
    visitor.open(f"{visitor.last.url}&date={booked['starts_at'][:10]}")
    assert f"/audit/appointments/{booked['id']}" not in visitor.last.text, "it was moved away since"


def test_the_page_shows_how_far_the_ledger_is_sealed(world: World, past: dict[str, Any]) -> None:
    def head() -> dict[str, Any] | None:
        found: dict[str, Any] = world.call("appointments", "GET", "/v1/ledger/head", email=AIDAN)
        return found if found["sealed_position"] == found["position"] else None

    found, visitor = eventually(head, seconds=20) or {}, aidan(world)
    visitor.open(f"/p/{SLUG}/audit")
    text = words(visitor)
    assert f"Sealed up to event {found['sealed_position']}," in text
    assert f"Root {found['root']} Key {found['key_id']}" in text


def test_history_tells_what_replaced_what_until_now(world: World, past: dict[str, Any]) -> None:
    visitor = aidan(world)
    visitor.open(f"/p/{SLUG}/audit/appointments/{past['booked']['id']}?at={utc_text(now(world))}")
    text = words(visitor)
    for said in ("Start: ", "became", "moved the appointment from", "cancelled the appointment", "takes its time"):
        assert said.lower() in text.lower()
    assert SECRET not in visitor.last.text


def test_messages_are_read_with_a_reason_and_everybody_sees_who_did(world: World, past: dict[str, Any]) -> None:
    visitor, client = aidan(world), past["client"]
    visitor.open(f"/p/{SLUG}/audit/clients/{client.id}?at={utc_text(now(world))}")
    assert SECRET not in visitor.last.text
    visitor.submit(visitor.form("reason"), reason="complaint of the client")
    assert SECRET in words(visitor)
    visitor.open(f"/p/{SLUG}/audit")
    assert f"Aidan Frost read 1 message of {client.first_name}" in words(visitor)
    assert "Reason: complaint of the client" in words(visitor)
    refused = visitor.open(f"/p/{SLUG}/clients/{client.id}/messages")
    assert refused.status_code == 403, "nowhere else"


def test_an_export_of_today_is_downloaded_through_the_page(world: World, past: dict[str, Any]) -> None:
    visitor = aidan(world)
    visitor.open(f"/p/{SLUG}/audit")
    answer = visitor.submit(visitor.form("format", "from_day"), format="jsonl")
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["position"] for one in events] == list(range(events[0]["position"], events[-1]["position"] + 1))
    assert any(past["booked"]["id"] in one["stream_id"] for one in events)
    assert SECRET not in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_shell_tells_the_same_by_slug_and_wall_time(world: World, past: dict[str, Any]) -> None:
    client: Client = past["client"]
    wall = past["then"].astimezone(ZoneInfo("Europe/London"))
    at = f"{wall:%Y-%m-%d %H:%M:%S.%f}"
    of = ("ledger", "as-of", at, "--practice", SLUG, "--client", str(client.id))
    told = json.loads(clinic(world, *of, "--json").stdout)
    query = f"at={utc_text(past['then'])}&client={client.id}"
    body = world.call("appointments", "GET", f"/v1/as-of/appointments?{query}", email=AIDAN)
    assert told["upcoming"]["appointments"] == body["appointments"] != []
    table = clinic(world, *of)
    assert table.returncode == 0, table.stderr
    assert client.first_name in table.stdout, "joined with today's names"
    assert "Priya Nair" in table.stdout
    skipped = clinic(world, "ledger", "as-of", "2026-03-29 01:30", "--practice", SLUG, "--settings")
    assert (skipped.returncode, "does not exist in Europe/London" in skipped.stderr) == (2, True)
    nobody = clinic(world, "ledger", "as-of", at, "--practice", SLUG, "--client", str(world.practice))
    assert (nobody.returncode, "has no client" in nobody.stderr) == (1, True)
    unknown = clinic(world, "ledger", "as-of", at, "--practice", "never-there", "--settings")
    assert (unknown.returncode, "There is no practice never-there." in unknown.stderr) == (1, True)


def test_the_shell_unseals_with_the_keys_alone_and_it_is_recorded(world: World, past: dict[str, Any]) -> None:
    of = ("ledger", "history", past["booked"]["id"])
    sealed = clinic(world, *of)
    assert "[sealed]" in sealed.stdout
    assert SECRET not in sealed.stdout + sealed.stderr
    refused = clinic(world, *of, "--unseal", "--reason", "order of the court")
    assert (refused.returncode, SECRET in refused.stdout) == (75, False)
    keys = {"KEYS_DATABASE_URL": world.stack.postgres.url("identity_keys", "identity_api")}
    told = clinic(world, *of, "--unseal", "--reason", "order of the court", more=keys)
    assert SECRET in " ".join(told.stdout.split()), told.stderr
    body = world.call("identity", "GET", "/v1/audit/unsealings", email=AIDAN)
    newest = body["unsealings"][0]
    assert newest["actor"] == {"kind": "system", "id": None}
    assert newest["reason"].startswith("order of the court (operator ")
    assert newest["client_id"] == str(past["client"].id)
