"""What a client taps and types on the pages, in a real browser."""

import re
from collections.abc import Callable
from typing import Any

import requests
from playwright.sync_api import Page, expect
from world import SLUG, World, eventually


def type_facts(page: Page, **facts: str) -> None:
    """Fills the three boxes and the postcode, and continues."""
    for name, label in (("day", "Day"), ("month", "Month"), ("year", "Year"), ("postcode", "Postcode")):
        page.get_by_label(label, exact=True).fill(facts[name])
    page.get_by_role("button", name="Continue").click()


def shown(page: Page) -> str:
    """The words of the page."""
    return page.locator("main").inner_text()


def change_in_four_taps(page: Page, present_day: str, message: str) -> str:
    """Change, time, Continue, Confirm. Returns the chosen start, which is on another day."""
    page.get_by_role("button", name="Change date or time").click()
    assert page.locator("input[type=radio]:checked").count() == 0
    radios = f"input[name=starts_at]:not([value^='{present_day}'])"
    while page.locator(radios).count() == 0:
        page.get_by_role("link", name="Later week").click()
    radio = page.locator(radios).last
    chosen = radio.get_attribute("value")
    radio.check(force=True)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("message", exact=False).fill(message)
    page.get_by_role("button", name="Confirm the new time").click()
    assert chosen
    return chosen


def front(page: Page, world: World) -> None:
    """Opens the portal's front page."""
    page.goto(f"{world.stack.instance.url('client')}/p/{SLUG}")


def ask_for_link(page: Page, world: World, contact: str, *, reaches: str | None = None) -> str:
    """Asks on the front page that the browser shows; the address of the new link, read in the message that arrives.

    `reaches` is the address as the message has it, where it is not what was typed.
    """
    return next_link(world, reaches or contact, lambda: _ask(page, contact))


def _ask(page: Page, contact: str) -> None:
    page.get_by_label("E-mail address or mobile number").fill(contact)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("If it is on record, a link is on its way")


def next_link(world: World, to: str, act: Callable[[], None]) -> str:
    """The address in the message that arrives because of `act`."""
    before = {message["id"] for message in sign_in_messages(world, to)}
    act()
    (message,) = eventually(lambda: [each for each in sign_in_messages(world, to) if each["id"] not in before])
    found = re.search(rf"http://\S+/p/{SLUG}/s/[\w-]+", message["text"])
    assert found, message["text"]
    return found[0]


def sign_in_messages(world: World, to: str) -> list[dict[str, Any]]:
    """The caught messages to an address that carry a sign-in link, newest first."""
    address = f"{world.stack.instance.url('mailbox')}/messages"
    channel = "email" if "@" in to else "sms"
    answer = requests.get(address, params={"to": to, "channel": channel}, timeout=5).json()
    return [each for each in answer["messages"] if f"/p/{SLUG}/s/" in each["text"]]


def card(page: Page, said: str) -> Any:
    """The card of the list that has these words."""
    return page.locator("article").filter(has_text=said)
