"""Every client page of a running product, each outcome made real: by staff, by settings, by another client."""

from datetime import UTC, datetime, timedelta

from album import Album
from chromium import fresh_context
from playwright.sync_api import Browser, Page
from taps import ask_for_link, front
from world import SLUG, Client, World, eventually

from clinic.kernel.ids import new_id

NEVER, DAY = {"kind": "never", "minutes": 0}, {"kind": "minutes", "minutes": 1440}


def walk(browser: Browser, world: World, album: Album) -> None:
    """Goes through all of them; the practice's rules are as before at the end."""
    for part in (_getting_in, _changing, _cancelling, _all_appointments, _twins, _refusals, _doors):
        page = fresh_context(browser).new_page()
        part(page, world, album)
        page.context.close()


def _arrive(page: Page, world: World, *, days_ahead: int = 4) -> tuple[Client, dict[str, str]]:
    client = world.next_client()
    appointment = world.book(client, days_ahead=days_ahead)
    page.goto(world.link(client, appointment))
    _fill(page, **client.facts)
    return client, appointment


def _fill(page: Page, **facts: str) -> None:
    for name, value in facts.items():
        page.fill(f"#{name}", value)
    page.click("button:has-text('Continue')")


def _choose(page: Page, number: int = 0) -> str:
    page.click("a:has-text('Change date or time')")
    chip = page.locator("input[name=starts_at]").nth(number)
    chip.check()
    return chip.get_attribute("value") or ""


def _getting_in(page: Page, world: World, album: Album) -> None:
    client = world.next_client()
    page.goto(world.link(client, world.book(client)))
    album.take(page, "client-confirm")
    _fill(page, **client.facts | {"postcode": ""})
    album.take(page, "client-confirm-incomplete")
    _fill(page, **client.facts | {"postcode": "ZZ1 1ZZ"})
    album.take(page, "client-confirm-mismatch")
    _fill(page, **client.facts)
    album.take(page, "client-appointment")
    page.click("button:has-text('Sign out')")
    album.take(page, "client-signed-out")


def _changing(page: Page, world: World, album: Album) -> None:
    _, appointment = _arrive(page, world)
    page.click("a:has-text('Change date or time')")
    album.take(page, "client-picker")
    page.click("button:has-text('Continue')")
    album.take(page, "client-picker-no-time-chosen")
    page.goto(page.url.partition("/change")[0])
    taken = _choose(page)
    album.take(page, "client-picker-chosen")
    page.click("button:has-text('Continue')")
    album.take(page, "client-check")
    world.book(world.next_client(), taken)
    page.fill("#message", "Could I have the room on the ground floor?")
    page.click("button:has-text('Confirm the new time')")
    album.take(page, "client-time-taken")
    page.locator("input[name=starts_at]").last.check()
    page.click("button:has-text('Continue')")
    album.take(page, "client-check-with-message")
    page.click("button:has-text('Confirm the new time')")
    album.take(page, "client-changed")
    _choose(page)
    page.click("button:has-text('Continue')")
    _move_by_staff(world, appointment["id"])
    page.click("button:has-text('Confirm the new time')")
    album.take(page, "client-changed-meanwhile")


def _cancelling(page: Page, world: World, album: Album) -> None:
    _, appointment = _arrive(page, world)
    page.click("a:has-text('Cancel appointment')")
    album.take(page, "client-cancel")
    _move_by_staff(world, appointment["id"])
    page.click("button:has-text('Cancel the appointment')")
    album.take(page, "client-cancel-changed-meanwhile")
    page.click("button:has-text('Cancel the appointment')")
    album.take(page, "client-cancelled")
    page.goto(page.url + "/change")
    album.take(page, "client-already-cancelled")


def _all_appointments(page: Page, world: World, album: Album) -> None:
    client = world.next_client()
    visits = [world.book(client, days_ahead=days) for days in (4, 9, 20)]
    _pay(world, visits[0]["id"])
    rules = dict.fromkeys(("may_change", "may_cancel", "may_leave_message", "edit_window", "cancellation_window"))
    strict = {"revision": visits[1]["revision"], "rules": rules | {"may_change": False, "may_cancel": False}}
    world.call(
        "appointments", "PUT", f"/v1/appointments/{visits[1]['id']}/rules", strict | {"command_id": str(new_id())}
    )
    world.settings(online_payments_on=True)
    front(page, world)
    page.click("button:has-text('Send me a link')")
    album.take(page, "client-front-no-contact")
    link = ask_for_link(page, world, client.email)
    album.take(page, "client-link-sent")
    page.goto(link)
    album.take(page, "client-confirm-for-all")
    _fill(page, **client.facts)
    album.take(page, "client-list")
    page.click(f"#upcoming a[href$='/{visits[0]['id']}']")
    album.take(page, "client-appointment-of-all")
    page.click("a:has-text('Cancel appointment')")
    album.take(page, "client-cancel-paid")
    page.click("button:has-text('Cancel the appointment')")
    album.take(page, "client-cancelled-of-all")
    page.click("a:has-text('All your appointments')")
    page.click("button:has-text('Sign out')")
    page.goto(link)
    album.take(page, "client-link-ended")
    page.goto(link.partition("/s/")[0] + "/appointments")
    album.take(page, "client-list-session-ended")
    nobody = world.next_client()
    _enter(page, world, nobody)
    world.settings(may_view_upcoming=False, may_view_previous=False)
    page.reload()
    album.take(page, "client-list-not-shown")
    world.settings(may_view_upcoming=True, may_view_previous=True, online_payments_on=False)


def _pay(world: World, appointment_id: str) -> None:
    now, path = datetime.now(UTC).isoformat(), f"/v1/appointments/{appointment_id}"
    paid = {"amount_pence": 4500, "currency": "GBP", "method": "card", "paid_at": now}
    world.call("appointments", "POST", f"{path}/payments", paid | {"command_id": str(new_id())})
    back = {"amount_pence": 1500, "refunded_at": now}
    world.call("appointments", "POST", f"{path}/refunds", back | {"command_id": str(new_id())})


def _twins(page: Page, world: World, album: Album) -> None:
    one, other = world.next_client(), world.next_client()
    shared = {"email": one.email, "postcode": one.postcode, "date_of_birth": one.born.date().isoformat()}
    world.change_client(other, **shared)
    _enter(page, world, one)
    album.take(page, "client-choose")
    page.click("button:has-text('Continue')")
    album.take(page, "client-choose-nobody")
    page.check("#person-1", force=True)
    page.click("button:has-text('Continue')")
    album.take(page, "client-list-of-a-twin")
    page.click("button:has-text('Sign out')")
    world.change_client(other, postcode="")
    front(page, world)
    page.goto(ask_for_link(page, world, one.email))
    _fill(page, **one.facts | {"postcode": "ZZ1 1ZZ"})
    album.take(page, "client-confirm-something-missing")


def _enter(page: Page, world: World, client: Client) -> None:
    front(page, world)
    page.goto(ask_for_link(page, world, client.email))
    _fill(page, **client.facts)


def _refusals(page: Page, world: World, album: Album) -> None:
    client, appointment = _arrive(page, world)
    home = page.url
    world.settings(edit_window={"kind": "minutes", "minutes": 60 * 24 * 60}, cancellation_window=NEVER)
    page.goto(home)
    album.take(page, "client-too-late")
    page.goto(home + "/change")
    album.take(page, "client-too-late-to-change")
    page.goto(home + "/cancel")
    album.take(page, "client-cancellations-not-offered")
    world.settings(edit_window=DAY, cancellation_window=DAY)
    world.online("Priya Nair", False)
    page.goto(home + "/change")
    album.take(page, "client-clinician-not-online")
    world.online("Priya Nair", True)
    world.settings(portal_on=False, portal_off_text="We are moving to new rooms this week. Please ring us.")
    page.goto(home)
    album.take(page, "client-portal-off")
    world.settings(portal_on=True)
    world.change_client(client, postcode="")
    eventually(lambda: world.identity.get(f"/v1/practices/by-slug/{SLUG}")["portal"]["on"])
    page.goto(world.link(client, appointment))
    album.take(page, "client-record-incomplete")
    world.change_client(client, postcode=client.postcode)


def _doors(page: Page, world: World, album: Album) -> None:
    portal = world.stack.instance.url("client")
    page.goto(f"{portal}/p/{SLUG}")
    album.take(page, "client-front")
    page.goto(f"{portal}/p/{SLUG}/a/an-unknown-token")
    album.take(page, "client-link-unknown")
    page.goto(f"{portal}/p/{SLUG}/appointment")
    album.take(page, "client-session-ended")
    page.goto(f"{portal}/nothing")
    album.take(page, "client-not-found")
    page.goto(f"{portal}/accessibility")
    album.take(page, "client-accessibility")


def _move_by_staff(world: World, appointment_id: str) -> None:
    now = world.appointment(appointment_id)
    later = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    free = next(start for start in world.offered() if start > later)
    body = {"command_id": str(new_id()), "revision": now["revision"], "starts_at": free}
    world.call("appointments", "POST", f"/v1/appointments/{appointment_id}/reschedule", body)
