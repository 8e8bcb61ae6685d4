"""Triggers and texts over HTTP: who may save them, that nothing is overwritten, and what is sent in their words."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from notifications_api import Headers, token

from clinic.kernel.ids import new_id
from clinic.notifications.application.ports import Ending
from clinic.notifications.entrypoints.import_reminders import with_reminders

PATH = "/v1/settings/communications"
WARM = "01900000-0000-7000-8000-0000000000aa"
TEMPLATE = {
    "id": WARM, "name": "Warm", "kind": "confirmation", "channel": "email", "subject": "See you on {Appt. Day}",
    "body": "Dear {Client First Name},\n\n{Next Appt. Link}",
}  # fmt: skip
WANTED = {
    "remind_imported": True,
    "triggers": [
        {"kind": "confirmation", "channel": "email", "on": True, "template_id": WARM},
        {"kind": "reminder", "channel": "sms", "on": True, "minutes_before": 120},
    ],
    "templates": [TEMPLATE],
}


@pytest.fixture
def ada(post: Any) -> Headers:
    """The site administrator."""
    return token(post.others.practice_id, new_id(), "site_administrator")


def put(api: FlaskClient, who: Headers, wanted: dict[str, Any], version: int = 0) -> Any:
    """Saves over a version."""
    return api.put(PATH, headers={**who, "If-Match": f'"{version}"'}, json=wanted)


def test_a_new_practice_has_the_defaults_with_texts_and_variables_beside_them(api: FlaskClient, ada: Headers) -> None:
    answer = api.get(PATH, headers=ada)
    shown = answer.get_json()
    assert (shown["version"], shown["remind_imported"], shown["templates"]) == (0, False, [])
    on = {(one["kind"], one["channel"]): one["on"] for one in shown["triggers"]}
    assert on[("reminder", "sms")] is True
    assert on[("status_changed", "email")] is False
    assert {one["minutes_before"] for one in shown["triggers"] if one["kind"] == "reminder"} == {1440}
    assert "Next Appt. Link" in shown["variables"]
    assert len(shown["built_in"]) == 10
    assert answer.headers["ETag"] == '"0"'


def test_what_is_saved_is_shown_and_the_history_says_who_and_what(api: FlaskClient, ada: Headers) -> None:
    saved = put(api, ada, WANTED)
    assert (saved.status_code, saved.get_json()["version"]) == (200, 1)
    assert saved.get_json()["templates"] == [{**TEMPLATE, "has_way_to_portal": True}]
    assert put(api, ada, WANTED, 1).get_json()["version"] == 1
    history = api.get(f"{PATH}/history", headers=ada).get_json()
    (entry,) = history["entries"]
    assert (entry["version"], entry["actor"]["kind"], history["pages"]) == (1, "staff", 1)
    changed = {one["field"]: one for one in entry["changed"]}
    assert set(changed) == {"remind_imported", "triggers", "templates"}
    assert (changed["remind_imported"]["before"], changed["remind_imported"]["after"]) == (False, True)
    assert changed["templates"]["after"][0]["name"] == "Warm"


@pytest.mark.parametrize("role", ["receptionist", "clinician", "auditor"])
def test_only_site_administrators_save_and_everybody_may_read(api: FlaskClient, post: Any, role: str) -> None:
    who = token(post.others.practice_id, new_id(), role)
    assert put(api, who, WANTED).status_code == 403
    assert api.get(PATH, headers=who).status_code == 200
    assert api.get(f"{PATH}/history", headers=who).status_code == 200


def test_charlies_practice_sees_and_changes_its_own_only(api: FlaskClient, ada: Headers) -> None:
    put(api, ada, WANTED)
    charlie = token(new_id(), new_id(), "site_administrator")
    assert api.get(PATH, headers=charlie).get_json()["version"] == 0
    assert api.get(f"{PATH}/history", headers=charlie).get_json()["entries"] == []
    assert put(api, charlie, {**WANTED, "remind_imported": False}).get_json()["version"] == 1
    assert api.get(PATH, headers=ada).get_json()["remind_imported"] is True
    assert api.get(PATH).status_code == 401


def test_a_page_that_no_list_has_is_refused(api: FlaskClient, ada: Headers) -> None:
    assert api.get(f"{PATH}/history?page={10**18}", headers=ada).status_code == 422


def test_a_preview_refuses_what_saving_would(api: FlaskClient, ada: Headers) -> None:
    wanted = {"kind": "reminder", "channel": "sms", "subject": "", "body": "Hi {Client\nFirst Name}"}
    answer = api.post(f"{PATH}/preview", headers=ada, json=wanted)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["body"])


def test_a_save_meanwhile_is_not_overwritten_and_a_version_is_needed(api: FlaskClient, ada: Headers) -> None:
    put(api, ada, WANTED)
    answer = put(api, ada, {**WANTED, "remind_imported": False}, 0)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "changed_meanwhile")
    assert api.put(PATH, headers=ada, json=WANTED).status_code == 422
    assert api.get(PATH, headers=ada).get_json()["remind_imported"] is True


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"templates": [{**TEMPLATE, "body": "Hi\n{Client Surname}"}]}, "templates.0.body"),
        ({"templates": [{**TEMPLATE, "body": "Hi\n{Client\nFirst Name}"}]}, "templates.0.body"),
        ({"templates": [{**TEMPLATE, "body": "Hi\x00"}]}, "templates.0.body"),
        ({"templates": [{**TEMPLATE, "name": "Hi\ud800"}]}, "templates.0.name"),
        ({"triggers": [{"kind": "reminder", "channel": "sms", "on": True}]}, "triggers.0.minutes_before"),
        ({"triggers": [{"kind": "reminder", "channel": "fax", "on": True}]}, "triggers"),
        ({"triggers": [{"kind": "changed", "channel": "sms", "on": "yes"}]}, "triggers"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(
    api: FlaskClient, ada: Headers, wrong: dict[str, Any], place: str
) -> None:
    answer = put(api, ada, {**WANTED, **wrong})
    assert answer.status_code == 422
    assert place in answer.get_json()["errors"]
    assert api.get(PATH, headers=ada).get_json()["version"] == 0


def test_a_preview_names_the_unknown_variable_and_reads_like_the_message(api: FlaskClient, ada: Headers) -> None:
    text = {"kind": "reminder", "channel": "sms", "subject": "", "body": "{Practice Name}: {Appt. Time}"}
    shown = api.post(f"{PATH}/preview", headers=ada, json=text).get_json()
    assert shown == {"subject": "", "text": "Riverside Clinic: 10:20am", "has_way_to_portal": False}
    wrong = api.post(f"{PATH}/preview", headers=ada, json={**text, "body": "{Name}"})
    assert wrong.get_json()["errors"] == {"body": ["Line 1: there is no variable {Name}."]}


def test_what_a_practice_decided_holds_for_the_next_event_and_for_a_confirmation_by_hand(
    api: FlaskClient, ada: Headers, post: Any
) -> None:
    post.happens("booked", 1)
    assert {(row["kind"], row["channel"]) for row in post.rows()} == {
        ("confirmation", "email"),
        ("confirmation", "sms"),
    }
    put(api, ada, WANTED)
    other = new_id()
    post.happens("booked", 1, appointment_id=other)
    rows = [row for row in post.rows() if row["appointment_id"] == other]
    assert [(row["channel"], row["wording"]) for row in rows] == [("email", TEMPLATE["body"])]
    assert rows[0]["subject"].startswith("See you on ")
    command = {"command_id": str(new_id())}
    assert api.post(f"/v1/appointments/{other}/confirmation", headers=ada, json=command).status_code == 200
    by_hand = [row for row in post.rows() if row["requested_by"]]
    assert [(row["channel"], row["wording"]) for row in by_hand] == [("email", TEMPLATE["body"]), ("sms", None)]


def test_an_import_with_reminders_switches_them_on_and_the_history_says_so(
    api: FlaskClient, ada: Headers, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFICATIONS_OPS_DATABASE_URL", post.address("ops"))
    assert with_reminders(post.others.practice_id) is True
    assert with_reminders(post.others.practice_id) is False
    assert api.get(PATH, headers=ada).get_json()["remind_imported"] is True
    (entry,) = api.get(f"{PATH}/history", headers=ada).get_json()["entries"]
    assert entry["actor"] == {"kind": "import", "id": None}
    assert [one["field"] for one in entry["changed"]] == ["remind_imported"]
    assert post.rows("SELECT plan_anew FROM practices_with_reminders") == [{"plan_anew": True}]


def test_a_copy_is_queued_once_listed_with_its_recipient_and_sent_again_to_the_same(
    api: FlaskClient, ada: Headers, post: Any
) -> None:
    post.happens("booked", 1)
    leased = next(one for one in post.outbox.lease(16) if one.channel == "email")
    for _ in range(2):
        post.outbox.copy_to_next_of_kin(leased)
    post.outbox.record(leased, Ending("sent"))
    listed = api.get("/v1/messages", headers=ada).get_json()["messages"]
    assert sorted((one["channel"], one["recipient"]) for one in listed) == [
        ("email", "client"), ("email", "next_of_kin"), ("sms", "client"),
    ]  # fmt: skip
    copy = next(one for one in listed if one["recipient"] == "next_of_kin")
    assert copy["subject"].startswith("Copy: appointment on ")
    again = api.post(f"/v1/messages/{copy['id']}/resend", headers=ada, json={"command_id": str(new_id())})
    assert (again.get_json()["recipient"], again.get_json()["subject"]) == ("next_of_kin", copy["subject"])
    assert [one.recipient for one in post.outbox.lease(16) if one.channel == "email"] == ["next_of_kin"]
