"""Changing the date and time (F17-F22, F29)."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused
from clinic.portal.domain.appointment import Permission, Window

APPOINTMENT = UUID(int=51)
HOME = f"/p/harbour-street/appointments/{APPOINTMENT}"
CHANGE, CHECK, CONFIRM = f"{HOME}/change", f"{HOME}/change/check", f"{HOME}/change/confirm"
NEW = "2026-12-02T10:20:00Z"
PICK = f"{CHECK}?starts_at={NEW}&revision=1&week=2026-11-30"


def test_four_taps_change_the_time(pat: Any, services: Any) -> None:
    assert f'href="{CHANGE}"' in pat.sees(HOME)
    assert f'value="{NEW}"' in pat.sees(CHANGE)
    page = pat.sees(PICK)
    assert "Thursday 26 November 2026, 10:20am" in page
    assert "Wednesday 2 December 2026, 10:20am" in page
    pat.sends(CONFIRM, message="Work called.\r\nSorry!")
    page = pat.follows()
    assert "Your appointment is now Wednesday 2 December 2026, 10:20am." in page
    assert "calendar.ics" in page
    assert services.messages == ["Work called.\nSorry!"]
    assert "Your appointment is now" not in pat.sees(HOME)


def test_the_picker_preselects_nothing_and_says_what_cannot_change(pat: Any) -> None:
    page = pat.sees(CHANGE)
    assert "checked" not in page
    assert "Currently <strong>Thursday 26 November 2026, 10:20am</strong>" in page
    assert "Only the date and time can be changed here" in page
    assert page.count("<fieldset") == 5
    assert page.count("No free times") == 1
    assert "(first free times)" in page
    assert 'href="' + CHANGE + '?from=2026-12-07"' in page


def test_pressing_continue_without_a_time_asks_for_one(pat: Any) -> None:
    page = pat.sees(f"{CHECK}?revision=1")
    assert pat.status == 422
    assert "<title>Error: Choose a new date and time" in page
    assert 'href="#t202611300900"' in page


@pytest.mark.parametrize("rubbish", ["tomorrow", "2026-12-02T10:20:00", "<b>", "9999999999"])
def test_a_time_that_is_none_asks_for_one(pat: Any, rubbish: str) -> None:
    pat.sees(f"{CHECK}?starts_at={rubbish}&revision=1")
    assert pat.status == 422


def test_the_present_time_is_no_change(pat: Any) -> None:
    page = pat.sees(f"{CHECK}?starts_at=2026-11-26T10:20:00Z&revision=1")
    assert pat.status == 422
    assert "already at that time" in page


def test_the_same_form_posted_twenty_times_changes_once(pat: Any, services: Any) -> None:
    pat.sees(PICK)
    page = pat.page
    for _ in range(20):
        pat.page = page
        pat.sends(CONFIRM, message="once")
        assert pat.page.headers["Location"] == HOME
    assert len(services.done) == 1
    assert services.messages == ["once"]


@pytest.mark.parametrize("code", ["slot_taken", "slot_not_offered"])
def test_a_taken_time_leads_back_to_the_picker_with_the_message_kept(pat: Any, services: Any, code: str) -> None:
    pat.sees(PICK)
    services.refuse_with = Refused(code)
    page = pat.sends(CONFIRM, message="Parking & stairs?")
    assert pat.status == 409
    assert "Choose another time; your message is kept" in page
    assert 'name="message" value="Parking &amp; stairs?"' in page
    services.refuse_with = None
    page = pat.sends(CHECK, starts_at="2026-12-03T09:00:00Z")
    assert ">Parking &amp; stairs?</textarea>" in page
    pat.sends(CONFIRM, message="Parking & stairs?")
    assert "Thursday 3 December 2026, 9am" in pat.follows()


def test_the_message_survives_looking_at_other_weeks(pat: Any, services: Any) -> None:
    pat.sees(PICK)
    services.refuse_with = Refused("slot_taken")
    page = pat.sends(CONFIRM, message="Hello")
    assert re.search(rf'name="from"\s+value="2026-12-07"\s+formaction="{CHANGE}"', page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    given = {"csrf_token": token.group(1) if token else "", "from": "2026-12-07", "message": "Hello"}
    pat.page = pat.browser.post(CHANGE, data=given, base_url="https://portal.example.org")
    assert pat.status == 200
    assert 'name="message" value="Hello"' in pat.text


def test_a_message_that_is_too_long_is_kept_and_nothing_is_changed(pat: Any, services: Any) -> None:
    pat.sees(PICK)
    page = pat.sends(CONFIRM, message="x" * 1001)
    assert pat.status == 422
    assert "must have 1,000 characters or fewer" in page
    assert "x" * 1001 in page
    assert services.done == {}


def test_a_change_by_the_clinic_in_the_meantime_shows_both(pat: Any, services: Any) -> None:
    pat.sees(PICK)
    clinics = replace(
        services.appointments[APPOINTMENT], revision=2, starts_at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    )
    services.appointments[APPOINTMENT] = clinics
    page = pat.sends(CONFIRM, message="Hello")
    assert pat.status == 409
    assert "Friday 27 November 2026, 9am" in page
    assert "Wednesday 2 December 2026, 10:20am" in page
    assert 'name="message" value="Hello"' in page


def test_a_picker_that_is_out_of_date_is_told_before_the_check(pat: Any, services: Any) -> None:
    pat.sees(CHANGE)
    services.appointments[APPOINTMENT] = replace(services.appointments[APPOINTMENT], revision=2)
    assert "changed your appointment in the meantime" in pat.sees(PICK)
    assert pat.status == 409


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("too_late_to_change", 409, "Changes online end 24 hours before the start."),
        ("changes_not_offered", 403, "You cannot change this appointment online"),
        ("clinician_not_available_online", 409, "times are not online at the moment"),
        ("already_cancelled", 409, "This appointment is already cancelled"),
        ("in_the_past", 409, "This appointment is in the past"),
    ],
)
def test_every_refusal_says_why_and_whom_to_call(pat: Any, services: Any, code: str, status: int, told: str) -> None:
    pat.sees(PICK)
    services.refuse_with = Refused(code)
    page = pat.sends(CONFIRM)
    assert pat.status == status
    assert told in page
    assert "0151 496 0182" in page
    assert services.appointments[APPOINTMENT].revision == 1


@pytest.mark.parametrize("code", ["too_late_to_change", "changes_not_offered", "clinician_not_available_online"])
def test_what_may_not_be_changed_has_the_reason_in_place_of_the_button(pat: Any, services: Any, code: str) -> None:
    services.appointments[APPOINTMENT] = replace(services.appointments[APPOINTMENT], may_change=Permission(False, code))
    page = pat.sees(HOME)
    assert "Change date or time" not in page
    assert "Cancel appointment" in page
    assert "Call the clinic on <a " in page
    assert ">0151 496 0182</a>" in page
    pat.sees(CHANGE)
    assert pat.status in {403, 409}
    pat.sees(PICK)
    assert pat.status in {403, 409}


def test_a_window_of_never_reads_as_not_offered(pat: Any, services: Any) -> None:
    services.appointments[APPOINTMENT] = replace(
        services.appointments[APPOINTMENT],
        may_change=Permission(False, "too_late_to_change"),
        edit_window=Window("never", None),
    )
    page = pat.sees(HOME)
    assert "does not offer changes online" in page
    assert "minutes before" not in page


def test_no_free_times_says_how_far_was_looked_and_whom_to_call(pat: Any, services: Any) -> None:
    services.weeks = {None: replace(services.weeks[None], first_week=None, days=())}
    page = pat.sees(CHANGE)
    assert "There are no free times in the next 7 weeks" in page
    assert "0151 496 0182" in page
    assert "Continue" not in page


def test_trouble_keeps_the_form_so_that_it_can_be_sent_again(pat: Any, services: Any) -> None:
    pat.sees(PICK)
    services.silent = True
    page = pat.sends(CONFIRM, message="Hello")
    assert pat.status == 503
    assert "Nothing was changed" in page
    services.silent = False
    pat.sends(CONFIRM)
    assert "Your appointment is now Wednesday 2 December 2026" in pat.follows()
    assert services.messages == ["Hello"]


def test_trouble_without_any_word_of_the_ledger_claims_nothing(pat: Any, services: Any) -> None:
    pat.sees(PICK)
    services.down_for = {"appointment"}
    page = pat.sends(CONFIRM)
    assert pat.status == 503
    assert "We do not know yet whether this was done" in page


@pytest.mark.parametrize("missing", ["command_id", "revision", "starts_at"])
def test_a_form_without_its_hidden_fields_changes_nothing(pat: Any, services: Any, missing: str) -> None:
    pat.sees(PICK)
    pat.sends(CONFIRM, **{missing: "nonsense"})
    assert pat.status == 422
    assert services.done == {}


def test_nothing_but_the_time_can_be_asked_for(pat: Any, services: Any) -> None:
    pat.sees(PICK)
    pat.sends(CONFIRM, clinician_id=str(UUID(int=99)), location_id="x", appointment_type_id="y")
    now = services.appointments[APPOINTMENT]
    assert (now.clinician_id, now.location_id) == (UUID(int=21), UUID(int=31))
    assert now.starts_at == datetime(2026, 12, 2, 10, 20, tzinfo=UTC)


def test_a_video_appointment_says_whose_time_it_is(pat: Any, services: Any) -> None:
    services.appointments[APPOINTMENT] = replace(services.appointments[APPOINTMENT], video=True)
    assert "Thursday 26 November 2026, 10:20am UK time" in pat.sees(HOME)
    assert "Wednesday 2 December 2026, 10:20am UK time" in pat.sees(PICK)


def test_times_are_the_clinics_in_summer_too(pat: Any, services: Any) -> None:
    summer = services.appointments[APPOINTMENT].starts_at + timedelta(days=180)
    services.appointments[APPOINTMENT] = replace(services.appointments[APPOINTMENT], starts_at=summer)
    assert "11:20am" in pat.sees(HOME)


def test_the_calendar_file_carries_the_revision_and_nothing_of_the_speciality(pat: Any) -> None:
    text = pat.sees(f"{HOME}/calendar.ics")
    assert pat.page.content_type.startswith("text/calendar")
    assert f"UID:{APPOINTMENT}@harbour-street.clinic-portal" in text.replace("\r\n ", "")
    assert "SEQUENCE:1" in text
    assert "physiotherapy," not in text.lower()
    assert "Follow-up" not in text
