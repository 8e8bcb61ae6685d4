"""Staff pages that only a form leads to: checks, the overlap, refusals beside their fields, the set-up page."""

from datetime import UTC, datetime, timedelta

from album import Album
from chromium import fresh_context
from playwright.sync_api import Browser, Page
from steps import arrive, change
from world import OLGA, SLUG, Client, World


def walk(browser: Browser, world: World, album: Album) -> None:
    """Signs in as a site administrator and fills each form once right and once wrong."""
    page = fresh_context(browser).new_page()
    home = f"{world.stack.instance.url('staff')}/p/{SLUG}"
    page.goto(f"{home}/set-up/unknown")
    album.take(page, "staff-set-up")
    page.fill("#password", "four words that fit")
    page.fill("#again", "four words that fit")
    page.click("main button")
    album.take(page, "staff-set-up-unknown")
    page.goto(f"{home}/sign-in")
    page.fill("#email", OLGA)
    page.fill("#password", world.password)
    page.click("main button")
    client = world.next_client()
    page.goto(f"{home}/clients?q=smith")
    album.take(page, "staff-clients-found")
    _booking(page, home, client, album)
    _a_clients_change(page, home, world, album)
    _an_appointments_decisions(page, home, world, album)
    _refusals(page, home, client, album)
    page.context.close()


def _booking(page: Page, home: str, client: Client, album: Album) -> None:
    page.goto(f"{home}/book/{client.id}/times")
    album.take(page, "staff-book-refused")
    page.select_option("#type", label="Follow-up physiotherapy")
    page.select_option("#clinician", label="Priya Nair")
    page.select_option("#location", index=1)
    page.click("main button")
    album.take(page, "staff-book-times")
    times, late = page.url, datetime.now(UTC) + timedelta(days=30)
    _type_time(page, late, "21:00")
    album.take(page, "staff-book-check")
    page.click("main button")
    album.take(page, "staff-booked")
    page.goto(times)
    _type_time(page, late, "21:00")
    page.click("main button")
    album.take(page, "staff-book-overlap")
    page.click("button:has-text('Overlap and book')")
    page.click("text=Move")
    _type_time(page, late, "25:00")
    album.take(page, "staff-move-refused")
    _type_time(page, late, "20:00")
    album.take(page, "staff-move-check")
    page.click("text=Leave it as it is")
    page.goto(f"{home}/diary?date={late:%Y-%m-%d}")
    album.take(page, "staff-diary-overlap")


def _type_time(page: Page, day: datetime, time: str) -> None:
    page.fill("#date", f"{day:%Y-%m-%d}")
    page.fill("#time", time)
    page.click("button:has-text('Check this time')")


def _a_clients_change(page: Page, home: str, world: World, album: Album) -> None:
    client = world.next_client()
    booked = world.book(client)
    change(arrive(world, client, booked), message="Is there a lift?\nMy knee does not like stairs.")
    page.goto(f"{home}/appointments/{booked['id']}")
    album.take(page, "staff-appointment-history")
    page.click("text=Read message")
    album.take(page, "staff-client-messages-read")
    page.goto(f"{home}/clients/{client.id}/history")
    album.take(page, "staff-client-history-all")


def _an_appointments_decisions(page: Page, home: str, world: World, album: Album) -> None:
    booked = world.book(world.next_client())
    details = f"{home}/appointments/{booked['id']}"
    page.goto(f"{details}/payments")
    page.fill("#amount", "lots")
    page.click("button:has-text('Record payment')")
    album.take(page, "staff-payment-refused")
    page.fill("#amount", "55")
    page.select_option("#method", "card")
    page.click("button:has-text('Record payment')")
    page.goto(f"{details}/refunds")
    page.fill("#amount", "10")
    page.click("button:has-text('Note refund')")
    page.goto(f"{details}/rules")
    page.select_option("#may_cancel", "not_allowed")
    page.click("button:has-text('Save rules')")
    page.goto(f"{details}/status")
    page.check("#status-cancelled_by_practice")
    page.click("button:has-text('Set status')")
    album.take(page, "staff-appointment-decided")
    page.goto(f"{home}/diary?date={booked['starts_at'][:10]}")
    album.take(page, "staff-diary-cancelled")
    page.goto(f"{home}/diary/week?date={booked['starts_at'][:10]}&clinician={booked['clinician_id']}")
    page.locator("summary").first.click()
    album.take(page, "staff-diary-week-actions")


def _refusals(page: Page, home: str, client: Client, album: Album) -> None:
    page.goto(f"{home}/clients/{client.id}/edit")
    page.fill("#date_of_birth", "31")
    page.fill("#month", "6")
    page.fill("#first_name", "")
    page.click("main button")
    album.take(page, "staff-client-edit-refused")
    page.goto(f"{home}/settings/portal")
    page.select_option("#online_booking_edition", "classic")
    page.fill("#edit_window_number", "soon")
    page.click("text=Save settings")
    album.take(page, "staff-settings-refused")
    page.goto(f"{home}/settings/portal/statuses")
    page.select_option("#cancellation_status", "booked")
    page.fill("#status-0-name", "")
    page.click("text=Save statuses")
    album.take(page, "staff-statuses-refused")
    page.goto(f"{home}/settings/portal/types")
    page.click("text=Change rules >> nth=0")
    page.select_option("#may_change", "not_allowed")
    page.check("#cancellation_window-always")
    page.click("text=Show example")
    album.take(page, "staff-type-example")
    page.goto(f"{home}/clinicians")
    page.click("text=Priya Nair")
    page.fill("#display_name", "")
    page.click("main button")
    album.take(page, "staff-clinician-refused")
