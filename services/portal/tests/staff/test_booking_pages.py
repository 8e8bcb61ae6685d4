"""Booking: whom, what, when, a check, and the overlap."""

from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused

PAT, BO, TOM, PLACE, FOLLOW_UP, ASSESSMENT, COMMAND = (str(UUID(int=n)) for n in (21, 12, 16, 31, 41, 42, 777))
CHOSEN = {"type": FOLLOW_UP, "clinician": BO, "location": PLACE}
FORM = CHOSEN | {"command_id": COMMAND, "starts_at": "2026-12-03T09:00:00Z"}


def test_the_search_carries_along_what_the_diary_said(staff: Any) -> None:
    page = staff("rita").get("/book", q="okafor", clinician=BO, date="2026-12-02", time="12:00").text
    assert "2 clients found" in page
    assert f"/book/{PAT}?clinician={BO}&amp;date=2026-12-02&amp;time=12:00" in page


def test_nobody_found_is_told(staff: Any) -> None:
    assert "No client was found for “smith”" in staff("rita").get("/book", q="smith").text


def test_the_clinician_of_the_diary_is_chosen_already(staff: Any) -> None:
    page = " ".join(staff("rita").get(f"/book/{PAT}", clinician=BO).text.split())
    assert f'<option value="{BO}" selected>' in page


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"type": ""}, "Choose an appointment type."),
        ({"clinician": "x"}, "Choose a clinician."),
        ({"location": ""}, "Choose a location."),
        ({"type": ASSESSMENT, "clinician": TOM}, "Tom Adeyemi does not offer Assessment."),
    ],
)
def test_what_cannot_be_booked_is_told_beside_its_field(staff: Any, given: dict[str, str], sentence: str) -> None:
    answer = staff("rita").get(f"/book/{PAT}/times", **(CHOSEN | given))
    assert answer.status_code == 422
    assert answer.text.count(sentence) == 2


def test_the_times_page_keeps_the_diarys_time_to_check(staff: Any, world: Any) -> None:
    page = staff("rita").get(f"/book/{PAT}/times", **CHOSEN, date="2026-12-02", time="12:00").text
    assert 'value="12:00"' in page
    (question,) = world.said("offered_times")
    assert (question["clinician"], question["weeks"]) == (BO, 1)


def test_the_check_page_says_everything_and_books_nothing(staff: Any, world: Any) -> None:
    page = " ".join(staff("rita").get(f"/book/{PAT}/check", **CHOSEN, date="2026-12-03", time="9:00").text.split())
    for told in ("Pat Okafor", "Thursday 3 December 2026, 09:00", "40 minutes", "Dr Bo Lindqvist", "Harbour Street"):
        assert told in page
    assert not world.said("book")


def test_booking_leads_to_the_appointment(staff: Any, world: Any) -> None:
    answer = staff("rita").post(f"/book/{PAT}", FORM)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/appointments/{UUID(int=52)}")
    (command,) = world.said("book")
    assert command["appointment_type_id"] == FOLLOW_UP
    assert command["client_id"] == PAT
    assert command["overlap_accepted"] is False


def test_an_overlap_is_asked_about_with_a_new_command(staff: Any, world: Any) -> None:
    world.refuse["book"] = Refused("slot_taken")
    browser = staff("rita")
    answer = browser.post(f"/book/{PAT}", FORM)
    assert answer.status_code == 409
    assert "Overlap and book" in answer.text
    assert COMMAND not in answer.text
    assert browser.post(f"/book/{PAT}", FORM | {"overlap_accepted": "yes"}).status_code == 303
    assert world.said("book")[-1]["overlap_accepted"] is True


def test_an_unknown_type_or_client_that_is_posted_books_nothing(staff: Any, world: Any) -> None:
    browser = staff("rita")
    assert browser.post(f"/book/{PAT}", FORM | {"type": str(UUID(int=1))}).status_code == 422
    assert browser.get(f"/book/{UUID(int=999)}").status_code == 404
    assert not world.said("book")


def test_a_body_that_is_too_large_is_refused(staff: Any) -> None:
    assert staff("rita").post(f"/book/{PAT}", {"type": "x" * 70_000}).status_code == 413
