"""The portal's settings: what a practice may decide, and who (F1-F6, F25-F27)."""

from typing import Any

import pytest

from clinic.kernel.ids import new_id

ID = new_id()


def test_a_new_practice_has_windows_of_24_hours(practice: Any) -> None:
    settings = practice.get("/v1/settings/portal", practice.as_staff("receptionist")).get_json()
    assert settings["edit_window"] == settings["cancellation_window"] == {"kind": "minutes", "minutes": 1440}
    assert [status["code"] for status in settings["statuses"] if status["attending"]] == [
        "booked",
        "confirmed",
        "arrived",
    ]
    first, last = practice.events("PortalSettingsChanged")
    assert (first["settings"]["portal_on"], last["settings"]["portal_on"]) == (False, True)


def test_the_text_version_rises_with_the_text_only(practice: Any) -> None:
    before = practice.get("/v1/settings/portal", practice.as_staff()).get_json()
    practice.settings(may_cancel=False)
    practice.settings(policy_text="Fees apply.")
    after = practice.get("/v1/settings/portal", practice.as_staff()).get_json()
    assert after["version"] == before["version"] + 2
    assert after["policy_text_version"] == before["policy_text_version"] + 1
    assert practice.events("PortalSettingsChanged")[-1]["changed"] == ["policy_text"]


def test_saving_the_same_records_nothing(practice: Any) -> None:
    count = len(practice.events())
    practice.settings()
    assert len(practice.events()) == count


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"online_booking_edition": "classic", "portal_on": True}, "portal_on"),
        ({"online_booking_edition": "none", "portal_on": True}, "portal_on"),
        ({"cancellation_status": "confirmed"}, "cancellation_status"),
        ({"cancellation_status": "gone"}, "cancellation_status"),
        ({"booked_status": "did_not_attend"}, "booked_status"),
        ({"policy_text": "x" * 5001}, "policy_text"),
        ({"edit_window": {"kind": "minutes", "minutes": -1}}, "edit_window"),
        ({"edit_window": {"kind": "sometimes"}}, "edit_window"),
        ({"portal_on": "yes"}, "portal_on"),
        ({"colour": "red"}, "colour"),
        ({"version": 9}, "version"),
        ({"statuses": []}, "statuses"),
        ({"online_payments_on": 1}, "online_payments_on"),
        ({"type_rules": [{"rules": {}}]}, "type_rules"),
        ({"type_rules": [{"appointment_type_id": str(ID), "rules": {}}] * 2}, "type_rules"),
        ({"type_rules": [{"appointment_type_id": str(ID), "rules": {"portal_on": True}}]}, "type_rules"),
    ],
)
def test_settings_that_break_a_rule_are_refused_with_the_field(practice: Any, changes: Any, field: str) -> None:
    present = practice.get("/v1/settings/portal", practice.as_staff())
    body = {name: value for name, value in present.get_json().items() if "version" not in name} | changes
    answer = practice.http.put(
        "/v1/settings/portal", json=body, headers={**practice.as_staff(), "If-Match": present.headers["ETag"]}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert field in answer.get_json()["errors"]


def test_an_older_version_is_told_and_none_is_refused(practice: Any) -> None:
    present = practice.get("/v1/settings/portal", practice.as_staff()).get_json()
    body = {name: value for name, value in present.items() if "version" not in name}
    old = practice.http.put("/v1/settings/portal", json=body, headers={**practice.as_staff(), "If-Match": '"1"'})
    assert (old.status_code, old.get_json()["code"]) == (409, "changed_meanwhile")
    none = practice.http.put("/v1/settings/portal", json=body, headers=practice.as_staff())
    assert (none.status_code, list(none.get_json()["errors"])) == (422, ["If-Match"])


@pytest.mark.parametrize("role", ["clinician", "receptionist", "auditor"])
def test_only_a_site_administrator_changes_settings(practice: Any, role: str) -> None:
    answer = practice.http.put("/v1/settings/portal", json={}, headers=practice.as_staff(role))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")


def test_rules_of_types_and_the_payments_switch_are_settings_with_a_history(practice: Any) -> None:
    present = practice.get("/v1/settings/portal", practice.as_staff()).get_json()
    assert (present["type_rules"], present["online_payments_on"]) == ([], False)
    rules = {"may_change": False, "may_cancel": None, "may_leave_message": None}
    rules |= {"edit_window": {"kind": "minutes", "minutes": 90}, "cancellation_window": None}
    wanted = [{"appointment_type_id": str(practice.type), "rules": rules}]
    practice.settings(type_rules=wanted, online_payments_on=True)
    after = practice.get("/v1/settings/portal", practice.as_staff()).get_json()
    assert (after["type_rules"], after["online_payments_on"]) == (wanted, True)
    (entry, *_) = practice.get("/v1/settings/portal/history", practice.as_staff()).get_json()["entries"]
    assert entry["changed"] == [
        {"field": "online_payments_on", "before": False, "after": True},
        {"field": "type_rules", "before": [], "after": wanted},
    ]


def test_a_program_of_before_that_leaves_the_new_fields_out_wipes_nothing(practice: Any) -> None:
    rules = {"appointment_type_id": str(practice.type), "rules": {"may_cancel": False}}
    practice.settings(type_rules=[rules], online_payments_on=True)
    present = practice.get("/v1/settings/portal", practice.as_staff())
    body = {name: value for name, value in present.get_json().items() if "version" not in name}
    old = {name: value for name, value in body.items() if name not in {"type_rules", "online_payments_on"}}
    answer = practice.http.put(
        "/v1/settings/portal",
        json=old | {"may_leave_message": False},
        headers={**practice.as_staff(), "If-Match": present.headers["ETag"]},
    )
    assert answer.status_code == 200
    assert {name: answer.get_json()[name] for name in body} == body | {"may_leave_message": False}
