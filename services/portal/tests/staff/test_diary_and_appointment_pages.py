"""The diary, an appointment's details, moving and cancelling it."""

from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused

BOOKED, CANCELLED, BO, COMMAND = (str(UUID(int=number)) for number in (52, 53, 12, 777))
HERE = f"/appointments/{BOOKED}"


def words(answer: Any) -> str:
    return " ".join(answer.text.split())


def test_the_diary_shows_each_clinician_with_whole_entries(staff: Any) -> None:
    page = words(staff("olga").get("/diary"))
    assert "Diary, today" in page
    assert 'id="clinician-' in page
    for told in ("Dr Bo Lindqvist", "Tom Adeyemi", "10:20–11:00", "Pat Okafor", "Follow-up physiotherapy"):
        assert told in page
    assert "14:00–14:40 Pat Okafor" in page
    assert "style=" not in page


def test_the_diary_asks_for_exactly_its_local_day(staff: Any, world: Any) -> None:
    staff("olga").get("/diary", date="2026-10-25")
    assert world.said("diary") == [("2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z")]


def test_the_diary_joins_all_names_in_one_call(staff: Any, world: Any) -> None:
    staff("olga").get("/diary")
    assert len(world.said("names")) == 1


def test_every_entry_leads_to_its_details_move_cancel_and_status(staff: Any) -> None:
    page = staff("rita").get("/diary").text
    for ending in ("", "/move", "/cancel", "/status"):
        assert f'href="/p/harbour-street{HERE}{ending}"' in page
    assert "/status" not in staff("audrey").get("/diary").text


def test_the_week_is_that_of_the_signed_in_clinician_until_another_is_chosen(staff: Any, world: Any) -> None:
    page = words(staff("bo").get("/diary/week"))
    assert "Week of Dr Bo Lindqvist, this week" in page
    assert "Mon 30 Nov to Sun 6 Dec 2026" in page
    assert world.said("diary") == [("2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z")]
    assert "10:20–11:00" in page
    other = words(staff("bo").get("/diary/week", clinician=str(UUID(int=16)), date="2026-12-09"))
    assert "Week of Tom Adeyemi" in other
    assert "Mon 7 Dec to Sun 13 Dec 2026" in other
    assert "date=2026-12-02" in other
    assert "date=2026-12-16" in other


def test_a_week_starts_on_the_practices_first_day(staff: Any, world: Any) -> None:
    world.catalogue["first_day_of_week"] = 6
    assert "Sun 29 Nov to Sat 5 Dec 2026" in staff("rita").get("/diary/week").text


def test_an_empty_slot_of_the_week_leads_to_booking_it_on_its_day(staff: Any) -> None:
    page = staff("rita").get("/diary/week", clinician=BO).text
    assert f"/book?clinician={BO}&amp;date=2026-12-04&amp;time=08:00" in page
    assert "date=2026-12-01&amp;time" not in page


def test_a_wrong_date_of_a_week_is_told_and_a_clinician_of_nobody_is_the_first(staff: Any) -> None:
    answer = staff("rita").get("/diary/week", date="soon", clinician=COMMAND)
    assert (answer.status_code, "Enter a date" in answer.text) == (422, True)
    assert "Week of Dr Bo Lindqvist" in words(answer)


def test_a_free_time_leads_to_booking_it(staff: Any) -> None:
    page = staff("olga").get("/diary").text
    assert f"/book?clinician={BO}&amp;date=2026-12-02&amp;time=12:00" in page


def test_a_wrong_date_is_told_and_today_is_shown(staff: Any) -> None:
    answer = staff("olga").get("/diary", date="31/6/2026")
    assert answer.status_code == 422
    assert "Enter a date" in answer.text
    assert "Wednesday 2 December 2026" in answer.text


def test_the_number_of_unread_notifications_stands_in_the_links_text(staff: Any, world: Any) -> None:
    assert "Notifications (1 unread)" in staff("bo").get("/diary").text
    world.down = {"alerts"}
    answer = staff("bo").get("/diary")
    assert answer.status_code == 200
    assert "unread" not in answer.text


def test_the_details_tell_the_history_newest_first(staff: Any, world: Any) -> None:
    page = words(staff("olga").get(HERE))
    assert "Wednesday 2 December 2026, 10:20" in page
    changed, booked = page.index("Pat Okafor moved it from"), page.index("Olga Novak booked it with Dr Bo Lindqvist")
    assert changed < booked
    assert "by Pat Okafor, client portal" in page
    assert "Read message" in page
    assert world.said("history") == [9]


def test_a_cancelled_appointment_offers_neither_move_nor_cancel(staff: Any) -> None:
    page = staff("olga").get(f"/appointments/{CANCELLED}").text
    assert "Cancelled by client" in page
    for button in (">Move<", "Cancel appointment", "Send confirmation"):
        assert button not in page


def test_the_confirmation_is_sent_once_per_rendered_button(staff: Any, world: Any) -> None:
    browser = staff("olga")
    answer = browser.post(f"{HERE}/confirmation", {"command_id": COMMAND})
    assert answer.status_code == 303
    assert "The confirmation goes to the client if they have opted in to messages." in browser.get(HERE).text
    assert world.said("send_confirmation") == [UUID(BOOKED)]


def test_a_confirmation_that_is_refused_says_why_on_the_page(staff: Any, world: Any) -> None:
    world.refuse["send_confirmation"] = Refused("not_opted_in")
    answer = staff("olga").post(f"{HERE}/confirmation", {"command_id": COMMAND})
    assert (answer.status_code, "has not opted in" in answer.text) == (409, True)


def test_the_picker_offers_the_week_and_any_other_time(staff: Any, world: Any) -> None:
    page = words(staff("olga").get(f"{HERE}/move"))
    assert "Monday 7 December to Sunday 13 December 2026" in page
    assert "No free times" in page
    assert "Any other date and time" in page
    assert "checked" not in page
    (question,) = world.said("offered_times")
    assert (question["exclude"], question["from"], question["duration"]) == (BOOKED, "first", 40)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose a time."),
        ({"starts_at": "tomorrow"}, "Choose a time."),
        ({"date": "2026-12-03", "time": "25:00"}, "Enter a time in 24 hours"),
        ({"date": "", "time": "9:00"}, "Enter a date"),
        ({"date": "2027-03-28", "time": "1:30"}, "does not exist on that day"),
    ],
)
def test_a_choice_that_is_none_leads_back_with_the_entries(staff: Any, typed: dict[str, str], sentence: str) -> None:
    answer = staff("olga").get(f"{HERE}/move/check", **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    if typed.get("time"):
        assert f'value="{typed["time"]}"' in answer.text


def test_the_check_page_shows_old_and_new_and_changes_nothing(staff: Any, world: Any) -> None:
    page = words(staff("olga").get(f"{HERE}/move/check", date="2026-12-03", time="0905"))
    assert "Wednesday 2 December 2026, 10:20" in page
    assert "Thursday 3 December 2026, 09:05" in page
    assert 'name="starts_at" value="2026-12-03T09:05:00Z"' in page
    assert not world.said("reschedule")


MOVE = {"command_id": COMMAND, "revision": "2", "starts_at": "2026-12-03T09:05:00Z"}


def test_moving_sends_the_revision_that_was_seen(staff: Any, world: Any) -> None:
    browser = staff("rita")
    assert browser.post(f"{HERE}/move", MOVE).status_code == 303
    assert world.said("reschedule") == [MOVE | {"revision": 2, "overlap_accepted": False}]
    assert "The appointment has its new time." in browser.get(HERE).text


def test_an_overlap_is_asked_about_and_then_sent_knowingly_as_another_command(staff: Any, world: Any) -> None:
    world.refuse["reschedule"] = Refused("slot_taken")
    browser = staff("rita")
    answer = browser.post(f"{HERE}/move", MOVE)
    assert answer.status_code == 409
    assert "Overlap another appointment?" in answer.text
    assert 'name="overlap_accepted" value="yes"' in answer.text
    assert COMMAND not in answer.text
    assert browser.post(f"{HERE}/move", MOVE | {"overlap_accepted": "yes"}).status_code == 303
    assert [one["overlap_accepted"] for one in world.said("reschedule")] == [False, True]


def test_a_change_by_somebody_else_is_shown_with_both_times(staff: Any, world: Any) -> None:
    world.refuse["reschedule"] = Refused("changed_meanwhile")
    answer = staff("rita").post(f"{HERE}/move", MOVE | {"revision": "1"})
    assert answer.status_code == 409
    page = words(answer)
    assert "It is now" in page
    assert "Thursday 3 December 2026, 09:05" in page
    assert 'name="revision" value="2"' in page


@pytest.mark.parametrize("broken", [{"revision": "two"}, {"command_id": "x"}, {"starts_at": ""}])
def test_a_form_that_was_tampered_with_moves_nothing(staff: Any, world: Any, broken: dict[str, str]) -> None:
    assert staff("rita").post(f"{HERE}/move", MOVE | broken).status_code == 422
    assert not world.said("reschedule")


def test_cancelling_asks_first_and_then_cancels(staff: Any, world: Any) -> None:
    browser = staff("bo")
    assert "Cancel this appointment?" in browser.get(f"{HERE}/cancel").text
    assert not world.said("cancel")
    assert browser.post(f"{HERE}/cancel", {"command_id": COMMAND, "revision": "2"}).status_code == 303
    assert world.said("cancel") == [{"command_id": COMMAND, "revision": 2}]


def test_cancelling_what_is_cancelled_already_says_so(staff: Any, world: Any) -> None:
    world.refuse["cancel"] = Refused("already_cancelled")
    answer = staff("bo").post(f"{HERE}/cancel", {"command_id": COMMAND, "revision": "2"})
    assert (answer.status_code, "has been cancelled already" in answer.text) == (409, True)


def test_service_trouble_says_that_nothing_was_changed(staff: Any, world: Any) -> None:
    world.down = {"reschedule"}
    answer = staff("bo").post(f"{HERE}/move", MOVE)
    assert (answer.status_code, "Nothing was changed." in answer.text) == (503, True)
