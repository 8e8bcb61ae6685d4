"""What a client does on the pages, by the visitor without a screen."""

from datetime import timedelta
from typing import Any

import requests
from visitor import Visitor
from world import Client, World

from clinic.infra.clock import utc_now


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
    """From the appointment to the check page; an offered time more than a week ahead unless one is given.

    The picker shows the whole week of a date, so a date 14 days ahead is more than a week ahead on every weekday.
    """
    follow(visitor, "/change")
    visitor.open(f"?from={(utc_now() + timedelta(days=14)).date()}")
    picker = visitor.form("starts_at")
    for chosen in [starts_at] if starts_at else picker.choices["starts_at"][:2]:
        visitor.submit(picker, starts_at=chosen)
        if "Check your new time" in visitor.last.text:
            return chosen  # the first one offered may be the appointment's own time
    raise AssertionError(visitor.last.text[:2000])


def change(visitor: Visitor, starts_at: str | None = None, message: str = "") -> str:
    """All the way: choose, check, confirm. Returns the chosen start."""
    chosen = choose(visitor, starts_at)
    visitor.submit(visitor.form("command_id"), message=message)
    return chosen


def cancel(visitor: Visitor, message: str = "") -> requests.Response:
    """Cancels by the page with the policy."""
    follow(visitor, "/cancel")
    return visitor.submit(visitor.form("command_id"), message=message)
