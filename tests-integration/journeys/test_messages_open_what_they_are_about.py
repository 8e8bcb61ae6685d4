"""Each message opens the appointment that it is about, also when one is sooner (F11, F44); copies open none (F45)."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from steps import arrive, cancel, change, confirm
from visitor import Visitor
from world import Client, World, eventually

ALEX = "alex.kin@example.org"


def link_in(mail: dict[str, Any]) -> str:
    """The one link of a mail."""
    (link,) = set(re.findall(r"https?://\S+/a/[\w-]+", mail["text"]))
    return str(link)


def opened(world: World, client: Client, mail: dict[str, Any]) -> str:
    """The path of the page that the mail's link leads to, once the facts are confirmed."""
    visitor = Visitor(world.stack.instance.url("client"))
    visitor.open(link_in(mail))
    confirm(visitor, **client.facts)
    return visitor.last.url


def mail_that_says(world: World, address: str, words: str, seconds: float = 15.0) -> dict[str, Any]:
    """The newest mail to an address with these words."""
    found: list[dict[str, Any]] = eventually(
        lambda: [mail for mail in world.mails(address) if words in mail["text"]], seconds
    )
    return found[0]


def days_from_now(days: int) -> datetime:
    """A whole minute so many days ahead, whatever the diary holds: within the week that reminders reach."""
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=days)


def remind_soon(world: World, starts_at: str) -> None:
    """A site administrator sets the reminder so that it is due within a minute and a half."""
    away = datetime.fromisoformat(starts_at) - datetime.now(UTC) - timedelta(seconds=15)
    decided = world.call("notifications", "GET", "/v1/settings/communications")
    minutes = int(away.total_seconds() // 60)
    trigger = {"kind": "reminder", "channel": "email", "on": True, "minutes_before": minutes}
    kept = [one for one in decided["triggers"] if one["kind"] != "reminder"]
    body = {"remind_imported": False, "triggers": [*kept, trigger], "templates": []}
    world.call("notifications", "PUT", "/v1/settings/communications", body, if_match=decided["version"])


def test_confirmation_reminder_change_and_cancellation_open_a_although_b_is_sooner(world: World) -> None:
    client = world.next_client()
    kin = f"{client.id}.{ALEX}"
    world.change_client(client, next_of_kin_name="Alex Kin", next_of_kin_email=kin, next_of_kin_email_opt_in=True)
    a, sooner = (world.book(client, days_from_now(days), overlap_accepted=True) for days in (5, 2))
    assert sooner["starts_at"] < a["starts_at"]
    of_a = f"/appointments/{a['id']}"
    remind_soon(world, a["starts_at"])
    reminder = mail_that_says(world, client.email, "This is a reminder", 100)
    assert opened(world, client, reminder).endswith(of_a)
    change(arrive(world, client, a))
    changed = mail_that_says(world, client.email, "has changed")
    assert opened(world, client, changed).endswith(of_a)
    cancel(arrive(world, client, a))
    cancelled = mail_that_says(world, client.email, "is cancelled")
    assert opened(world, client, cancelled).endswith(of_a)
    booked = [mail for mail in world.mails(client.email) if "is booked" in mail["text"]]
    assert len(booked) == 2
    copies = eventually(lambda: len(found := world.mails(kin)) >= 5 and found)
    assert sum("reminder" in copy["text"] for copy in copies) == 1
    for copy in copies:
        assert not re.search(r"https?://", copy["text"])
        assert "/p/harbour-street" not in copy["html"]
        assert copy["attachments"] == []


def imported_ahead(world: World) -> dict[str, Any]:
    """An appointment of the sample practice, some days ahead, as the import brought it."""
    begin = datetime.now(UTC) + timedelta(days=2)
    for event in world.events():
        if event["type"] != "AppointmentImported":
            continue
        starts_at = datetime.fromisoformat(event["data"]["slot"]["starts_at"])
        if begin < starts_at < begin + timedelta(days=4):
            found = world.appointment(event["data"]["appointment_id"])
            if found["revision"] == 1 and not found["cancelled"]:
                return found
    raise LookupError("the sample practice has no appointment in the days ahead")


def test_of_two_appointments_at_one_time_only_the_one_that_was_booked_here_is_reminded_of(world: World) -> None:
    imported = imported_ahead(world)
    client = world.next_client()
    booked = world.book(client, imported["starts_at"], overlap_accepted=True)
    remind_soon(world, imported["starts_at"])
    mail_that_says(world, client.email, "This is a reminder", 100)
    sent = world.call("notifications", "GET", "/v1/messages")["messages"]
    reminded = {one["appointment_id"] for one in sent if one["kind"] == "reminder"}
    assert booked["id"] in reminded
    assert imported["id"] not in reminded


def test_who_asks_for_a_sign_in_link_gets_it_in_seconds_and_staff_see_nothing_of_it(world: World) -> None:
    client = world.next_client()
    asked_at = time.monotonic()
    body = {"practice_slug": "harbour-street", "contact": client.email, "source_address": "127.0.0.9"}
    assert world.identity.post("/v1/sign-in-links", body) == {"outcome": "accepted"}
    mail = mail_that_says(world, client.email, "Somebody asked for a link")
    assert time.monotonic() - asked_at < 10
    assert re.search(r"https?://\S+/p/harbour-street/s/[\w-]+", mail["text"])
    assert mail["attachments"] == []
    assert client.first_name not in mail["text"]
    sent = world.call("notifications", "GET", f"/v1/messages?client={client.id}")["messages"]
    assert sent == []
