"""A user's profile page: their alert switches (F31, F32)."""

from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused

OLGA, BO, RITA, AUDREY, CHARLIE, TOM = (UUID(int=number) for number in range(11, 17))
OFF = {
    "email_change_own": False, "email_change_any": False, "email_cancel_own": False, "email_cancel_any": False,
    "in_app_change_others": False, "in_app_cancel_others": False, "within_hours": None,
}  # fmt: skip


def test_the_page_shows_the_switches_as_they_are_and_the_one_that_is_always_on(staff: Any) -> None:
    page = staff("bo").get(f"/users/{BO}")
    assert page.status_code == 200
    for name, switched in (("email_cancel_own", True), ("in_app_cancel_others", True), ("email_change_any", False)):
        box = page.text.partition(f'id="{name}"')[2].partition(">")[0]
        assert ("checked" in box) is switched, name
    assert "A client changes or cancels one of your appointments: always on." in page.text
    assert 'name="in_app_change_own"' not in page.text
    assert 'value="48"' in page.text


def test_saving_sends_every_switch(staff: Any, world: Any) -> None:
    browser = staff("bo")
    answer = browser.post(f"/users/{BO}", {"email_change_any": "on", "within_hours": " 24 ", "in_app_change_own": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/harbour-street/users/{BO}")
    assert world.said("set_alert_switches") == [(BO, OFF | {"email_change_any": True, "within_hours": 24})]
    assert "The alerts are saved." in browser.get(f"/users/{BO}").text


def test_no_box_and_no_number_switch_everything_off(staff: Any, world: Any) -> None:
    assert staff("rita").post(f"/users/{RITA}").status_code == 303
    assert world.said("set_alert_switches") == [(RITA, OFF)]


@pytest.mark.parametrize("typed", ["0", "721", "-1", "1.5", "soon", "٣", "9" * 400])
def test_hours_that_cannot_be_are_refused_and_the_entries_are_kept(staff: Any, world: Any, typed: str) -> None:
    answer = staff("bo").post(f"/users/{BO}", {"email_change_own": "on", "within_hours": typed})
    assert answer.status_code == 422
    assert 'href="#within_hours"' in answer.text
    assert 'id="within_hours-error"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert "checked" in answer.text.partition('id="email_change_own"')[2].partition(">")[0]
    assert "checked" not in answer.text.partition('id="email_cancel_own"')[2].partition(">")[0]
    assert not world.said("set_alert_switches")


def test_the_services_refusal_stands_beside_its_field(staff: Any, world: Any) -> None:
    world.refuse["set_alert_switches"] = Refused("invalid", errors={"within_hours": ["too many."]})
    answer = staff("bo").post(f"/users/{BO}", {"within_hours": "700"})
    assert answer.status_code == 422
    assert answer.text.count("Too many.") == 2
    assert 'value="700"' in answer.text


def test_a_site_administrator_sets_everybodys_and_others_only_their_own(staff: Any, world: Any) -> None:
    olga = staff("olga")
    assert f'href="/p/harbour-street/users/{BO}"' in olga.get("/users").text
    assert "changes or cancels one of their appointments: always on." in olga.get(f"/users/{BO}").text
    assert olga.post(f"/users/{BO}", {"email_change_own": "on"}).status_code == 303
    assert [user for user, _ in world.said("set_alert_switches")] == [BO]
    for who, other in (("bo", TOM), ("rita", BO), ("audrey", BO)):
        assert staff(who).get("/users").status_code == 403
        assert staff(who).get(f"/users/{other}").status_code == 403
        assert staff(who).post(f"/users/{other}", {"email_change_own": "on"}).status_code == 403
    assert len(world.said("set_alert_switches")) == 1
    assert staff("audrey").post(f"/users/{AUDREY}").status_code == 303


def test_charlie_finds_no_user_of_this_practice_and_nobody_finds_charlie(staff: Any, world: Any) -> None:
    for browser, user in (
        (staff("charlie", "river-lane"), BO), (staff("olga"), CHARLIE), (staff("bo"), CHARLIE),
    ):  # fmt: skip
        assert browser.get(f"/users/{user}").status_code == 404
        assert browser.post(f"/users/{user}", {"email_change_own": "on"}).status_code == 404
    assert not world.said("set_alert_switches")
    assert not world.said("alert_switches")


def test_the_way_to_it_is_on_every_page(staff: Any) -> None:
    assert f'href="/p/harbour-street/users/{RITA}"' in staff("rita").get("/diary").text
    assert f'href="/p/harbour-street/users/{TOM}"' in staff("olga").get(f"/clinicians/{TOM}").text
    assert "Alerts of" not in staff("rita").get(f"/clinicians/{TOM}").text


def test_the_page_says_who_changes_the_rest_of_a_profile(staff: Any) -> None:
    assert "is changed by a site administrator" in staff("bo").get(f"/users/{BO}").text
    assert "Users set their own alerts" in staff("olga").get(f"/users/{BO}").text
