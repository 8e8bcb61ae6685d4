"""What staff do on their pages, over the running product (F6, F14, F26, F31, F33, F35)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from steps import arrive, change, confirm, follow
from visitor import Visitor
from world import OLGA, SLUG, Client, World, eventually

PEOPLE = {"Olga": OLGA, "Rita": "Rita Bell", "Aidan": "Aidan Frost", "Priya": "Priya Nair"}


def desk(world: World, name: str = "Olga") -> Visitor:
    """A member of staff, signed in; they see the diary of today."""
    logins = world.stack.facts["logins"]
    login = next(one for one in logins if PEOPLE[name] in (one["email"], one["name"]))
    visitor = Visitor(world.stack.instance.url("staff"))
    visitor.open(f"/p/{SLUG}")
    visitor.submit(visitor.form("email", "password"), email=login["email"], password=login["password"])
    assert "Diary, today" in visitor.last.text
    return visitor


def words(visitor: Visitor) -> str:
    """The page's text without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", visitor.last.text).split())


def see(visitor: Visitor, path: str) -> str:
    """Opens a page of the practice and returns its text."""
    visitor.open(f"/p/{SLUG}{path}")
    return words(visitor)


def posting(visitor: Visitor, ending: str) -> Any:
    """The form of the page that posts to an address that ends so."""
    return next(form for form in visitor.forms() if form.method == "post" and form.action.endswith(ending))


def a_late_hour(world: World, days: int) -> datetime:
    """21:00 some days ahead: outside all working hours."""
    return datetime.now(UTC).replace(hour=21, minute=0, second=0, microsecond=0) + timedelta(days=days)


def book(world: World, rita: Visitor, client: Client, at: datetime) -> str:
    """Rita books by the pages at any time; returns what she sees when all is said."""
    kind, place = world.type_named("Follow-up physiotherapy")["id"], world.catalogue["locations"][0]["id"]
    given = {"type": kind, "clinician": str(world.clinician("Priya Nair")), "location": place}
    see(rita, f"/book/{client.id}")
    rita.submit(rita.form("type", "clinician", "location"), **given)
    rita.submit(rita.form("date", "time"), date=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}")
    assert "Check before you book" in words(rita)
    rita.submit(rita.form("command_id"))
    return words(rita)


def test_a_receptionist_books_overlaps_knowingly_moves_and_cancels(world: World) -> None:
    rita, first, second, at = desk(world, "Rita"), world.next_client(), world.next_client(), a_late_hour(world, 20)
    assert "The appointment is booked." in book(world, rita, first, at)
    assert "Overlap another appointment?" in book(world, rita, second, at)
    rita.submit(rita.form("command_id", "overlap_accepted"))
    assert "overlaps another one, knowingly" in words(rita)
    overlapping = rita.last.url
    follow(rita, "/move")
    rita.submit(rita.form("date", "time"), date=f"{at + timedelta(days=1):%Y-%m-%d}", time="20.30")
    rita.submit(rita.form("command_id"))
    assert "The appointment has its new time." in words(rita)
    assert "20:30" in words(rita)
    follow(rita, "/cancel")
    rita.submit(rita.form("command_id"))
    page = words(rita)
    assert rita.last.url == overlapping
    assert page.index("cancelled") < page.index("moved") < page.index("Rita Bell booked")
    assert "Rita Bell, staff pages" in page
    stream = f"appointment-{overlapping.rpartition('/')[2]}"
    types = [event["type"] for event in world.events(stream)]
    assert types == ["AppointmentBooked", "AppointmentRescheduled", "AppointmentCancelled"]


def test_the_same_booking_posted_five_times_is_one_appointment(world: World) -> None:
    rita, client, at = desk(world, "Rita"), world.next_client(), a_late_hour(world, 25)
    book(world, rita, client, at)
    kind, place = world.type_named("Follow-up physiotherapy")["id"], world.catalogue["locations"][0]["id"]
    query = f"type={kind}&clinician={world.clinician('Priya Nair')}&location={place}"
    see(rita, f"/book/{client.id}/check?{query}&date={at + timedelta(days=1):%Y-%m-%d}&time=21:00")
    form = rita.form("command_id")
    address = f"{world.stack.instance.url('staff')}{form.action}"
    assert {rita.post(address, form.entries).status_code for _ in range(5)} == {200}
    booked = [event for event in world.events() if event["type"] == "AppointmentBooked"]
    assert len([event for event in booked if event["data"]["client_id"] == str(client.id)]) == 2


def test_the_clinician_is_told_and_reads_the_message_from_the_history(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    change(arrive(world, client, booked), message="Is the lift working? <b>Pat</b>")
    priya = desk(world, "Priya")
    eventually(lambda: client.first_name in see(priya, "/notifications?unread=1"))
    assert re.search(r"Notifications \(\d+ unread\)", words(priya))
    see(priya, f"/appointments/{booked['id']}")
    message = next(link for link in priya.links() if "#message-" in link)
    priya.open(message)
    assert "Is the lift working? &lt;b&gt;Pat&lt;/b&gt;" in priya.last.text
    assert f'id="{message.partition("#")[2]}"' in priya.last.text
    see(priya, "/notifications")
    priya.submit(posting(priya, "/read-all"))
    assert "Everything is marked as read." in words(priya)
    assert "unread)" not in words(priya)
    aidan = desk(world, "Aidan")
    assert aidan.open(f"/p/{SLUG}/clients/{client.id}/messages").status_code == 403


def test_a_user_who_asks_for_it_is_told_by_mail_what_moved_but_never_what_was_written(world: World) -> None:
    priya, client = desk(world, "Priya"), world.next_client()
    email = next(one["email"] for one in world.stack.facts["logins"] if one["name"] == "Priya Nair")
    priya.open(next(link for link in priya.links() if "/users/" in link))
    priya.submit(priya.form("email_change_own", "within_hours"), email_change_own="on")
    assert "The alerts are saved." in words(priya)
    booked = world.book(client)
    change(arrive(world, client, booked), message="Is the lift working?")
    (mail,) = eventually(lambda: world.mails(email))
    assert mail["subject"].startswith("A client moved an appointment to ")
    assert mail["attachments"] == []
    for secret in ("lift", "/a/"):
        assert secret not in mail["text"] + mail["html"]
    page = f"{world.stack.instance.public_url('staff')}/p/{SLUG}/appointments/{booked['id']}"
    assert page in mail["text"]
    priya.open(page)
    assert client.first_name in words(priya)


def test_a_record_is_edited_and_somebody_elses_change_is_never_written_over(world: World) -> None:
    client, rita, olga = world.next_client(), desk(world, "Rita"), desk(world)
    for visitor in (rita, olga):
        see(visitor, f"/clients/{client.id}/edit")
    rita.submit(rita.form("postcode", "year"), postcode="L8 1XY", mobile="07700 900777")
    assert "The client’s details are saved." in words(rita)
    olga.submit(olga.form("postcode", "year"), postcode="L9 2AB")
    assert olga.last.status_code == 409
    assert "Postcode L8 1XY" in words(olga)
    assert 'value="L9 2AB"' in olga.last.text
    olga.submit(olga.form("postcode", "year"), mobile="+44 12", email="nonsense")
    assert olga.last.status_code == 422
    assert "Mobile number is not a possible telephone number" in words(olga)
    assert 'value="nonsense"' in olga.last.text


def test_a_locked_client_is_unlocked_by_staff(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    for _ in range(2):
        visitor = Visitor(world.stack.instance.url("client"))
        visitor.open(world.link(client, booked))
        for _ in range(5):
            visitor.post(visitor.last.url, visitor.form("day", "postcode").entries | client.facts | {"postcode": "X1"})
    rita = desk(world, "Rita")
    assert "Unlock" in see(rita, f"/clients/{client.id}")
    rita.submit(posting(rita, "/unlock"))
    assert "The client can try again" in words(rita)
    visitor = Visitor(world.stack.instance.url("client"))
    visitor.open(world.link(client, booked))
    confirm(visitor, **client.facts)
    assert "Your appointment" in visitor.last.text


def test_settings_that_break_a_rule_are_refused_beside_their_field(world: World) -> None:
    olga = desk(world)
    before = world.call("appointments", "GET", "/v1/settings/portal")
    see(olga, "/settings/portal")
    form = olga.form("policy_text", "version")
    olga.submit(form, online_booking_edition="classic", policy_text="Kept wording")
    assert olga.last.status_code == 422
    page = words(olga)
    assert "The portal needs the Online Booking 2.0 add-on" in page
    assert "Kept wording" in page
    see(olga, "/settings/portal/statuses")
    olga.submit(olga.form("cancellation_status"), cancellation_status="booked")
    assert olga.last.status_code == 422
    assert "needs a status in which the client is not attending" in words(olga)
    assert world.call("appointments", "GET", "/v1/settings/portal") == before


@pytest.mark.parametrize("name", ["Rita", "Aidan", "Priya"])
def test_only_a_site_administrator_opens_the_settings(world: World, name: str) -> None:
    visitor = desk(world, name)
    assert "Portal settings" not in visitor.last.text
    assert visitor.open(f"/p/{SLUG}/settings/portal").status_code == 403
