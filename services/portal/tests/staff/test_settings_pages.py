"""The pages of the portal settings: portal, statuses, appointment types; nothing half saved, nothing written over."""

import re
from typing import Any

import pytest

from clinic.kernel.errors import Refused
from clinic.portal.application.staff import rules, statuses
from clinic.portal.application.staff.portal_settings import as_form

from .cast import ASSESSMENT

PORTAL, STATUSES, TYPES = "/settings/portal", "/settings/portal/statuses", "/settings/portal/types"
TYPE = f"{TYPES}/{ASSESSMENT}"


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def wanted(world: Any, **changes: str) -> dict[str, str]:
    return as_form(world.settings) | {"version": "3"} | changes


def listed(world: Any, **changes: str) -> dict[str, str]:
    return statuses.as_form(world.settings) | {"version": "3"} | changes


def ruled(**changes: str) -> dict[str, str]:
    return rules.as_form(rules.NO_RULES) | {"version": "3"} | changes


def sent(world: Any) -> dict[str, Any]:
    ((version, settings),) = world.said("change_portal_settings")
    assert version == 3
    assert set(settings) == set(world.settings) - {"version", "policy_text_version"}
    return dict(settings)


def test_the_page_shows_this_practices_address_the_example_and_the_policys_version(staff: Any) -> None:
    page = words(staff("olga").get(PORTAL))
    assert "https://portal.example.org/p/harbour-street" in page
    assert "can change it until Thursday 10:00; cannot cancel online." in page
    assert "Saved now: version 1." in page
    assert "River Lane" not in page


def test_saving_the_portal_sends_the_statuses_and_types_as_they_are(staff: Any, world: Any) -> None:
    answer = staff("olga").post(PORTAL, wanted(world, edit_window="always", online_payments_on="on"))
    assert answer.status_code == 303
    settings = sent(world)
    assert settings["edit_window"] == {"kind": "always", "minutes": 0}
    assert settings["online_payments_on"] is True
    assert settings["statuses"] == world.settings["statuses"]


def test_show_example_tells_what_the_form_says_and_saves_nothing(staff: Any, world: Any) -> None:
    given = wanted(world, edit_window_number="2", edit_window_unit="hours", cancellation_window="always")
    answer = staff("olga").post(PORTAL, given | {"do": "example"})
    assert answer.status_code == 200
    assert "can change it until Friday 08:00; can cancel until it starts." in words(answer)
    assert 'name="version" value="3"' in answer.text
    assert not world.said("change_portal_settings")


def test_the_example_tells_which_text_clients_would_read(staff: Any, world: Any) -> None:
    given = wanted(world, portal_on="", online_booking_on="", online_booking_off_text="We <b>never</b> book online.")
    page = staff("olga").post(PORTAL, given | {"do": "example"}).text
    assert "Clients who open the portal read:" in page
    assert page.count("We &lt;b&gt;never&lt;/b&gt; book online.") == 2
    assert "The portal is on: clients read neither" in staff("olga").get(PORTAL).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"edit_window": "minutes", "edit_window_number": "soon"}, "edit_window"),
        ({"online_booking_edition": "v3"}, "online_booking_edition"),
        ({"online_booking_edition": "classic"}, "portal_on"),
        ({"policy_text": "x" * 5001}, "policy_text"),
    ],
)
@pytest.mark.parametrize("do", ["", "example"])
def test_a_setting_that_cannot_be_is_refused_beside_its_field(
    staff: Any, world: Any, changes: dict[str, str], field: str, do: str
) -> None:
    answer = staff("olga").post(PORTAL, wanted(world, **changes) | {"do": do})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert f'id="{field}"' in answer.text
    assert not world.said("change_portal_settings")


@pytest.mark.parametrize("field", ["portal_on", "policy_text", "edit_window"])
def test_the_ledgers_refusal_stands_beside_its_field_and_the_entries_are_kept(
    staff: Any, world: Any, field: str
) -> None:
    world.refuse["change_portal_settings"] = Refused("invalid", errors={field: ["This cannot be."]})
    answer = staff("olga").post(PORTAL, wanted(world, policy_text="Another policy"))
    assert answer.status_code == 422
    assert answer.text.count("This cannot be.") == 2
    assert "Another policy" in answer.text


@pytest.mark.parametrize("seen", ["2", "3"])
def test_settings_that_somebody_else_changed_are_shown_beside_the_entries(staff: Any, world: Any, seen: str) -> None:
    if seen == "3":
        world.refuse["change_portal_settings"] = Refused("changed_meanwhile")
    answer = staff("olga").post(PORTAL, wanted(world, policy_text="Another policy", version=seen))
    assert answer.status_code == 409
    page = words(answer)
    assert "Cancellation policy Before Please tell us a day before. Now Another policy" in page
    assert 'name="version" value="3"' in answer.text
    assert len(world.said("change_portal_settings")) == (1 if seen == "3" else 0)


def test_statuses_are_added_renamed_and_removed_in_one_save(staff: Any, world: Any) -> None:
    world.settings["statuses"] = [
        *world.settings["statuses"],
        {"code": "late", "name": "Late", "attending": True, "client_wording": "Booked"},
    ]
    new = {"status-3-name": "Arrived", "status-3-client_wording": "Booked", "status-3-attending": "on"}
    given = listed(world, **{"status-0-name": "Confirmed", "status-2-remove": "on"} | new)
    assert staff("olga").post(STATUSES, given).status_code == 303
    settings = sent(world)
    assert [one["name"] for one in settings["statuses"]] == ["Confirmed", "Cancelled online", "Arrived"]
    assert settings["policy_text"] == world.settings["policy_text"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cancellation_status": "booked"}, "cancellation_status"),
        ({"status-0-name": ""}, "status-0-name"),
        ({"status-1-remove": "on"}, "status-1-remove"),
    ],
)
def test_a_status_that_cannot_be_is_refused_beside_its_field(
    staff: Any, world: Any, changes: dict[str, str], field: str
) -> None:
    answer = staff("olga").post(STATUSES, listed(world, **changes))
    assert answer.status_code == 422
    for place in (f'href="#{field}"', f'id="{field}-error"', f'id="{field}"'):
        assert place in answer.text
    assert not world.said("change_portal_settings")


def test_a_status_that_is_in_use_is_refused_by_the_ledger_with_its_reason(staff: Any, world: Any) -> None:
    world.refuse["change_portal_settings"] = Refused("invalid", errors={"statuses": ["3 appointments have it."]})
    answer = staff("olga").post(STATUSES, listed(world))
    assert (answer.status_code, answer.text.count("3 appointments have it.")) == (422, 2)
    assert 'id="statuses"' in answer.text


def test_an_empty_row_of_statuses_does_not_multiply(staff: Any, world: Any) -> None:
    given = listed(world, booked_status="", **{"status-2-name": "", "status-2-client_wording": ""})
    assert staff("olga").post(STATUSES, given).text.count("A new status</legend>") == 1


def test_a_type_narrows_or_widens_what_the_practice_allows(staff: Any, world: Any) -> None:
    given = ruled(may_change="not_allowed", cancellation_window="always")
    assert staff("olga").post(TYPE, given).status_code == 303
    (one,) = sent(world)["type_rules"]
    assert one["appointment_type_id"] == str(ASSESSMENT)
    assert one["rules"] == rules.NO_RULES | {
        "may_change": False,
        "cancellation_window": {"kind": "always", "minutes": 0},
    }
    world.settings["type_rules"] = [one]
    page = words(staff("olga").get(TYPES))
    assert "Change date and time: not allowed How late clients can cancel: always" in page
    assert "cannot change it online; can cancel until it starts." in page


def test_the_types_example_is_that_of_the_form(staff: Any, world: Any) -> None:
    answer = staff("olga").post(TYPE, ruled(cancellation_window="always") | {"do": "example"})
    assert answer.status_code == 200
    assert "can change it until Thursday 10:00; can cancel until it starts." in words(answer)
    assert not world.said("change_portal_settings")


def test_a_type_as_the_practice_has_no_rules_of_its_own(staff: Any, world: Any) -> None:
    world.settings["type_rules"] = [{"appointment_type_id": str(ASSESSMENT), "rules": {"may_change": False}}]
    assert staff("olga").post(TYPE, ruled()).status_code == 303
    assert sent(world)["type_rules"] == []


@pytest.mark.parametrize("changes", [{"may_change": "maybe"}, {"edit_window": "minutes", "edit_window_number": "x"}])
def test_rules_that_cannot_be_are_refused_beside_their_field(staff: Any, world: Any, changes: dict[str, str]) -> None:
    answer = staff("olga").post(TYPE, ruled(**changes))
    assert answer.status_code == 422
    assert f'id="{next(iter(changes))}-error"' in answer.text
    assert not world.said("change_portal_settings")


def test_a_type_of_nobody_is_not_found(staff: Any) -> None:
    assert staff("olga").get(f"{TYPES}/00000000-0000-0000-0000-000000009999").status_code == 404
