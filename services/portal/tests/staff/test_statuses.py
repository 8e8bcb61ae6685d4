"""The list of statuses as a form: added, renamed, removed; which one a booking and a cancellation set (F25, F26)."""

from typing import Any

import pytest

from clinic.portal.application.staff.statuses import as_form, named, read_form

SETTINGS: dict[str, Any] = {
    "statuses": [
        {"code": "booked", "name": "Booked", "attending": True, "client_wording": "Booked"},
        {"code": "off", "name": "Cancelled online", "attending": False, "client_wording": "Cancelled"},
        {"code": "arrived", "name": "Arrived", "attending": True, "client_wording": "Booked"},
    ],
    "booked_status": "booked",
    "cancellation_status": "off",
}
FORM = as_form(SETTINGS)


def test_the_form_reads_as_the_settings_that_it_was_made_of() -> None:
    read = read_form(FORM)
    assert (read.settings, read.errors) == (SETTINGS, {})


def test_a_new_status_gets_a_code_from_its_name_and_an_empty_row_is_ignored() -> None:
    read = read_form(
        FORM
        | {
            "status-3-name": "Waiting – Room 1",
            "status-3-client_wording": "Booked",
            "status-3-attending": "on",
            "status-4-name": "",
            "status-4-client_wording": "",
        }
    )
    assert read.errors == {}
    assert [status["code"] for status in read.settings["statuses"]] == ["booked", "off", "arrived", "waiting_room_1"]


def test_a_new_status_never_takes_the_code_of_another() -> None:
    read = read_form(FORM | {"status-3-name": "Booked!", "status-3-client_wording": "Booked"})
    assert read.settings["statuses"][-1]["code"] == "booked_2"


def test_a_renamed_status_keeps_its_code() -> None:
    read = read_form(FORM | {"status-0-name": "Confirmed"})
    assert (read.settings["statuses"][0]["code"], read.settings["statuses"][0]["name"]) == ("booked", "Confirmed")


def test_a_removed_status_is_gone() -> None:
    read = read_form(FORM | {"status-2-remove": "on"})
    assert read.errors == {}
    assert [status["code"] for status in read.settings["statuses"]] == ["booked", "off"]


@pytest.mark.parametrize("row", ["0", "1"])
def test_a_status_that_a_booking_or_a_cancellation_sets_is_not_removed(row: str) -> None:
    assert set(read_form(FORM | {f"status-{row}-remove": "on"}).errors) == {f"status-{row}-remove"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cancellation_status": "arrived"}, "cancellation_status"),
        ({"booked_status": "off"}, "booked_status"),
        ({"booked_status": "gone"}, "booked_status"),
        ({"status-1-attending": "on"}, "cancellation_status"),
        ({"status-0-client_wording": " "}, "status-0-client_wording"),
        ({"status-0-name": "x" * 61}, "status-0-name"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(changes: dict[str, str], field: str) -> None:
    assert set(read_form(FORM | changes).errors) == {field}


def test_a_new_status_can_be_chosen_once_it_has_its_code() -> None:
    form = FORM | {"status-3-code": "", "status-3-name": "New", "status-3-client_wording": "New"}
    assert [code for code, _ in named(form)] == ["booked", "off", "arrived"]


def test_a_status_whose_name_was_emptied_stays_chosen() -> None:
    assert ("booked", "booked") in named(FORM | {"status-0-name": " "})
