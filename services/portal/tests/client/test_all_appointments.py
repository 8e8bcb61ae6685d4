"""The full portal's list (F1, F9, F29, F34)."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from clinic.kernel.errors import Refused
from clinic.portal.domain.appointment import Paid, Permission

from .cast import APPOINTMENT, CHARLIE, OTHER_APPOINTMENT, an_appointment, an_id

LIST = "/p/harbour-street/appointments"


def cards(page: str, part: str) -> list[str]:
    """The words of each card of one part."""
    section = page.partition(f'<section id="{part}"')[2].partition("</section>")[0]
    found = re.findall(r"<article\b.*?</article>", section, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", card)).split()) for card in found]


@pytest.fixture
def visits(services: Any) -> Any:
    """Two to come, in the wrong order; a past and a cancelled one; one of Charlie's."""
    first = an_appointment(paid=Paid(4500, 1500, "GBP"))
    video = an_appointment(id=OTHER_APPOINTMENT, starts_at=first.starts_at + timedelta(days=2), video=True)
    no = Permission(False, "in_the_past")
    past = {"may_change": no, "may_cancel": no}
    days = {number: first.starts_at - timedelta(days=number) for number in (30, 20)}
    services.appointments = {
        each.id: each
        for each in (
            video,
            first,
            an_appointment(id=an_id(71), starts_at=days[30], past=True, status_for_client="Attended", **past),
            an_appointment(id=an_id(72), starts_at=days[20], cancelled=True, status_for_client="Cancelled", **past),
            an_appointment(id=an_id(59), client_id=CHARLIE.id, status_for_client="Charlie’s"),
        )
    }
    return services


def test_upcoming_is_soonest_first_and_previous_newest_first(full: Any, visits: Any) -> None:
    page = full.sees(LIST)
    first, second = cards(page, "upcoming")
    assert first.startswith(
        "Thursday 26 November 2026, 10:20am Follow-up physiotherapy, 40 minutes Priya Nair · Harbour"
    )
    assert "Booked Paid £45.00, of which £15.00 was refunded" in first
    assert "By video" in second
    assert "10:20am UK time" in second
    assert "L1 4AB" not in second
    cancelled, attended = cards(page, "previous")
    assert cancelled.startswith("Friday 6 November 2026")
    assert cancelled.endswith("Cancelled")
    assert attended.startswith("Tuesday 27 October 2026")
    assert attended.endswith("Attended")
    assert "Change" not in cancelled + attended
    assert "Charlie" not in page


def test_each_card_leads_to_its_own_pages(full: Any, visits: Any) -> None:
    page = full.sees(LIST)
    for rest in ("", "/change", "/cancel"):
        assert f'href="{LIST}/{APPOINTMENT}{rest}"' in page
    assert f'href="{LIST}/{an_id(71)}"' in page
    assert f'href="{LIST}/{an_id(71)}/change"' not in page
    assert "Change date or time of Thursday 26 November 2026, 10:20am" in cards(page, "upcoming")[0]


def test_who_is_signed_in_until_when_and_how_to_sign_out(full: Any, visits: Any) -> None:
    page = full.sees(LIST)
    assert "Signed in for <strong>Pat</strong>" in page
    assert "You will be signed out at 3pm" in page
    assert "this appointment only" not in page
    assert "Switch person" not in page
    full.sends("/p/harbour-street/sign-out")
    assert "You have signed out" in full.follows()
    full.sees(LIST)
    assert full.status == 403


def test_what_cannot_be_done_is_said_in_short_with_the_number(full: Any, visits: Any) -> None:
    visits.appointments[APPOINTMENT] = replace(
        visits.appointments[APPOINTMENT],
        may_change=Permission(False, "too_late_to_change"),
        may_cancel=Permission(False, "too_late_to_cancel"),
    )
    first = cards(full.sees(LIST), "upcoming")[0]
    assert "It is too late to change or cancel this appointment online. Call the clinic on" in first
    assert first.count("0151 496 0182") == 1
    assert "Change date or time" not in first


def test_one_of_two_things_can_be_done(full: Any, visits: Any) -> None:
    visits.appointments[APPOINTMENT] = replace(
        visits.appointments[APPOINTMENT], may_cancel=Permission(False, "cancellations_not_offered")
    )
    first = cards(full.sees(LIST), "upcoming")[0]
    assert "Change date or time" in first
    assert "Cancel appointment" not in first
    assert "You cannot cancel this appointment online. Call the clinic on 0151 496 0182" in first


def test_the_number_can_be_tapped(full: Any, visits: Any) -> None:
    visits.appointments[APPOINTMENT] = replace(
        visits.appointments[APPOINTMENT], may_change=Permission(False, "too_late_to_change")
    )
    called = '<a class="govuk-link app-phone" href="tel:01514960182">0151 496 0182</a>'
    for path in (LIST, f"{LIST}/{APPOINTMENT}", f"{LIST}/{APPOINTMENT}/change"):
        assert called in full.sees(path)


def test_a_number_is_text_and_never_markup(full: Any, services: Any) -> None:
    services.appointments = {}
    evil = replace(services.sessions["sign-in-secret"].practice, phone='"><script>alert(1)</script>')
    services.sessions["sign-in-secret"] = replace(services.sessions["sign-in-secret"], practice=evil)
    page = full.sees(LIST)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("hidden", [{"upcoming"}, {"previous"}, {"upcoming", "previous"}])
def test_a_part_that_the_practice_does_not_show_is_not_there(full: Any, visits: Any, hidden: set[str]) -> None:
    visits.hidden = hidden
    page = full.sees(LIST)
    assert full.status == 200
    for part in ("upcoming", "previous"):
        assert bool(cards(page, part)) == (part not in hidden)
        assert (f"The clinic does not show {part} appointments here" in page) == (part in hidden)


def test_no_appointments_are_said_in_words(full: Any, services: Any) -> None:
    services.appointments = {}
    page = full.sees(LIST)
    assert "You have no upcoming appointments. To book one, contact the clinic: call <a " in page
    assert "You have no previous appointments." in page
    assert "user_names" not in services.calls


@pytest.fixture
def many(services: Any) -> Any:
    """45 past ones and one to come."""
    for number in range(45):
        starts_at = an_appointment().starts_at - timedelta(days=number + 10)
        one = an_appointment(id=an_id(200 + number), starts_at=starts_at, past=True, status_for_client=f"No {number}.")
        services.appointments[one.id] = one
    del services.appointments[OTHER_APPOINTMENT]
    return services


def test_previous_ones_turn_their_pages_while_upcoming_stays(full: Any, many: Any) -> None:
    page = full.sees(LIST)
    assert "Page 1 of 3" in page
    assert "Newer</a>" not in page
    seen = []
    for _ in range(3):
        assert len(cards(full.text, "upcoming")) == 1
        seen += cards(full.text, "previous")
        older = re.search(r'href="([^"]+)">Older</a>', full.text)
        if older:
            assert older[1].endswith("#previous")
            full.sees(unescape(older[1]))
    assert "Page 3 of 3" in full.text
    assert [card.rpartition("No ")[2] for card in seen] == [f"{number}." for number in range(45)]


def test_turning_one_parts_pages_keeps_the_others(full: Any, many: Any) -> None:
    for number in range(25):
        one = an_appointment(id=an_id(300 + number), starts_at=an_appointment().starts_at + timedelta(days=number))
        many.appointments[one.id] = one
    page = full.sees(f"{LIST}?upcoming=2&previous=2")
    assert f'href="{LIST}?previous=3&amp;upcoming=2#previous"' in page
    assert f'href="{LIST}?upcoming=1&amp;previous=2#upcoming"' in page


@pytest.mark.parametrize("asked", ["0", "-1", "x", "", "٣", "1.5", "99999999999999999999", "2;drop"])
def test_what_is_no_page_is_the_first(full: Any, many: Any, asked: str) -> None:
    assert "Page 1 of 3" in full.sees(f"{LIST}?previous={asked}&upcoming={asked}")
    assert full.status == 200


def test_a_page_past_the_last_is_the_last(full: Any, many: Any) -> None:
    assert "Page 3 of 3" in full.sees(f"{LIST}?previous=9999")
    assert len(cards(full.text, "previous")) == 5


def test_names_and_places_are_asked_for_once(full: Any, many: Any) -> None:
    full.sees(LIST)
    assert many.calls.count("catalogue") == 1
    assert "user_names" not in many.calls


def test_clinicians_without_a_display_name_are_asked_for_in_one_call(full: Any, many: Any) -> None:
    many.display_name = ""
    assert "Priya N. · Harbour Street" in cards(full.sees(LIST), "previous")[0]
    assert many.calls.count("user_names") == 1


def test_a_full_list_stays_light(full: Any, many: Any) -> None:
    assert len(full.sees(LIST).encode()) < 22_000


def test_from_the_list_a_change_comes_back_with_success_and_the_list_shows_it(full: Any, visits: Any) -> None:
    home = f"{LIST}/{APPOINTMENT}"
    full.sees(f"{home}/change/check?starts_at=2026-12-02T10:20:00Z&revision=1")
    full.sends(f"{home}/change/confirm")
    page = full.follows()
    assert "Your appointment is now Wednesday 2 December 2026, 10:20am" in page
    assert f'href="{LIST}">All your appointments</a>' in page
    assert "Wednesday 2 December 2026, 10:20am" in cards(full.sees(LIST), "upcoming")[1]


def test_from_the_list_a_cancellation_moves_it_to_previous(full: Any, visits: Any) -> None:
    full.sees(f"{LIST}/{APPOINTMENT}/cancel")
    full.sends(f"{LIST}/{APPOINTMENT}/cancel")
    assert "Your appointment is cancelled" in full.follows()
    page = full.sees(LIST)
    assert len(cards(page, "upcoming")) == 1
    assert cards(page, "previous")[0].startswith("Thursday 26 November 2026")


def test_the_appointments_page_says_what_was_paid(full: Any, visits: Any) -> None:
    assert "Paid £45.00, of which £15.00 was refunded" in full.sees(f"{LIST}/{APPOINTMENT}")
    assert "Paid" not in full.sees(f"{LIST}/{OTHER_APPOINTMENT}")


def test_a_session_for_one_appointment_reaches_no_list(pat: Any, services: Any) -> None:
    pat.sees(LIST)
    assert pat.status == 404
    assert not [call for call in services.calls if call.startswith("list")]


@pytest.mark.parametrize(
    ("secret", "status"), [("charlies-full-secret", 200), ("rivers-full-secret", 404), (None, 403)]
)
def test_charlie_and_nobody_see_nothing_of_it(visitor: Any, visits: Any, secret: str | None, status: int) -> None:
    if secret:
        visitor.holds(secret)
    page = visitor.sees(LIST)
    assert visitor.status == status
    assert "Pat" not in page
    assert "26 November 2026, 10:20am UK time" not in page
    assert "Paid" not in page
    assert str(APPOINTMENT) not in page


def test_trouble_with_the_ledger_has_its_page(full: Any, services: Any) -> None:
    services.down_for = {"list previous 1"}
    assert "Nothing was changed" in full.sees(LIST)
    assert full.status == 503


def test_a_portal_switched_off_meanwhile_shows_the_practices_text(
    full: Any, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise Refused("portal_off", off_text="Closed for the move.")

    monkeypatch.setattr(services, "client_list", refuse)
    assert "Closed for the move." in full.sees(LIST)
    assert full.status == 403


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "{{7*7}}", "&lt;b&gt;", "a'b"]
)
def test_names_places_and_statuses_are_text_and_never_markup(full: Any, services: Any, evil: str) -> None:
    services.display_name = services.type_name = services.place_name = evil
    services.appointments = {APPOINTMENT: an_appointment(status_for_client=evil)}
    page = full.sees(LIST)
    assert not re.search(r"<script|<img src=x|49</", page)
    assert cards(page, "upcoming")[0].count(" ".join(evil.split())) == 4
