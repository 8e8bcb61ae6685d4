"""Clients' messages: who read them, dealt with or not, in the record and in the practice's list (F33)."""

import re
from typing import Any
from uuid import UUID

import pytest

from .cast import MESSAGE, OLGA, PAT

TAB = f"/clients/{PAT}/messages"
COMMAND = str(UUID(int=777))
DONE = {"user_id": str(OLGA), "at": "2026-11-23T09:00:00Z"}


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_opening_the_tab_records_that_the_user_read_it_once(staff: Any, world: Any) -> None:
    page = words(staff("bo").get(TAB))
    assert world.said("read_message") == [MESSAGE]
    assert "Read before: Olga Novak, Sun 22 Nov 2026, 15:00" in page
    staff("olga").get(TAB)
    assert world.said("read_message") == [MESSAGE]


def test_a_message_is_marked_as_dealt_with_and_reopened(staff: Any, world: Any) -> None:
    browser = staff("rita")
    answer = browser.post(f"{TAB}/{MESSAGE}/dealt-with", {"command_id": COMMAND, "dealt_with": "yes"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"?message={MESSAGE}#message-{MESSAGE}")
    assert "The message is marked as dealt with." in browser.get(TAB).text
    world.messages[0]["dealt_with"] = DONE
    page = browser.get(TAB)
    assert "Dealt with Olga Novak, Mon 23 Nov 2026, 09:00 Reopen" in words(page)
    assert 'name="dealt_with" value="no"' in page.text
    browser.post(f"{TAB}/{MESSAGE}/dealt-with", {"command_id": COMMAND, "dealt_with": "no"})
    assert [command["dealt_with"] for _, command in world.said("deal_with")] == [True, False]


def test_the_practices_list_shows_what_is_to_be_dealt_with(staff: Any, world: Any) -> None:
    browser = staff("bo")
    page = browser.get("/messages")
    assert "Pat Okafor Left with a change on Sun 22 Nov 2026, 14:41" in words(page)
    assert f"{TAB}?message={MESSAGE}#message-{MESSAGE}" in page.text
    assert world.said("practice_messages") == [(False, 1)]
    assert not world.said("unseal")
    world.messages[0]["dealt_with"] = DONE
    assert "Nothing is to be dealt with." in browser.get("/messages").text
    assert "Dealt with by Olga Novak" in words(browser.get("/messages", show="done"))
    assert "Dealt with by Olga Novak" in words(browser.get("/messages", show="all"))


def test_only_the_shown_page_is_unsealed_and_a_link_opens_the_page_of_its_message(staff: Any, world: Any) -> None:
    many = [world.messages[0] | {"message_id": str(UUID(int=9000 + n)), "event_id": str(n)} for n in range(45)]
    world.messages = many
    browser = staff("bo")
    page = browser.get(TAB)
    assert page.text.count('<article class="app-card"') == 20
    assert "Page 1 of 3" in words(page)
    assert len(world.said("read_message")) == 20
    last = many[44]["message_id"]
    assert f'id="message-{last}"' in browser.get(TAB, message=last).text
    assert f'id="message-{last}"' in browser.get(TAB, page=99).text


def test_the_history_links_to_the_very_message(staff: Any) -> None:
    page = staff("bo").get(f"/appointments/{UUID(int=52)}").text
    assert f"{TAB}?message={MESSAGE}#message-{MESSAGE}" in page


@pytest.mark.parametrize("path", ["/messages", TAB])
def test_the_auditor_sees_no_message(staff: Any, world: Any, path: str) -> None:
    audrey = staff("audrey")
    assert audrey.get(path).status_code == 403
    assert ">Messages</a>" not in audrey.get("/diary").text
    assert not world.said("practice_messages")


def test_charlie_finds_no_message_of_another_practice(staff: Any, world: Any) -> None:
    charlie = staff("charlie", "river-lane")
    assert "Nothing is to be dealt with." in charlie.get("/messages").text
    assert charlie.post(f"{TAB}/{MESSAGE}/dealt-with", {"command_id": COMMAND, "dealt_with": "yes"}).status_code == 404
    assert not world.said("deal_with")


def test_a_paid_cancellation_says_in_the_notification_that_the_practice_decides(staff: Any, world: Any) -> None:
    world.alerts[0] |= {"kind": "cancelled", "paid": {"amount_pence": 5500, "refunded_pence": 0, "currency": "GBP"}}
    assert (
        "£55.00 was paid: whether it is refunded is for the practice to decide."
        in staff("bo").get("/notifications").text
    )
    world.alerts[0]["paid"]["refunded_pence"] = 1500
    said = staff("bo").get("/notifications").text
    assert "£55.00 was paid, £15.00 of it was already refunded: whether the rest is refunded is for" in said
    world.alerts[0]["paid"]["refunded_pence"] = 5500
    said = staff("bo").get("/notifications").text
    assert "£55.00 was paid and all of it was already refunded." in said
    assert "to decide" not in said
    world.alerts[0] |= {"paid": None}
    assert "was paid" not in staff("bo").get("/notifications").text
