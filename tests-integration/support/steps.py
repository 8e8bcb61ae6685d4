"""What a client does on the pages, by the visitor without a screen."""

import re
from datetime import timedelta
from typing import Any

import requests
from visitor import Visitor
from world import Client, World

from clinic.infra.clock import utc_now
from clinic.kernel.client_time import MONTHS


def arrive(world: World, client: Client, appointment: dict[str, Any]) -> Visitor:
    """Opens a fresh link and confirms the facts; the visitor then sees the appointment."""
    visitor = Visitor(world.stack.instance.url("client"))
    visitor.open(world.link(client, appointment))
    confirm(visitor, **client.facts)
    assert "Your appointment" in visitor.last.text, visitor.last.text[:2000]
    return visitor


def confirm(visitor: Visitor, **facts: str) -> requests.Response:
    """Fills the confirmation page."""
    return visitor.submit(visitor.form("day", "postcode"), **facts)


def follow(visitor: Visitor, ending: str) -> requests.Response:
    """Follows the link of the page whose address ends so; LookupError where there is none."""
    for address in visitor.links():
        if address.endswith(ending):
            return visitor.open(address)
    raise LookupError(f"no link to …{ending} at {visitor.last.url}")


def choose(visitor: Visitor, starts_at: str | None = None) -> str:
    """From the appointment to the check page; by itself an offered time on another day, more than a week ahead.

    The picker shows the whole week of a date, so a date 14 days ahead is more than a week ahead on every weekday.
    """
    present = day_said(visitor.last.text)
    follow(visitor, "/change")
    for weeks in range(2, 8):
        visitor.open(f"?from={(utc_now() + timedelta(weeks=weeks)).date()}")
        offered = [each for form in visitor.forms() for each in form.choices.get("starts_at", ())]
        wanted = [starts_at] if starts_at else [each for each in offered if each[:10] != present]
        if offered and wanted:
            visitor.submit(visitor.form("starts_at"), starts_at=wanted[0])
            assert "Check your new time" in visitor.last.text, visitor.last.text.partition("error-summary")[2][:600]
            return wanted[0]
    raise LookupError(f"no free time on another day at {visitor.last.url}")


def day_said(page: str) -> str:
    """The first date that a page names, `2026-12-02`; empty where there is none."""
    found = re.search(rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})", page)
    return f"{found[3]}-{MONTHS.index(found[2]) + 1:02}-{int(found[1]):02}" if found else ""


def change(visitor: Visitor, starts_at: str | None = None, message: str = "") -> str:
    """All the way: choose, check, confirm. Returns the chosen start."""
    chosen = choose(visitor, starts_at)
    visitor.submit(visitor.form("command_id"), message=message)
    return chosen


def cancel(visitor: Visitor, message: str = "") -> requests.Response:
    """Cancels by the page with the policy."""
    follow(visitor, "/cancel")
    return visitor.submit(visitor.form("command_id"), message=message)
