"""Every staff page of a running product: signs in as a site administrator and follows each kind of link once."""

import re
from contextlib import suppress
from urllib.parse import parse_qsl, urljoin, urlsplit

from album import Album
from chromium import fresh_context
from playwright.sync_api import Browser, Page
from world import OLGA, SLUG, World

from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id

MOST_PAGES = 90


def walk(browser: Browser, world: World, album: Album) -> None:
    """Pictures one page of each kind: addresses that differ in ids, dates and values only are of one kind."""
    page = fresh_context(browser).new_page()
    home = f"{world.stack.instance.url('staff')}/p/{SLUG}"
    start = f"{home}/sign-in"
    client = world.next_client()
    booked = world.book(client)
    page.goto(start)
    album.take(page, "staff-sign-in")
    page.fill("#email", OLGA)
    page.fill("#password", "not the password")
    page.click("button:has-text('Sign in')")
    album.take(page, "staff-sign-in-mismatch")
    page.fill("#email", OLGA)
    page.fill("#password", world.password)
    page.click("button:has-text('Sign in')")
    busy = [f"{home}/diary?date={booked['starts_at'][:10]}", f"{home}/appointments/{booked['id']}"]
    world.settings(may_leave_message=False, policy_text="Free until 24 hours before. Later ones may be charged.")
    world.settings(may_leave_message=True)
    with suppress(Refused):
        world.call("appointments", "POST", f"/v1/appointments/{booked['id']}/cancel", stale())
    day = booked["starts_at"][:10]
    tried = f"{home}/settings/portal/what-if?edit=48h&cancel=2h&from={day}&to={day}"
    told = [f"{home}/settings/portal/history", f"{home}/refusals?client={client.id}", tried]
    waiting, seen = [page.url, *busy, *told, f"{home}/clients/{client.id}", f"{home}/nothing"], {kind_of(start)}
    while waiting and len(seen) < MOST_PAGES:
        here = waiting.pop(0)
        kind = kind_of(here)
        if kind in seen:
            continue
        seen.add(kind)
        page.goto(here)
        album.take(page, f"staff-{kind}")
        waiting += _links(page)
    page.context.close()


def stale() -> dict[str, object]:
    """A command by somebody who saw another revision: it is refused, and the refusal has its place on the pages."""
    return {"command_id": str(new_id()), "revision": 99}


def kind_of(address: str) -> str:
    """The address without what differs from record to record: `p-clients-id-history`."""
    parts = urlsplit(address)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", parts.path)
    path = re.sub(r"\d{4}-\d\d-\d\d", "date", path).replace(f"/p/{SLUG}", "")
    names = "-".join(sorted(name for name, value in parse_qsl(parts.query) if value))
    return re.sub(r"[^a-z-]+", "-", f"{path}-{names}".lower()).strip("-") or "home"


def _links(page: Page) -> list[str]:
    links = [link.get_attribute("href") or "" for link in page.locator("a[href]").all()]
    found = [urljoin(page.url, link).partition("#")[0] for link in links]
    return [link for link in found if urlsplit(link).netloc == urlsplit(page.url).netloc]
