"""Refused requests as every role of the practice reads them, and nobody else (F53)."""

from typing import Any
from uuid import UUID

import pytest

from clinic.contracts.refusals import ConfirmationRefused
from clinic.portal.application.staff.words import NOT_CONFIRMED, REFUSED_BECAUSE

OLGA, PAT, SAM, BO, BOOKED = (str(UUID(int=number)) for number in (11, 21, 22, 12, 52))


def words(answer: Any) -> str:
    return " ".join(answer.text.split())


def a_refusal(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Pat was too late to move her appointment of 2 July, 10:20 in Liverpool."""
    return {
        "position": number,
        "recorded_at": "2026-07-01T19:05:00Z",
        "actor": {"kind": "client", "id": PAT},
        "appointment_id": BOOKED,
        "client_id": PAT,
        "clinician_id": BO,
        "wanted": "change",
        "code": "too_late_to_change",
        "starts_at": "2026-07-02T09:20:00Z",
        "zone": "Europe/London",
        "wanted_starts_at": "2026-07-03T10:00:00Z",
        "unrecorded_before": 0,
    } | changes


def a_confirmation(**changes: Any) -> dict[str, Any]:
    """Somebody at the link of Pat's appointment typed what is not hers."""
    return {
        "position": 3,
        "recorded_at": "2026-07-01T19:05:00Z",
        "link": "appointment",
        "link_id": str(UUID(int=88)),
        "appointment_id": BOOKED,
        "client_id": PAT,
        "code": "mismatch",
    } | changes


def test_what_was_wanted_by_whom_and_why_not(staff: Any, world: Any) -> None:
    world.refusals = [a_refusal(unrecorded_before=3)]
    page = words(staff("rita").get("/refusals"))
    assert "Move Thu 2 Jul 2026, 10:20 to Fri 3 Jul 2026, 11:00" in page
    assert "It was too late to change it online." in page
    assert "Wed 1 Jul 2026, 20:05, by Pat Okafor, client portal" in page
    assert "3 more requests for this appointment had been refused before" in page
    assert f'href="/p/harbour-street/clients/{PAT}/history"' in page
    assert f'href="/p/harbour-street/appointments/{BOOKED}"' in page


def test_staff_are_refused_too_and_a_cancellation_wants_no_time(staff: Any, world: Any) -> None:
    by_olga = {"kind": "staff", "id": OLGA}
    world.refusals = [a_refusal(actor=by_olga, wanted="cancel", wanted_starts_at=None, code="already_cancelled")]
    page = words(staff("bo").get("/refusals"))
    assert "Cancel Thu 2 Jul 2026, 10:20</p>" in page
    assert "by Olga Novak, staff pages" in page
    assert "more request" not in page


def test_getting_in_names_the_link_and_never_who_a_contact_is(staff: Any, world: Any) -> None:
    world.confirmations = [a_confirmation(), a_confirmation(link="sign_in", client_id=None, appointment_id=None)]
    page = words(staff("audrey").get("/refusals", show="getting-in"))
    assert "Get in by the link of an appointment" in page
    assert "Somebody with a sign-in link" in page
    assert page.count("Date of birth and postcode did not both match the record.") == 2
    assert page.count("Open record") == page.count("Open appointment") == 1


def test_one_clients_are_shown_alone_and_pages_keep_the_question(staff: Any, world: Any) -> None:
    world.refusals = [a_refusal(number) for number in range(25)] + [a_refusal(99, client_id=SAM)]
    page = words(staff("rita").get("/refusals", client=PAT))
    assert world.said("refusals") == [(UUID(PAT), None, 1)]
    assert "Pat Okafor" in page
    assert "Page 1 of 2" in page
    assert f"page=2&amp;client={PAT}" in page or f"client={PAT}&amp;page=2" in page
    for client in (str(UUID(int=77)), "nobody"):
        assert staff("rita").get("/refusals", client=client).status_code == 404


def test_nothing_refused_is_said(staff: Any) -> None:
    assert "Nothing was refused." in words(staff("rita").get("/refusals"))
    assert "No change or cancellation was refused." in words(staff("rita").get(f"/clients/{PAT}/history"))
    assert "Refused requests</h2>" not in words(staff("rita").get(f"/appointments/{BOOKED}"))


def test_the_record_and_the_appointment_show_their_own(staff: Any, world: Any) -> None:
    world.refusals, world.confirmations = [a_refusal(number) for number in range(7)], [a_confirmation()]
    record = words(staff("rita").get(f"/clients/{PAT}/history"))
    assert record.count("It was too late to change it online.") == 5
    assert "Date of birth and postcode did not both match the record." in record
    assert f'href="/p/harbour-street/refusals?client={PAT}"' in record
    assert "It was too late" not in words(staff("rita").get(f"/clients/{SAM}/history"))
    assert words(staff("rita").get(f"/appointments/{BOOKED}")).count("It was too late to change it online.") == 7


def test_the_navigation_leads_there_for_every_role(staff: Any) -> None:
    for who in ("olga", "bo", "rita", "audrey"):
        assert 'href="/p/harbour-street/refusals"' in staff(who).get("/diary").text
        assert staff(who).get("/refusals").status_code == 200


def test_charlie_reads_nothing_of_another_practice(staff: Any, world: Any) -> None:
    world.refusals, world.confirmations = [a_refusal()], [a_confirmation()]
    charlie = staff("charlie", "river-lane")
    for show in ("", "getting-in"):
        assert "Nothing was refused." in words(charlie.get("/refusals", show=show))
        assert charlie.get("/refusals", show=show, client=PAT).status_code == 404
    assert staff("charlie").get("/refusals").status_code == 404


@pytest.mark.parametrize("show", ["", "getting-in"])
def test_a_rule_of_a_later_release_is_shown_as_it_is(staff: Any, world: Any, show: str) -> None:
    world.refusals, world.confirmations = [a_refusal(code="too_<b>odd")], [a_confirmation(code="too_<b>odd")]
    assert "Refused: too &lt;b&gt;odd." in words(staff("rita").get("/refusals", show=show))


def test_every_recorded_rule_has_its_sentence() -> None:
    codes = ConfirmationRefused.__annotations__["code"].__args__
    assert set(NOT_CONFIRMED) == set(codes)
    assert {"too_late_to_change", "too_late_to_cancel", "slot_taken", "in_the_past"} <= set(REFUSED_BECAUSE)
    assert all(sentence.endswith(".") for sentence in (*NOT_CONFIRMED.values(), *REFUSED_BECAUSE.values()))
