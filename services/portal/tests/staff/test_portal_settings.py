"""Portal settings: form and settings say the same, refusals stand beside their field, the example is true."""

from typing import Any

import pytest

from clinic.portal.application.staff import statuses
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.portal_settings import as_form, read_form, to_send
from clinic.portal.application.staff.windows import split_window

SETTINGS: dict[str, Any] = {
    "version": 3,
    "policy_text_version": 1,
    "online_booking_edition": "v2",
    "online_booking_on": True,
    "online_booking_off_text": "",
    "portal_on": True,
    "portal_off_text": "Please phone us.",
    "may_view_upcoming": True,
    "may_view_previous": False,
    "may_change": True,
    "may_cancel": True,
    "may_leave_message": True,
    "edit_window": {"kind": "minutes", "minutes": 1440},
    "cancellation_window": {"kind": "never", "minutes": 0},
    "statuses": [
        {"code": "booked", "name": "Booked", "attending": True, "client_wording": "Booked"},
        {"code": "off", "name": "Cancelled online", "attending": False, "client_wording": "Cancelled"},
    ],
    "booked_status": "booked",
    "cancellation_status": "off",
    "policy_text": "Line one\nLine two",
    "online_payments_on": True,
    "type_rules": [],
}


def test_the_form_of_some_settings_reads_as_these_settings() -> None:
    read = read_form(as_form(SETTINGS))
    assert read.errors == {}
    listed = statuses.read_form(statuses.as_form(SETTINGS))
    assert listed.errors == {}
    sent = set(SETTINGS) - {"version", "policy_text_version"}
    assert {**read.settings, **listed.settings, "type_rules": []} == {key: SETTINGS[key] for key in sent}


def test_a_page_sends_its_own_part_with_everything_else_as_it_is() -> None:
    sent = to_send(SETTINGS, {"policy_text": "Another"})
    assert sent == {key: SETTINGS[key] for key in SETTINGS if key not in {"version", "policy_text_version"}} | {
        "policy_text": "Another"
    }


def test_a_portal_without_its_edition_is_refused_beside_the_switch() -> None:
    errors = read_form(as_form(SETTINGS) | {"online_booking_edition": "classic"}).errors
    assert set(errors) == {"portal_on"}


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1440, ("24", "hours")), (2880, ("2", "days")), (90, ("90", "minutes")), (120, ("2", "hours"))],
)
def test_a_window_is_shown_in_its_largest_whole_unit(minutes: int, said: tuple[str, str]) -> None:
    assert split_window({"kind": "minutes", "minutes": minutes})[1:] == said


@pytest.mark.parametrize("number", ["", "0", "-1", "1.5", "ten", "366", "99999999", "²"])
def test_a_window_without_a_usable_number_is_refused_beside_it(number: str) -> None:
    form = as_form(SETTINGS) | {"edit_window_number": number, "edit_window_unit": "days"}
    assert set(read_form(form).errors) == {"edit_window"}


def test_a_text_that_is_too_long_is_refused_with_its_length() -> None:
    assert "5,001" in read_form(as_form(SETTINGS) | {"policy_text": "x" * 5001}).errors["policy_text"]


def test_the_ledgers_refusal_is_told_beside_its_field() -> None:
    facts = {"errors": {"cancellation_status": ["needs another status."], "edit_window": {"minutes": ["too long"]}}}
    assert told_errors(facts) == {"cancellation_status": "Needs another status.", "edit_window": "Too long"}
