"""Portal settings: form and settings say the same, refusals stand beside their field, the example is true."""

from typing import Any

import pytest

from clinic.portal.application.staff.portal_settings import (
    as_form,
    read_form,
    split_window,
    told_errors,
    worked_example,
)

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
}


def test_the_form_of_some_settings_reads_as_these_settings() -> None:
    read = read_form(as_form(SETTINGS))
    assert read.errors == {}
    assert read.settings == {key: SETTINGS[key] for key in SETTINGS if key not in {"version", "policy_text_version"}}


def test_the_example_of_the_design_is_said_word_for_word() -> None:
    assert worked_example(SETTINGS) == (
        "A client with an appointment on Friday 10:00 can change it until Thursday 10:00; cannot cancel online."
    )


@pytest.mark.parametrize(
    ("minutes", "until"),
    [(90, "Friday 08:30"), (660, "Thursday 23:00"), (2880, "Wednesday 10:00"), (10080, "Friday 10:00, 7 days before")],
)
def test_the_example_counts_back_from_friday_at_ten(minutes: int, until: str) -> None:
    settings = SETTINGS | {"edit_window": {"kind": "minutes", "minutes": minutes}}
    assert f"can change it until {until};" in worked_example(settings)


def test_always_lasts_until_the_start_and_an_ability_that_is_off_says_so() -> None:
    settings = SETTINGS | {"cancellation_window": {"kind": "always", "minutes": 0}, "may_change": False}
    assert worked_example(settings).endswith("cannot change it online; can cancel until it starts.")


def test_a_portal_that_is_off_lets_nobody_do_anything() -> None:
    assert worked_example(SETTINGS | {"portal_on": False}).startswith("The portal is off")
    assert worked_example(SETTINGS | {"online_booking_edition": "classic"}).startswith("The portal is off")


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


def test_a_new_status_gets_a_code_from_its_name_and_an_empty_row_is_ignored() -> None:
    form = as_form(SETTINGS) | {
        "status-2-name": "Waiting – Room 1",
        "status-2-client_wording": "Booked",
        "status-2-attending": "on",
        "status-3-name": "",
        "status-3-client_wording": "",
    }
    read = read_form(form)
    assert read.errors == {}
    assert [status["code"] for status in read.settings["statuses"]] == ["booked", "off", "waiting_room_1"]


def test_a_status_without_wording_is_refused_beside_its_field() -> None:
    form = as_form(SETTINGS) | {"status-0-client_wording": " "}
    assert set(read_form(form).errors) == {"status-0-client_wording"}


def test_a_text_that_is_too_long_is_refused_with_its_length() -> None:
    assert "5,001" in read_form(as_form(SETTINGS) | {"policy_text": "x" * 5001}).errors["policy_text"]


def test_the_ledgers_refusal_is_told_beside_its_field() -> None:
    facts = {"errors": {"cancellation_status": ["needs another status."], "edit_window": {"minutes": ["too long"]}}}
    assert told_errors(facts) == {"cancellation_status": "Needs another status.", "edit_window": "Too long"}
