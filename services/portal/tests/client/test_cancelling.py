"""Cancelling (F24-F29)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused
from clinic.portal.domain.appointment import Paid, Permission, Window

APPOINTMENT = UUID(int=51)
HOME = f"/p/harbour-street/appointments/{APPOINTMENT}"
CANCEL = f"{HOME}/cancel"


def test_two_taps_cancel_after_the_policy_was_shown(pat: Any, services: Any) -> None:
    assert f'href="{CANCEL}"' in pat.sees(HOME)
    page = pat.sees(CANCEL)
    assert "Later cancellations are charged in full." in page
    assert "Keep it" in page
    pat.sends(CANCEL, message="Feeling better")
    page = pat.follows()
    assert "Your appointment is cancelled" in page
    assert '<strong class="app-status">Cancelled</strong>' in page
    assert "Change date or time" not in page
    assert services.messages == ["Feeling better"]


def test_looking_at_the_page_cancels_nothing(pat: Any, services: Any) -> None:
    pat.sees(CANCEL)
    pat.browser.head(CANCEL, base_url="https://portal.example.org")
    assert services.done == {}


@pytest.mark.parametrize(
    ("paid", "told"),
    [
        (Paid(4500, 0, "GBP"), "<strong>Paid £45.00.</strong>"),
        (Paid(4500, 1500, "GBP"), "<strong>Paid £45.00, of which £15.00 was refunded.</strong>"),
        (Paid(4500, 4500, "GBP"), None),
        (None, None),
    ],
)
def test_who_has_paid_reads_before_cancelling_that_the_clinic_decides_about_a_refund(
    pat: Any, services: Any, paid: Paid | None, told: str | None
) -> None:
    services.appointments[APPOINTMENT] = replace(services.appointments[APPOINTMENT], paid=paid)
    page = pat.sees(CANCEL)
    assert ("for the clinic to decide" in page) == (told is not None)
    assert told is None or told in page


def test_the_same_form_posted_twice_cancels_once(pat: Any, services: Any) -> None:
    pat.sees(CANCEL)
    page = pat.page
    for _ in range(2):
        pat.page = page
        pat.sends(CANCEL)
        assert "Your appointment is cancelled" in pat.follows()
    assert len(services.done) == 1


def test_a_move_by_the_clinic_in_the_meantime_shows_both_and_keeps_the_message(pat: Any, services: Any) -> None:
    pat.sees(CANCEL)
    now = services.appointments[APPOINTMENT]
    services.appointments[APPOINTMENT] = replace(now, revision=2, starts_at=now.starts_at.replace(day=27))
    page = pat.sends(CANCEL, message="Sorry")
    assert pat.status == 409
    assert "It was Thursday 26 November 2026, 10:20am" in page
    assert "Friday 27 November 2026, 10:20am" in page
    assert ">Sorry</textarea>" in page
    pat.sends(CANCEL, message="Sorry")
    assert "Your appointment is cancelled" in pat.follows()


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("too_late_to_cancel", 409, "Cancellations online end 24 hours before the start."),
        ("cancellations_not_offered", 403, "You cannot cancel this appointment online"),
        ("already_cancelled", 409, "This appointment is already cancelled"),
        ("in_the_past", 409, "This appointment is in the past"),
        ("messages_not_offered", 403, "does not take messages here"),
    ],
)
def test_every_refusal_says_why_and_whom_to_call(pat: Any, services: Any, code: str, status: int, told: str) -> None:
    pat.sees(CANCEL)
    services.refuse_with = Refused(code)
    page = pat.sends(CANCEL)
    assert pat.status == status
    assert told in page
    assert "0151 496 0182" in page
    assert not services.appointments[APPOINTMENT].cancelled


def test_no_cancellation_online_at_all_but_changes_until_the_day_before(pat: Any, services: Any) -> None:
    services.appointments[APPOINTMENT] = replace(
        services.appointments[APPOINTMENT],
        may_cancel=Permission(False, "too_late_to_cancel"),
        cancellation_window=Window("never", None),
    )
    page = pat.sees(HOME)
    assert "Change date or time" in page
    assert "You cannot cancel this appointment online" in page
    pat.sees(CANCEL)
    assert pat.status == 409
    assert "<textarea" not in pat.text


def test_a_cancellation_whose_answer_was_lost_is_told_as_done(pat: Any, services: Any) -> None:
    pat.sees(CANCEL)
    services.silent = True
    pat.sends(CANCEL)
    assert "Your appointment is cancelled" in pat.follows()


def test_a_message_that_is_too_long_is_kept_and_nothing_is_cancelled(pat: Any, services: Any) -> None:
    pat.sees(CANCEL)
    page = pat.sends(CANCEL, message="y" * 1001)
    assert pat.status == 422
    assert "y" * 1001 in page
    assert services.done == {}


def test_without_the_ability_there_is_no_message_box(pat: Any, services: Any) -> None:
    services.appointments[APPOINTMENT] = replace(services.appointments[APPOINTMENT], may_leave_message=False)
    assert "<textarea" not in pat.sees(CANCEL)


def test_the_policy_and_the_names_are_text_and_never_markup(pat: Any, services: Any) -> None:
    services.appointments[APPOINTMENT] = replace(
        services.appointments[APPOINTMENT], policy_text="<script>alert(1)</script>", status_for_client="<b>x</b>"
    )
    assert "<script" not in pat.sees(CANCEL)


def test_portal_off_is_the_practices_text(pat: Any, services: Any) -> None:
    pat.sees(CANCEL)
    services.refuse_with = Refused("portal_off", off_text="Closed for the move.")
    assert "Closed for the move." in pat.sends(CANCEL)
    assert pat.status == 403


def test_a_session_that_ended_under_the_form_says_how_to_come_back(pat: Any, services: Any) -> None:
    pat.sees(CANCEL)
    services.sessions.clear()
    assert "You have been signed out" in pat.sends(CANCEL)
    assert pat.status == 403
    assert services.done == {}
