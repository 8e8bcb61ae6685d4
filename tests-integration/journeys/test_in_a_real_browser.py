"""The whole way in Chromium, 390 px wide, JavaScript off: from the mail to the clinician's notifications."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import chromium, chromium_path, phone
from playwright.sync_api import Browser, Page, expect
from taps import change_in_four_taps, shown, type_facts
from world import SLUG, Client, World, eventually

pytestmark = pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed")

PRIYA = "priya@harbour-street.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with phone(browser) as held:
        yield held


def open_link_of_newest_mail(page: Page, world: World, client: Client) -> None:
    """The client reads the mail and follows the button's address."""
    (mail,) = eventually(lambda: world.mails(client.email)[:1])
    address = re.search(r"http://\S+/p/\S+/a/\S+", mail["text"])
    assert address
    page.goto(address[0])
    expect(page).to_have_url(re.compile(r"/confirm$"))


def sign_in(page: Page, world: World, email: str) -> None:
    """A member of staff signs in."""
    page.goto(f"{world.stack.instance.url('staff')}/p/{SLUG}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(world.password)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_mail_to_a_changed_and_then_cancelled_appointment(world: World, browser: Browser, page: Page) -> None:
    client = world.next_client()
    booked, other = world.book(client), world.book(client, days_ahead=7)
    open_link_of_newest_mail(page, world, client)

    type_facts(page, **client.facts | {"postcode": "ZZ9 9ZZ"})
    expect(page.locator(".govuk-error-summary li")).to_have_text(
        re.compile("do not match what the clinic has on record")
    )
    expect(page).to_have_title(re.compile("^Error: "))
    assert page.get_by_label("Year", exact=True).input_value() == client.facts["year"]
    type_facts(page, **client.facts)
    expect(page.get_by_role("heading", name="Your appointment", exact=True)).to_be_visible()
    here = page.url
    mine = booked if booked["id"] in here else other
    theirs = other if mine is booked else booked

    chosen = change_in_four_taps(page, mine["starts_at"][:10], "The buzzer is broken, please open the door.")
    now = world.appointment(mine["id"])
    assert now["starts_at"] == chosen
    assert now["revision"] == 2
    expect(page.get_by_role("alert")).to_contain_text("Your appointment is now")

    for path in (f"appointments/{theirs['id']}", f"appointments/{theirs['id']}/cancel", "appointments", "messages"):
        answer = page.goto(f"{world.stack.instance.url('client')}/p/{SLUG}/{path}")
        assert answer is not None
        assert answer.status == 404

    calendars = two_calendars(world, client, mine)
    assert [re.findall("SEQUENCE:(.*)", each)[0].strip() for each in calendars] == ["1", "2"]
    assert len({re.findall("UID:(.*)", each)[0] for each in calendars}) == 1
    offered = world.offered()
    assert chosen not in offered
    assert mine["starts_at"] in offered

    with phone(browser) as desk:
        the_clinician_is_told(desk, world, client)

    page.goto(here)
    page.get_by_role("button", name="Cancel appointment").click()
    assert "24 hours" in shown(page)
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_role("alert")).to_contain_text("Your appointment is cancelled")
    assert world.appointment(mine["id"])["status"] == "cancelled_by_client"
    assert chosen in world.offered()


def two_calendars(world: World, client: Client, appointment: dict[str, Any]) -> list[str]:
    """The calendar files of this appointment's mails, oldest first."""

    def found() -> list[str]:
        parts = [part["text"] for mail in world.mails(client.email) for part in mail["attachments"]]
        return [text for text in parts if f"UID:{appointment['id']}" in text][::-1]

    return eventually(lambda: calendars if len(calendars := found()) == 2 else [])


def the_clinician_is_told(page: Page, world: World, client: Client) -> None:
    """The alert, from there the appointment's history, from there the message in the client's Messages tab."""
    sign_in(page, world, PRIYA)
    page.get_by_role("link", name=re.compile(r"Notifications \(\d+ unread\)")).click()
    page.get_by_role("link", name=re.compile(f"Open appointment.*{client.first_name}")).first.click()
    history = page.locator("ol.app-timeline")
    expect(history).to_contain_text("client portal")
    history.get_by_role("link", name="Read message").click()
    expect(page.locator("article").first).to_contain_text("The buzzer is broken")
    expect(page).to_have_url(re.compile(str(client.id)))


def test_a_scanner_that_opens_and_presses_everything_changes_nothing(world: World, browser: Browser) -> None:
    client = world.next_client()
    booked = world.book(client)
    link = world.link(client, booked)
    before = len(world.events())
    with phone(browser, javascript=True) as scanner:
        for _ in range(8):
            scanner.goto(link)
            for button in scanner.get_by_role("button").all():
                button.click()
                scanner.goto(link)
    assert len(world.events()) == before
    with phone(browser) as page:
        page.goto(link)
        type_facts(page, **client.facts)
        expect(page.get_by_role("heading", name="Your appointment", exact=True)).to_be_visible()


def test_staff_add_a_missing_postcode_on_their_page_and_the_same_link_works(
    world: World, browser: Browser, page: Page
) -> None:
    client = world.next_client()
    link = world.link(client, world.book(client))
    world.change_client(client, postcode="")
    page.goto(link)
    assert "contact the clinic" in shown(page).lower()
    with phone(browser) as desk:
        sign_in(desk, world, "rita@harbour-street.example")
        desk.goto(f"{world.stack.instance.url('staff')}/p/{SLUG}/clients/{client.id}/edit")
        desk.get_by_label("Postcode").fill(client.postcode)
        desk.get_by_role("button", name="Save").click()
        expect(desk.locator("main")).to_contain_text(client.postcode)
    page.goto(link)
    type_facts(page, **client.facts)
    expect(page.get_by_role("heading", name="Your appointment", exact=True)).to_be_visible()
