"""The full portal in Chromium, 390 px wide, JavaScript off: from asking for a link to a changed time (F9-F16)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from chromium import chromium, chromium_path, phone
from playwright.sync_api import Browser, Page, expect
from taps import ask_for_link, card, change_in_four_taps, front, next_link, shown, sign_in_messages, type_facts
from world import SLUG, Client, World

from clinic.infra.clock import utc_now
from clinic.kernel.client_time import say_instant, utc_text
from clinic.kernel.ids import new_id

pytestmark = pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with phone(browser) as held:
        yield held


def said(appointment: dict[str, Any]) -> str:
    """The appointment's start as its client reads it."""
    return say_instant(datetime.fromisoformat(appointment["starts_at"]), appointment["zone"])


def enter(page: Page, world: World, client: Client, contact: str | None = None, **facts: str) -> None:
    """Asks for a link, opens it and confirms the facts."""
    front(page, world)
    page.goto(ask_for_link(page, world, contact or client.email))
    expect(page).to_have_url(re.compile(r"/confirm$"))
    type_facts(page, **(facts or client.facts))


def expect_list(page: Page, first_name: str) -> None:
    """The list is shown, and whose it is."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointments")
    expect(page.locator(".app-scope")).to_contain_text(f"Signed in for {first_name}")


def test_by_e_mail_to_a_changed_and_a_cancelled_appointment(world: World, page: Page) -> None:
    client = world.next_client()
    first, second = world.book(client), world.book(client, days_ahead=12)
    somebody_elses = world.book(world.next_client(), days_ahead=6)
    enter(page, world, client)
    expect_list(page, client.first_name)
    upcoming = page.locator("#upcoming article")
    assert upcoming.filter(has_text=said(first)).count() == 1
    assert card(page, said(somebody_elses)).count() == 0

    card(page, said(first)).get_by_role("button", name=re.compile("Change date or time")).click()
    page.get_by_role("link", name="Back", exact=True).click()
    chosen = change_in_four_taps(page, first["starts_at"][:10], "Could it be the ground floor?")
    now = world.appointment(first["id"])
    assert (now["starts_at"], now["revision"]) == (chosen, 2)
    expect(page.get_by_role("alert")).to_contain_text("Your appointment is now")
    page.get_by_role("link", name="All your appointments").click()
    assert card(page, said(now)).count() >= 1
    assert page.locator("#upcoming article").filter(has_text=said(first)).count() == 0

    card(page, said(second)).get_by_role("button", name=re.compile("Cancel appointment")).click()
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_role("alert")).to_contain_text("Your appointment is cancelled")
    assert world.appointment(second["id"])["status"] == "cancelled_by_client"
    page.get_by_role("link", name="All your appointments").click()
    assert page.locator("#upcoming article").filter(has_text=said(second)).count() == 0
    previous = page.locator("#previous article").filter(has_text=said(second))
    expect(previous).to_contain_text("Cancelled")
    expect(previous.get_by_role("button")).to_have_count(0)


def test_by_text_message_to_a_changed_and_a_cancelled_appointment(world: World, page: Page) -> None:
    client = world.next_client()
    world.change_client(client, mobile="+447911123401", email="")
    booked = world.book(client)
    front(page, world)
    link = ask_for_link(page, world, "07911 123401", reaches="+447911123401")
    page.goto(link)
    type_facts(page, **client.facts)
    expect_list(page, client.first_name)
    page.get_by_role("link", name=said(booked)).click()
    chosen = change_in_four_taps(page, booked["starts_at"][:10], "")
    now = world.appointment(booked["id"])
    assert now["starts_at"] == chosen
    page.goto(f"{world.stack.instance.url('client')}/p/{SLUG}")
    expect_list(page, client.first_name)
    card(page, said(now)).get_by_role("button", name=re.compile("Cancel appointment")).click()
    page.get_by_role("button", name="Cancel the appointment").click()
    expect(page.get_by_role("alert")).to_contain_text("Your appointment is cancelled")
    assert world.appointment(booked["id"])["status"] == "cancelled_by_client"


def test_an_unknown_contact_reads_the_same_and_gets_nothing(world: World, browser: Browser, page: Page) -> None:
    client = world.next_client()
    front(page, world)
    ask_for_link(page, world, client.email)
    known = page.content()
    with phone(browser) as other:
        front(other, world)
        other.get_by_label("E-mail address or mobile number").fill("nobody-at-all@example.org")
        other.get_by_role("button", name="Send me a link").click()
        assert other.content() == known
        assert other.url == page.url
        front(other, world)
        ask_for_link(other, world, client.email)
    assert sign_in_messages(world, "nobody-at-all@example.org") == []


@pytest.mark.parametrize(
    ("typed", "told"), [(" ", "Enter an e-mail address or a mobile number"), ("harbour", "like name@example.org")]
)
def test_what_is_no_contact_is_told_and_kept(world: World, page: Page, typed: str, told: str) -> None:
    front(page, world)
    page.get_by_label("E-mail address or mobile number").fill(typed)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.locator(".govuk-error-summary li")).to_contain_text(told)
    expect(page).to_have_title(re.compile("^Error: "))
    assert page.get_by_label("E-mail address or mobile number").input_value() == typed.strip()


def test_a_mother_reaches_each_of_three_children_and_nobodys_data_is_merged(world: World, browser: Browser) -> None:
    mother = world.next_client()
    children = [world.next_client() for _ in range(3)]
    for number, child in enumerate(children):
        fields = {"email": mother.email, "postcode": mother.postcode, "date_of_birth": f"201{number}-05-0{number + 1}"}
        world.change_client(child, **fields)
    visits = [world.book(child, days_ahead=5 + number) for number, child in enumerate(children)]
    for number, child in enumerate(children):
        facts = {"day": str(number + 1), "month": "5", "year": f"201{number}", "postcode": mother.postcode}
        with phone(browser) as page:
            enter(page, world, child, mother.email, **facts)
            expect_list(page, child.first_name)
            mine = [visit["client_id"] == str(child.id) for visit in visits]
            assert [page.locator(f"#upcoming a[href$='/{visit['id']}']").count() == 1 for visit in visits] == mine
            for visit, is_mine in zip(visits, mine, strict=True):
                answer = page.goto(f"{world.stack.instance.url('client')}/p/{SLUG}/appointments/{visit['id']}")
                assert answer is not None
                assert answer.status == (200 if is_mine else 404)


def test_twins_choose_by_first_name_and_can_switch(world: World, page: Page) -> None:
    pat, sam = world.next_client(), world.next_client()
    world.change_client(pat, first_name="Pat")
    facts = {"email": pat.email, "postcode": pat.postcode, "date_of_birth": pat.born.date().isoformat()}
    world.change_client(sam, first_name="Sam", **facts)
    pats, sams = world.book(pat), world.book(sam, days_ahead=6)
    enter(page, world, pat)
    expect(page.get_by_role("heading", level=1)).to_have_text("Whose appointments do you want to see?")
    assert page.locator("input[type=radio]:checked").count() == 0
    for path in ("appointments", f"appointments/{pats['id']}", f"appointments/{pats['id']}/cancel", ""):
        page.goto(f"{world.stack.instance.url('client')}/p/{SLUG}/{path}".rstrip("/"))
        expect(page).to_have_url(re.compile(r"/choose$"))
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_title(re.compile("^Error: "))

    page.get_by_label("Sam").check()
    page.get_by_role("button", name="Continue").click()
    expect_list(page, "Sam")
    assert page.locator(f"#upcoming a[href$='/{sams['id']}']").count() == 1
    assert page.locator(f"#upcoming a[href$='/{pats['id']}']").count() == 0
    page.get_by_role("link", name="Switch person").click()
    page.get_by_label("Pat").check()
    page.get_by_role("button", name="Continue").click()
    expect_list(page, "Pat")
    assert page.locator(f"#upcoming a[href$='/{pats['id']}']").count() == 1
    assert page.locator(f"#upcoming a[href$='/{sams['id']}']").count() == 0


def test_an_incomplete_record_asks_to_contact_the_clinic_and_then_works(world: World, page: Page) -> None:
    client = world.next_client()
    world.change_client(client, postcode="")
    front(page, world)
    link = ask_for_link(page, world, client.email)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Please contact the clinic")
    world.change_client(client, postcode=client.postcode)
    page.goto(link)
    type_facts(page, **client.facts)
    expect_list(page, client.first_name)


def test_one_incomplete_record_of_two_is_said_beside_the_mismatch(world: World, page: Page) -> None:
    whole, lacking = world.next_client(), world.next_client()
    world.change_client(lacking, email=whole.email, postcode="")
    enter(page, world, whole, **whole.facts | {"postcode": "ZZ9 9ZZ"})
    assert "may be missing one of them" in shown(page)
    type_facts(page, **whole.facts)
    expect_list(page, whole.first_name)


def test_signing_out_ends_the_session_everywhere(world: World, page: Page) -> None:
    client = world.next_client()
    booked = world.book(client)
    enter(page, world, client)
    page.get_by_role("link", name=said(booked)).click()
    here = page.url
    page.get_by_role("button", name="Sign out").click()
    assert "You have signed out" in shown(page)
    answer = page.goto(here)
    assert answer is not None
    assert answer.status == 403
    assert said(booked) not in page.content()


def test_a_scanner_that_opens_and_presses_everything_uses_nothing_up(world: World, browser: Browser) -> None:
    client = world.next_client()
    with phone(browser) as page:
        front(page, world)
        link = ask_for_link(page, world, client.email)
    with phone(browser, javascript=True) as scanner:
        for _ in range(8):
            scanner.goto(link)
            for button in scanner.get_by_role("button").all():
                button.click()
                scanner.goto(link)
    assert len(sign_in_messages(world, client.email)) == 1
    with phone(browser) as page:
        page.goto(link)
        type_facts(page, **client.facts)
        expect_list(page, client.first_name)


def test_previous_appointments_turn_their_pages_while_upcoming_stays(world: World, page: Page) -> None:
    client = world.next_client()
    kept = world.book(client)
    start = world.book(client, days_ahead=8)["starts_at"]
    for _ in range(21):
        gone = world.call("appointments", "GET", f"/v1/appointments?client={client.id}&when=upcoming")["appointments"]
        (gone,) = [each for each in gone if each["starts_at"] == start]
        body = {"command_id": str(new_id()), "revision": gone["revision"]}
        world.call("appointments", "POST", f"/v1/appointments/{gone['id']}/cancel", body)
        world.book(client, start)
    enter(page, world, client)
    expect(page.locator("#previous article")).to_have_count(20)
    page.get_by_role("link", name="Older").click()
    expect(page).to_have_url(re.compile(r"\?previous=2#previous$"))
    expect(page.locator(".app-pages")).to_contain_text("Page 2 of")
    assert page.locator(f"#upcoming a[href$='/{kept['id']}']").count() == 1
    page.goto(page.url.replace("previous=2", "previous=99"))
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    assert page.locator("#previous article").count() > 0


def outlived(world: World, client: Client) -> None:
    """The sign-in links of a client become as old as they may be."""
    with psycopg.connect(world.stack.postgres.url("identity")) as connection:
        older = "UPDATE links SET created_at = created_at - interval '31 minutes'"
        changed = connection.execute(f"{older} WHERE kind = 'sign_in' AND client_id = %s", [client.id])
        assert changed.rowcount > 0


@pytest.mark.parametrize("why", ["expired", "superseded", "used"])
def test_an_ended_link_sends_a_new_one_on_request(world: World, browser: Browser, page: Page, why: str) -> None:
    client = world.next_client()
    front(page, world)
    link = ask_for_link(page, world, client.email)
    if why == "expired":
        outlived(world, client)
    elif why == "superseded":
        front(page, world)
        ask_for_link(page, world, client.email)
    else:
        with phone(browser) as elsewhere:
            elsewhere.goto(link)
            type_facts(elsewhere, **client.facts)
            expect_list(elsewhere, client.first_name)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work any more")
    again = next_link(world, client.email, page.get_by_role("button", name="Send a new link").click)
    assert again != link
    page.goto(again)
    type_facts(page, **client.facts)
    expect_list(page, client.first_name)


def test_from_one_appointment_to_all_of_them(world: World, page: Page) -> None:
    client = world.next_client()
    booked, other = world.book(client), world.book(client, days_ahead=7)
    page.goto(world.link(client, booked))
    type_facts(page, **client.facts)
    expect(page.locator(".app-scope")).to_contain_text("this appointment only")
    page.get_by_role("link", name="See all your appointments").click()
    page.goto(ask_for_link(page, world, client.email))
    type_facts(page, **client.facts)
    expect_list(page, client.first_name)
    assert page.locator(f"#upcoming a[href$='/{other['id']}']").count() == 1


@pytest.mark.parametrize("part", ["upcoming", "previous"])
def test_what_the_practice_does_not_show_is_said(world: World, page: Page, part: str) -> None:
    client = world.next_client()
    world.book(client)
    enter(page, world, client)
    world.settings(**{f"may_view_{part}": False})
    try:
        page.reload()
        expect(page.locator(f"#{part}")).to_contain_text(f"The clinic does not show {part} appointments here")
        expect(page.locator(f"#{part} article")).to_have_count(0)
    finally:
        world.settings(**{f"may_view_{part}": True})


def test_what_was_paid_is_shown_and_that_the_clinic_decides_about_a_refund(world: World, page: Page) -> None:
    client = world.next_client()
    booked = world.book(client)
    money = {"amount_pence": 4500, "currency": "GBP", "method": "card", "paid_at": utc_text(utc_now())}
    path = f"/v1/appointments/{booked['id']}"
    world.call("appointments", "POST", f"{path}/payments", {"command_id": str(new_id()), **money})
    refund = {"amount_pence": 1500, "refunded_at": utc_text(utc_now())}
    world.call("appointments", "POST", f"{path}/refunds", {"command_id": str(new_id()), **refund})
    world.settings(online_payments_on=False)
    try:
        enter(page, world, client)
        assert "Paid" not in shown(page)
        world.settings(online_payments_on=True)
        page.reload()
        mine = page.locator("#upcoming article").filter(has_text=said(booked))
        expect(mine).to_contain_text("Paid £45.00, of which £15.00 was refunded")
        mine.get_by_role("button", name=re.compile("Cancel appointment")).click()
        expect(page.locator("main")).to_contain_text("whether you get money back is for the clinic to decide")
        page.get_by_role("button", name="Cancel the appointment").click()
        page.get_by_role("link", name="All your appointments").click()
        gone = page.locator("#previous article").filter(has_text=said(booked))
        expect(gone).to_contain_text("Paid £45.00, of which £15.00 was refunded")
    finally:
        world.settings(online_payments_on=True)


def test_a_rule_of_one_appointment_is_seen_on_its_card_alone(world: World, page: Page) -> None:
    client = world.next_client()
    first, second = world.book(client), world.book(client, days_ahead=9)
    rules = dict.fromkeys(("may_change", "may_cancel", "may_leave_message", "edit_window", "cancellation_window"))
    body = {"command_id": str(new_id()), "revision": first["revision"], "rules": rules | {"may_cancel": False}}
    world.call("appointments", "PUT", f"/v1/appointments/{first['id']}/rules", body)
    enter(page, world, client)
    strict, usual = (page.locator("#upcoming article").filter(has_text=said(each)) for each in (first, second))
    expect(strict).to_contain_text("You cannot cancel this appointment online. Call the clinic on 0151 496 0182")
    expect(strict.get_by_role("button", name=re.compile("Cancel"))).to_have_count(0)
    expect(strict.get_by_role("button", name=re.compile("Change"))).to_have_count(1)
    expect(usual.get_by_role("button", name=re.compile("Cancel"))).to_have_count(1)
