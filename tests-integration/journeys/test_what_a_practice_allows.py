"""Switches, windows and incomplete records (F2-F5, F10, F18, F27)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from steps import arrive, cancel, confirm
from visitor import Visitor
from world import World, eventually

from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id

DAY = {"kind": "minutes", "minutes": 1440}
OFF_TEXT = "Online changes are closed at the moment."


@pytest.fixture
def practice_rules(world: World) -> Iterator[World]:
    """The world, whose settings are put back afterwards."""
    before = world.call("appointments", "GET", "/v1/settings/portal")
    kept = {name: value for name, value in before.items() if name not in {"version", "policy_text_version"}}
    yield world
    world.settings(**kept)
    eventually(lambda: world.identity.get("/v1/practices/by-slug/harbour-street")["portal"]["on"])


def test_changes_until_24_hours_before_and_no_cancellation_at_all(practice_rules: World) -> None:
    world = practice_rules
    world.settings(edit_window=DAY, cancellation_window={"kind": "never", "minutes": 0})
    client = world.next_client()
    far = world.book(client)
    page = arrive(world, client, far).last.text
    assert "Change date or time" in page
    assert "Cancel appointment" not in page
    assert "You cannot cancel this appointment online" in page
    assert "0151 496 0182" in page
    soon = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=23, minutes=50)
    near = world.book(client, soon, overlap_accepted=True)
    page = arrive(world, client, near).last.text
    assert "Change date or time" not in page
    assert "too late to change" in page


def test_the_ledger_refuses_what_the_page_does_not_offer(practice_rules: World) -> None:
    world = practice_rules
    client = world.next_client()
    booked = world.book(client)
    visitor = arrive(world, client, booked)
    visitor.open(f"/p/harbour-street/appointments/{booked['id']}/cancel")
    form = visitor.form("command_id")
    world.settings(cancellation_window={"kind": "never", "minutes": 0})
    assert visitor.submit(form).status_code == 403
    assert world.types(booked) == ["AppointmentBooked"]


def test_portal_off_closes_links_that_were_already_sent_and_shows_the_practices_text(practice_rules: World) -> None:
    world = practice_rules
    client = world.next_client()
    booked = world.book(client)
    link = world.link(client, booked)
    inside = arrive(world, client, booked)
    world.settings(portal_on=False, online_booking_on=True, portal_off_text=f"{OFF_TEXT} Please call.")
    refused = inside.open(f"/p/harbour-street/appointments/{booked['id']}")
    assert refused.status_code == 403
    assert OFF_TEXT in refused.text
    eventually(lambda: not world.identity.get("/v1/practices/by-slug/harbour-street")["portal"]["on"])
    outside = Visitor(world.stack.instance.url("client"))
    assert OFF_TEXT in outside.open(link).text
    with pytest.raises(LookupError):
        outside.form("postcode")
    world.settings(online_booking_on=False, online_booking_off_text="Booking is closed too.")
    eventually(lambda: "Booking is closed too." in Visitor(link).open(link).text)
    world.settings(portal_on=True)
    eventually(lambda: "Date of birth" in Visitor(link).open(link).text)


def test_an_edition_lowered_later_makes_the_portal_behave_as_off(practice_rules: World) -> None:
    world = practice_rules
    client = world.next_client()
    booked = world.book(client)
    inside = arrive(world, client, booked)
    with pytest.raises(Refused) as refused:
        world.settings(online_booking_edition="classic", portal_on=True)
    assert "portal_on" in str(refused.value.facts) or "edition" in str(refused.value.facts)
    world.settings(online_booking_edition="classic", portal_on=False)
    assert inside.open(f"/p/harbour-street/appointments/{booked['id']}").status_code == 403


def test_a_record_without_postcode_gets_in_as_soon_as_staff_added_it(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    world.change_client(client, postcode="")
    link = world.link(client, booked)
    visitor = Visitor(link)
    assert "contact the clinic" in visitor.open(link).text.lower()
    with pytest.raises(LookupError):
        visitor.form("postcode")
    world.change_client(client, postcode=client.postcode)
    visitor.open(link)
    confirm(visitor, **client.facts)
    assert "Your appointment" in visitor.last.text


def test_a_clinician_not_available_online_means_no_change_but_a_cancellation(world: World) -> None:
    client = world.next_client()
    booked = world.book(client, clinician="Tom Adeyemi")
    visitor = arrive(world, client, booked)
    visitor.open(f"/p/harbour-street/appointments/{booked['id']}/change")
    picker = visitor.form("starts_at")
    visitor.submit(picker, starts_at=picker.choices["starts_at"][0])
    form = visitor.form("command_id")
    world.online("Tom Adeyemi", False)
    try:
        assert visitor.submit(form).status_code == 409
        page = visitor.open(f"/p/harbour-street/appointments/{booked['id']}").text
        assert "Change date or time" not in page
        assert "not online" in page
        cancel(visitor)
        assert world.types(booked) == ["AppointmentBooked", "AppointmentCancelled"]
    finally:
        world.online("Tom Adeyemi", True)


def test_staff_may_move_an_appointment_whatever_the_windows(practice_rules: World) -> None:
    world = practice_rules
    never = {"kind": "never", "minutes": 0}
    world.settings(edit_window=never, cancellation_window=never, portal_on=False)
    booked = world.book(world.next_client())
    body = {"command_id": str(new_id()), "revision": 1, "starts_at": world.offered()[-2], "overlap_accepted": False}
    moved = world.call("appointments", "POST", f"/v1/appointments/{booked['id']}/reschedule", body)
    assert moved["outcome"] == "rescheduled"


def test_settings_with_an_attending_cancellation_status_are_refused_with_the_field(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.settings(cancellation_status="booked")
    assert refused.value.code == "invalid"
    assert "cancellation_status" in refused.value.facts["errors"]
