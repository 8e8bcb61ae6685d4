"""An appointment's status, its own rules and its payments on the staff pages (F18, F26, F34)."""

import re
from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused
from clinic.portal.application.staff import rules

from .cast import ASSESSMENT, BOOKED, FOLLOW_UP, OLGA

COMMAND = str(UUID(int=777))
HERE = f"/appointments/{BOOKED}"
SET = {"command_id": COMMAND, "revision": "2", "status": "off"}
PAID = {"amount_pence": 5500, "refunded_pence": 0, "currency": "GBP"}
ENTRIES = {
    "payments": [
        {"payment_id": "p", "amount_pence": 5500, "currency": "GBP", "method": "card",
         "paid_at": "2026-11-20T10:00:00Z", "actor": {"kind": "staff", "id": str(OLGA)}}
    ],
    "refunds": [
        {"refund_id": "r", "amount_pence": 1000, "currency": "GBP", "refunded_at": "2026-11-21T10:00:00Z",
         "actor": {"kind": "staff", "id": str(OLGA)}}
    ],
}  # fmt: skip


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def booked(world: Any, **changes: Any) -> None:
    world.appointments[str(BOOKED)] |= changes


def test_the_practices_statuses_are_offered_with_what_they_do_to_the_time(staff: Any) -> None:
    page = staff("rita").get(f"{HERE}/status")
    assert "Booked Takes the time Cancelled online The time is free for others" in words(page)
    assert re.search(r'value="booked"[^>]*\schecked', page.text)


def test_setting_a_status_sends_the_revision_that_was_seen(staff: Any, world: Any) -> None:
    browser = staff("rita")
    assert browser.post(f"{HERE}/status", SET).status_code == 303
    assert world.said("set_status") == [SET | {"revision": 2, "overlap_accepted": False}]
    assert "The appointment has its new status." in browser.get(HERE).text


def test_the_same_status_again_says_that_nothing_changed(staff: Any, world: Any) -> None:
    world.outcome = "unchanged"
    browser = staff("rita")
    browser.post(f"{HERE}/status", SET)
    assert "The appointment has that status already." in browser.get(HERE).text


def test_a_status_that_takes_taken_time_is_asked_about_and_sent_knowingly(staff: Any, world: Any) -> None:
    world.refuse["set_status"] = Refused("slot_taken")
    browser = staff("rita")
    answer = browser.post(f"{HERE}/status", SET | {"status": "booked"})
    assert (answer.status_code, "Overlap another appointment?" in answer.text) == (409, True)
    assert 'name="overlap_accepted" value="yes"' in answer.text
    assert COMMAND not in answer.text
    assert browser.post(f"{HERE}/status", SET | {"overlap_accepted": "yes"}).status_code == 303
    assert [one["overlap_accepted"] for one in world.said("set_status")] == [False, True]


def test_a_status_after_somebody_elses_change_shows_the_present_one(staff: Any, world: Any) -> None:
    world.refuse["set_status"] = Refused("changed_meanwhile")
    answer = staff("rita").post(f"{HERE}/status", SET | {"revision": "1"})
    assert answer.status_code == 409
    assert "Its status is now Booked" in words(answer)
    assert 'name="revision" value="2"' in answer.text
    assert "overlap_accepted" not in answer.text


@pytest.mark.parametrize("status", ["", "gone"])
def test_a_status_that_the_practice_does_not_have_is_refused(staff: Any, world: Any, status: str) -> None:
    answer = staff("rita").post(f"{HERE}/status", SET | {"status": status})
    assert (answer.status_code, 'id="status-error"' in answer.text) == (422, True)
    assert not world.said("set_status")


def test_a_status_name_never_runs_as_html(staff: Any, world: Any) -> None:
    world.settings["statuses"] = [{"code": "x", "name": "<i>x", "attending": True, "client_wording": "x"}]
    assert "&lt;i&gt;x" in staff("rita").get(f"{HERE}/status").text


def test_the_details_say_which_level_decided_what_the_client_can_do(staff: Any, world: Any) -> None:
    world.settings["type_rules"] = [{"appointment_type_id": str(FOLLOW_UP), "rules": {"may_change": False}}]
    own = rules.NO_RULES | {"cancellation_window": {"kind": "minutes", "minutes": 120}}
    from_ = dict.fromkeys(rules.LABELS, "practice") | {"may_change": "type", "cancellation_window": "appointment"}
    booked(world, rules=own, rules_from=from_)
    page = words(staff("audrey").get(HERE))
    assert "Change date and time: not allowed from the appointment type" in page
    assert "How late clients can cancel: until 2 hours before the start from this appointment" in page
    assert "How late clients can change: until 24 hours before the start from the practice’s settings" in page


def test_an_appointments_own_rules_are_saved_as_a_whole(staff: Any, world: Any) -> None:
    world.settings["type_rules"] = [{"appointment_type_id": str(FOLLOW_UP), "rules": {"may_cancel": False}}]
    browser = staff("bo")
    assert "As the type: not allowed" in browser.get(f"{HERE}/rules").text
    given = rules.as_form(rules.NO_RULES) | {"may_change": "allowed", "edit_window": "always"}
    assert browser.post(f"{HERE}/rules", given | {"command_id": COMMAND, "revision": "2"}).status_code == 303
    (command,) = world.said("set_rules")
    wanted = rules.NO_RULES | {"may_change": True, "edit_window": {"kind": "always", "minutes": 0}}
    assert command == {"command_id": COMMAND, "revision": 2, "rules": wanted}


def test_own_rules_that_cannot_be_are_refused_and_kept(staff: Any, world: Any) -> None:
    given = rules.as_form(rules.NO_RULES) | {"edit_window": "minutes", "edit_window_number": "soon"}
    answer = staff("bo").post(f"{HERE}/rules", given | {"command_id": COMMAND, "revision": "2"})
    assert (answer.status_code, 'id="edit_window-error"' in answer.text) == (422, True)
    assert 'value="soon"' in answer.text
    assert not world.said("set_rules")


def test_own_rules_after_somebody_elses_change_show_both(staff: Any, world: Any) -> None:
    world.refuse["set_rules"] = Refused("changed_meanwhile")
    given = rules.as_form(rules.NO_RULES) | {"may_change": "not_allowed"}
    answer = staff("bo").post(f"{HERE}/rules", given | {"command_id": COMMAND, "revision": "1"})
    assert answer.status_code == 409
    assert "Saved now:" in answer.text
    assert re.search(r'value="not_allowed" selected', answer.text)


def test_what_was_paid_is_listed_newest_first(staff: Any, world: Any) -> None:
    booked(world, paid=PAID | {"refunded_pence": 1000})
    world.payments = ENTRIES
    page = words(staff("audrey").get(HERE))
    assert page.index("£10.00 refunded by hand") < page.index("£55.00 paid, card")
    assert "recorded by Olga Novak, staff pages" in page
    assert "£55.00 paid, £10.00 refunded." in page
    assert "Record a payment" not in page


def test_nothing_paid_asks_nobody(staff: Any, world: Any) -> None:
    assert "Nothing recorded." in words(staff("rita").get(HERE))
    assert not world.said("payments")


def test_a_paid_appointment_that_is_cancelled_leaves_the_refund_to_the_practice(staff: Any, world: Any) -> None:
    booked(world, paid=PAID)
    sentence = "£55.00 was paid: whether it is refunded is for the practice to decide."
    assert sentence not in staff("rita").get(HERE).text
    booked(world, cancelled=True)
    assert sentence in staff("rita").get(HERE).text
    booked(world, paid=PAID | {"refunded_pence": 1000})
    assert "£45.00 of what was paid is not refunded: whether" in staff("rita").get(HERE).text
    booked(world, paid=PAID | {"refunded_pence": 5500})
    assert sentence not in staff("rita").get(HERE).text


def test_a_payment_form_proposes_the_types_price_until_something_is_paid(staff: Any, world: Any) -> None:
    assert 'value="55.00"' in staff("rita").get(f"{HERE}/payments").text
    booked(world, paid=PAID)
    assert 'value="55.00"' not in staff("rita").get(f"{HERE}/payments").text


@pytest.mark.parametrize(("date", "at"), [("2026-12-02", "2026-12-02T08:30:00Z"), ("1/7/2026", "2026-07-01T11:00:00Z")])
def test_a_payment_is_recorded_today_or_at_an_earlier_days_noon(staff: Any, world: Any, date: str, at: str) -> None:
    given = {"command_id": COMMAND, "amount": "£1,055.5", "method": "cash", "date": date}
    browser = staff("rita")
    assert browser.post(f"{HERE}/payments", given).status_code == 303
    command = {"command_id": COMMAND, "amount_pence": 105550, "currency": "GBP", "method": "cash", "paid_at": at}
    assert world.said("record_payment") == [command]
    assert "The payment is recorded." in browser.get(HERE).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"amount": wrong}, "amount") for wrong in ("", "0", "-5", "5.555", "ten", "٥", "100000.01", "1,00")),
        ({"method": "barter"}, "method"),
        ({"date": "31/6/2026"}, "date"),
        ({"date": "2026-12-03"}, "date"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_beside_its_field(
    staff: Any, world: Any, changes: dict[str, str], field: str
) -> None:
    given = {"command_id": COMMAND, "amount": "55", "method": "cash", "date": "2026-12-02"} | changes
    answer = staff("rita").post(f"{HERE}/payments", given)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert not world.said("record_payment")


def test_a_refund_proposes_what_is_left_and_is_only_noted(staff: Any, world: Any) -> None:
    booked(world, paid=PAID | {"refunded_pence": 1000})
    world.payments = ENTRIES
    browser = staff("rita")
    page = browser.get(f"{HERE}/refunds").text
    assert 'value="45.00"' in page
    assert "No money moves here" in page
    given = {"command_id": COMMAND, "amount": "45", "date": "2026-12-02"}
    assert browser.post(f"{HERE}/refunds", given).status_code == 303
    command = {"command_id": COMMAND, "amount_pence": 4500, "refunded_at": "2026-12-02T08:30:00Z"}
    assert world.said("record_refund") == [command]


def test_more_than_was_paid_is_refused_by_the_ledger_beside_the_amount(staff: Any, world: Any) -> None:
    booked(world, paid=PAID)
    world.payments = ENTRIES
    world.refuse["record_refund"] = Refused("invalid", errors={"amount_pence": ["more_than_paid"]})
    given = {"command_id": COMMAND, "amount": "99", "date": "2026-12-02"}
    answer = staff("rita").post(f"{HERE}/refunds", given)
    assert (answer.status_code, answer.text.count("This is more than was paid and not refunded yet.")) == (422, 2)
    assert 'href="#amount"' in answer.text
    assert 'value="99"' in answer.text


@pytest.mark.parametrize("page", ["status", "rules", "payments", "refunds"])
def test_the_auditor_decides_nothing(staff: Any, page: str) -> None:
    assert staff("audrey").get(f"{HERE}/{page}").status_code == 403


@pytest.mark.parametrize("page", ["status", "rules", "payments", "refunds"])
def test_charlie_finds_no_decision_of_another_practice(staff: Any, world: Any, page: str) -> None:
    charlie = staff("charlie", "river-lane")
    assert charlie.get(f"{HERE}/{page}").status_code == 404
    given = SET | rules.as_form(rules.NO_RULES) | {"amount": "5", "method": "cash", "date": "2026-12-02"}
    assert charlie.post(f"{HERE}/{page}", given).status_code == 404
    assert not [name for name, _ in world.calls if name.startswith(("set_", "record_"))]


def test_every_type_has_rules_of_its_own_only(staff: Any, world: Any) -> None:
    settings = {"type_rules": [{"appointment_type_id": str(ASSESSMENT), "rules": {"may_change": False}}]}
    assert rules.rules_of_type(settings, str(FOLLOW_UP)) == rules.NO_RULES
    kept = rules.with_type_rules(settings, str(FOLLOW_UP), rules.NO_RULES | {"may_cancel": True})
    assert [one["appointment_type_id"] for one in kept] == [str(ASSESSMENT), str(FOLLOW_UP)]
    assert rules.with_type_rules(settings, str(ASSESSMENT), rules.NO_RULES) == []
