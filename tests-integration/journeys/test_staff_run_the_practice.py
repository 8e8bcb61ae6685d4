"""Staff run the practice on their pages, and clients meet the consequences (F18, F25, F26, F33, F34)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from steps import arrive, cancel, change, follow
from visitor import Visitor
from world import OLGA, SLUG, Client, World, eventually

NAMES = {"Olga": OLGA, "Rita": "Rita Bell", "Priya": "Priya Nair"}


def desk(world: World, name: str) -> Visitor:
    """A member of staff, signed in."""
    login = next(one for one in world.stack.facts["logins"] if NAMES[name] in (one["email"], one["name"]))
    visitor = Visitor(world.stack.instance.url("staff"))
    visitor.open(f"/p/{SLUG}")
    visitor.submit(visitor.form("email", "password"), email=login["email"], password=login["password"])
    assert "Diary, today" in visitor.last.text
    return visitor


def see(visitor: Visitor, path: str) -> str:
    """Opens a page of the practice and returns its text."""
    visitor.open(f"/p/{SLUG}{path}")
    return words(visitor)


def words(visitor: Visitor) -> str:
    """The page's text without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", visitor.last.text).split())


def as_client(world: World, client: Client, booked: dict[str, Any]) -> Any:
    """The appointment as the client's own session reads it."""
    token = world.link(client, booked).rpartition("/")[2]
    facts = {"practice_slug": SLUG, "token": token, "source_address": "127.0.0.1", **client.facts}
    session = world.identity.post("/v1/links/confirm", facts)["session"]
    tokens = world.identity.post("/v1/sessions/look-up", {"session": session, "face": "client"})["tokens"]
    caller = world._caller("portal", "appointments")
    return caller.get(f"/v1/appointments/{booked['id']}", token=tokens["appointments"])


@pytest.fixture
def kept(world: World) -> Iterator[World]:
    """The world, whose settings are put back afterwards."""
    before = world.call("appointments", "GET", "/v1/settings/portal")
    yield world
    world.settings(**{name: before[name] for name in before if name not in {"version", "policy_text_version"}})


def test_a_status_frees_the_time_for_the_next_client_and_takes_it_only_knowingly(world: World) -> None:
    rita, first, second = desk(world, "Rita"), world.next_client(), world.next_client()
    booked, other = world.book(first), world.book(second, days_ahead=11)
    see(rita, f"/appointments/{booked['id']}")
    follow(rita, "/status")
    rita.submit(rita.form("status"), status="cancelled_by_practice")
    page = words(rita)
    assert "The appointment has its new status." in page
    assert page.index("Cancelled by practice") < page.index("Appointment History")
    assert booked["starts_at"] in world.offered(min_position=world.head())
    change(arrive(world, second, other), booked["starts_at"])
    assert world.appointment(other["id"])["starts_at"] == booked["starts_at"]
    see(rita, f"/appointments/{booked['id']}/status")
    rita.submit(rita.form("status"), status="booked")
    assert rita.last.status_code == 409
    assert "Overlap another appointment?" in words(rita)
    rita.submit(rita.form("status", "overlap_accepted"))
    assert "overlaps another one, knowingly" in words(rita)
    types = ["AppointmentBooked", "AppointmentStatusChanged", "AppointmentStatusChanged"]
    assert world.types(booked) == types


def test_a_types_rule_narrows_what_a_client_may_do_and_one_appointment_widens_it_again(kept: World) -> None:
    world = kept
    olga, client, kind = desk(world, "Olga"), world.next_client(), world.type_named("Follow-up physiotherapy")["id"]
    booked = world.book(client)
    assert "Change date or time" in arrive(world, client, booked).last.text
    see(olga, f"/settings/portal/types/{kind}")
    olga.submit(olga.form("may_change", "version"), may_change="not_allowed")
    assert "Change date and time: not allowed" in words(olga)
    assert "Change date or time" not in arrive(world, client, booked).last.text
    page = see(olga, f"/appointments/{booked['id']}")
    assert "Change date and time: not allowed from the appointment type" in page
    follow(olga, "/rules")
    olga.submit(olga.form("may_change", "revision"), may_change="allowed")
    assert "Change date and time: allowed from this appointment" in words(olga)
    assert "Change date or time" in arrive(world, client, booked).last.text
    assert "Follow-up physiotherapy: change date and time: not allowed" in see(olga, "/settings/portal/history")


def test_a_payment_is_seen_told_at_the_cancellation_and_its_refund_noted(kept: World) -> None:
    world = kept
    world.settings(online_payments_on=True, may_cancel=True, cancellation_window={"kind": "always", "minutes": 0})
    rita, client = desk(world, "Rita"), world.next_client()
    booked = world.book(client)
    assert as_client(world, client, booked)["paid"] is None
    see(rita, f"/appointments/{booked['id']}/payments")
    rita.submit(rita.form("amount", "method"), amount="55", method="card")
    assert "The payment is recorded." in words(rita)
    assert "£55.00 paid, card" in words(rita)
    paid = as_client(world, client, booked)["paid"]
    assert paid == {"amount_pence": 5500, "refunded_pence": 0, "currency": "GBP"}
    cancel(arrive(world, client, booked))
    sentence = "£55.00 was paid: whether it is refunded is for the practice to decide."
    assert sentence in see(rita, f"/appointments/{booked['id']}")
    follow(rita, "/refunds")
    rita.submit(rita.form("amount"), amount="60")
    assert (rita.last.status_code, "more than was paid" in words(rita)) == (422, True)
    rita.submit(rita.form("amount"), amount="55.00")
    page = words(rita)
    assert "The refund that you made is noted." in page
    assert sentence not in page
    assert "£55.00 paid, £55.00 refunded." in page
    types = ["AppointmentBooked", "PaymentRecorded", "AppointmentCancelled", "RefundRecorded"]
    assert world.types(booked) == types
    world.settings(online_payments_on=False)
    assert as_client(world, client, booked)["paid"] is None


def test_a_message_is_read_dealt_with_and_reopened(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    change(arrive(world, client, booked), message="Please call me <b>back</b>.")
    priya = desk(world, "Priya")
    eventually(lambda: booked["id"] in _opened(priya, "/messages"))
    link = next(one for one in priya.links() if str(client.id) in one and "#message-" in one)
    message_id = link.rpartition("#message-")[2]
    assert UUID(message_id)
    priya.open(link)
    assert "Please call me &lt;b&gt;back&lt;/b&gt;." in priya.last.text
    eventually(lambda: "Read before: Priya Nair" in see(priya, f"/clients/{client.id}/messages"))
    priya.submit(priya.form("dealt_with", "command_id"))
    assert "The message is marked as dealt with." in words(priya)
    assert booked["id"] not in _opened(priya, "/messages")
    assert "Dealt with by Priya Nair" in see(priya, "/messages?show=done")
    see(priya, f"/clients/{client.id}/messages")
    priya.submit(priya.form("dealt_with", "command_id"))
    assert booked["id"] in _opened(priya, "/messages")
    kinds = [event["type"] for event in world.events(f"message-{message_id}")]
    wanted = ["ClientMessageLeft", "ClientMessageRead", "ClientMessageDealtWith", "ClientMessageReopened"]
    assert kinds == wanted


def _opened(visitor: Visitor, path: str) -> str:
    visitor.open(f"/p/{SLUG}{path}")
    return visitor.last.text


def test_the_week_shows_an_appointment_on_its_day_and_leads_to_it(world: World) -> None:
    rita, client = desk(world, "Rita"), world.next_client()
    booked = world.book(client)
    day = datetime.fromisoformat(booked["starts_at"]).date()
    page = _opened(rita, f"/diary/week?date={day}&clinician={booked['clinician_id']}")
    column = page.partition(f'id="day-{day}"')[2].partition("</section>")[0]
    assert f"/appointments/{booked['id']}" in column
    assert client.first_name in column
    for ending in ("/move", "/cancel", "/status"):
        assert f"/appointments/{booked['id']}{ending}" in column
