"""Appointment Communications (F43, F44): triggers and texts, changed by site administrators alone (F6)."""

from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused
from clinic.portal.application.staff.communications import as_form, say_before, with_variable
from clinic.portal.application.staff.messages import sent

TEXT, ASSESSMENT, OLGA = UUID(int=61), UUID(int=42), UUID(int=11)
PAGE = "/settings/communications"
TYPED = {
    "version": "4", "kind": "confirmation", "channel": "email", "name": "Warm welcome", "subject": "See you",
    "body": "Dear {Client First Name}", "variable": "Next Appt. Link",
}  # fmt: skip
REMINDER = {
    "version": "4", "kind": "reminder", "channel": "email", "number": "2", "unit": "days", "appointment_type_id": "",
    "template_id": "", "on": "on",
}  # fmt: skip


def wanted(world: Any) -> dict[str, Any]:
    """What was sent to be saved over version 4."""
    ((version, given),) = world.said("change_communications")
    assert version == 4
    return dict(given)


def test_the_page_says_what_is_sent_when_and_warns_of_a_text_without_a_link(staff: Any) -> None:
    page = staff("olga").get(PAGE).text
    for told in (
        "Settings, Scheduling",
        "Reminder, 7 days (168 hours) before: e-mail",
        "Reminder, 24 hours before: text message",
        "Assessment. Built-in text",
        "Every appointment type. Warm welcome",
        "No link",
    ):
        assert told in page, told
    assert page.index("168 hours") < page.index("24 hours before")
    assert 'href="/p/harbour-street/settings/communications/triggers/new"' in page


@pytest.mark.parametrize("who", ["bo", "rita", "audrey"])
def test_others_read_it_and_change_nothing(staff: Any, world: Any, who: str) -> None:
    browser = staff(who)
    page = browser.get(PAGE)
    assert page.status_code == 200
    assert "triggers/new" not in page.text
    assert "<form" not in page.text.partition("<main")[2]
    assert browser.get(f"{PAGE}/history").status_code == 200
    for path in ("/triggers/new", "/triggers/1", "/templates/new", f"/templates/{TEXT}"):
        assert browser.get(f"{PAGE}{path}").status_code == 403
    for path in ("/triggers/new", "/triggers/1", "/templates/new", f"/templates/{TEXT}", "/imported"):
        assert browser.post(f"{PAGE}{path}", TYPED).status_code == 403
    assert not world.said("change_communications")


def test_adding_a_reminder_sends_everything_with_one_more(staff: Any, world: Any) -> None:
    browser = staff("olga")
    answer = browser.post(f"{PAGE}/triggers/new", REMINDER | {"appointment_type_id": str(ASSESSMENT)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/harbour-street/settings/communications")
    saved = wanted(world)
    assert saved["triggers"][:4] == world.communications["triggers"]
    assert saved["triggers"][4:] == [
        {
            "kind": "reminder", "channel": "email", "on": True, "minutes_before": 2880,
            "appointment_type_id": str(ASSESSMENT), "template_id": None,
        }
    ]  # fmt: skip
    assert set(saved) == {"remind_imported", "triggers", "templates"}
    assert "has_way_to_portal" not in saved["templates"][0]
    assert "It holds for whatever happens from now on." in browser.get(PAGE).text


def test_a_trigger_is_changed_where_it_stands_and_stays_what_it_is_for(staff: Any, world: Any) -> None:
    page = staff("olga").get(f"{PAGE}/triggers/1").text
    assert 'value="24"' in page
    assert 'name="kind"' not in page
    staff("olga").post(
        f"{PAGE}/triggers/1", REMINDER | {"kind": "cancelled", "number": "90", "unit": "minutes", "on": ""}
    )
    changed = wanted(world)["triggers"]
    assert (changed[1]["kind"], changed[1]["channel"]) == ("reminder", "sms")
    assert (changed[1]["minutes_before"], changed[1]["on"]) == (90, False)
    assert [changed[0], *changed[2:]] == [
        one for number, one in enumerate(world.communications["triggers"]) if number != 1
    ]


def test_a_trigger_is_removed(staff: Any, world: Any) -> None:
    staff("olga").post(f"{PAGE}/triggers/2", {"version": "4", "do": "remove"})
    assert len(wanted(world)["triggers"]) == 3
    assert staff("olga").get(f"{PAGE}/triggers/9").status_code == 404


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"number": "0"}, "number"),
        ({"number": "59", "unit": "minutes"}, "number"),
        ({"number": "8"}, "number"),
        ({"number": "1.5"}, "number"),
        ({"number": "٣"}, "number"),
        ({"unit": "weeks"}, "number"),
        ({"kind": "birthday"}, "kind"),
        ({"channel": "fax"}, "channel"),
        ({"appointment_type_id": str(OLGA)}, "appointment_type_id"),
        ({"template_id": str(TEXT)}, "template_id"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_entries_are_kept(
    staff: Any, world: Any, typed: dict[str, str], field: str
) -> None:
    answer = staff("olga").post(f"{PAGE}/triggers/new", REMINDER | typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert not world.said("change_communications")
    if "number" in typed:
        assert f'value="{typed["number"]}"' in answer.text


def test_a_trigger_that_is_there_already_is_the_services_refusal(staff: Any, world: Any) -> None:
    world.refuse["change_communications"] = Refused("invalid", errors={"triggers.4": ["there is one like it already."]})
    answer = staff("olga").post(f"{PAGE}/triggers/new", REMINDER)
    assert (answer.status_code, "There is one like it already." in answer.text) == (422, True)


@pytest.mark.parametrize(("path", "typed"), [("/triggers/new", REMINDER), (f"/templates/{TEXT}", TYPED)])
def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    staff: Any, world: Any, path: str, typed: dict[str, str]
) -> None:
    world.refuse["change_communications"] = Refused("changed_meanwhile")
    answer = staff("olga").post(f"{PAGE}{path}", typed)
    assert answer.status_code == 409
    assert "Somebody else changed this" in answer.text
    assert "your" in answer.text.partition("Look at what is decided now")[2]


def test_a_text_begins_as_the_built_in_one(staff: Any) -> None:
    page = staff("olga").get(f"{PAGE}/templates/new", kind="reminder", channel="sms").text
    assert "Built in for reminder by sms" in page
    assert 'name="subject"' not in page
    assert staff("olga").get(f"{PAGE}/templates/new", kind="birthday", channel="sms").status_code == 404


def test_insert_adds_the_variable_without_any_script_and_saves_nothing(staff: Any, world: Any) -> None:
    answer = staff("olga").post(f"{PAGE}/templates/{TEXT}", TYPED | {"do": "insert"})
    assert answer.status_code == 200
    assert "Dear {Client First Name} {Next Appt. Link}</textarea>" in answer.text
    assert 'value="Warm welcome"' in answer.text
    assert not world.said("change_communications")


def test_a_preview_shows_the_text_and_warns_where_there_is_no_way_to_the_portal(staff: Any, world: Any) -> None:
    answer = staff("olga").post(f"{PAGE}/templates/{TEXT}", TYPED | {"do": "preview"})
    assert "Dear Alex" in answer.text
    assert "There is no way to the appointment in this text" in answer.text
    assert "Dear {Client First Name}</textarea>" in answer.text
    with_link = staff("olga").post(f"{PAGE}/templates/{TEXT}", TYPED | {"do": "preview", "body": "{Next Appt. URL}"})
    assert "There is no way" not in with_link.text
    assert not world.said("change_communications")


def test_an_unknown_variable_is_named_with_its_line_and_nothing_is_lost(staff: Any, world: Any) -> None:
    fault = "Line 2: there is no variable {Client Surname}."
    typed = TYPED | {"do": "save", "body": "Dear\r\n{Client Surname}"}
    world.refuse["change_communications"] = Refused("invalid", errors={"templates.0.body": [fault]})
    answer = staff("olga").post(f"{PAGE}/templates/{TEXT}", typed)
    assert answer.status_code == 422
    assert answer.text.count(fault) == 2
    assert "{Client Surname}</textarea>" in answer.text
    world.refuse["preview_text"] = Refused("invalid", errors={"body": [fault]})
    assert fault in staff("olga").post(f"{PAGE}/templates/{TEXT}", typed | {"do": "preview"}).text


def test_saving_a_text_may_use_it_wherever_its_message_is_sent(staff: Any, world: Any) -> None:
    typed = TYPED | {"kind": "reminder", "channel": "sms", "name": "Short", "body": "{Appt. Time}\r\n", "do": "save"}
    staff("olga").post(f"{PAGE}/templates/new", typed | {"use": "on"})
    saved = wanted(world)
    made = saved["templates"][1]
    assert (made["name"], made["subject"], made["body"]) == ("Short", "", "{Appt. Time}")
    assert [one["template_id"] for one in saved["triggers"]] == [str(TEXT), made["id"], made["id"], None]


def test_saving_a_text_without_that_changes_no_trigger(staff: Any, world: Any) -> None:
    staff("olga").post(f"{PAGE}/templates/{TEXT}", TYPED | {"do": "save"})
    saved = wanted(world)
    assert saved["triggers"] == world.communications["triggers"]
    assert [one["id"] for one in saved["templates"]] == [str(TEXT)]


def test_a_removed_text_gives_way_to_the_built_in_one(staff: Any, world: Any) -> None:
    staff("olga").post(f"{PAGE}/templates/{TEXT}", {"version": "4", "do": "remove"})
    saved = wanted(world)
    assert saved["templates"] == []
    assert saved["triggers"][0]["template_id"] is None


def test_reminders_of_imported_appointments_are_a_switch(staff: Any, world: Any) -> None:
    staff("olga").post(f"{PAGE}/imported", {"version": "4", "remind_imported": "on"})
    assert wanted(world)["remind_imported"] is True


def test_the_history_tells_what_was_saved_by_whom(staff: Any, world: Any) -> None:
    before, after = world.communications["triggers"], [dict(one) for one in world.communications["triggers"]]
    after[0]["on"] = False
    after = [*after[:3], {**after[3], "minutes_before": 120}]
    text = world.communications["templates"][0]
    world.savings = [
        {
            "version": 5, "recorded_at": "2026-12-01T09:30:00Z", "actor": {"kind": "staff", "id": str(OLGA)},
            "changed": [
                {"field": "triggers", "before": before, "after": after},
                {"field": "remind_imported", "before": False, "after": True},
                {"field": "templates", "before": [text], "after": [{**text, "body": "Hello again"}]},
            ],
        }
    ]  # fmt: skip
    page = staff("rita").get(f"{PAGE}/history").text
    for told in (
        "By Olga Novak",
        "Booked, e-mail: on → off",
        "Added: Reminder, 2 hours before, e-mail, on",
        "Removed: Reminder, 7 days (168 hours) before, e-mail",
        "are reminded of as well",
        "Hello again",
    ):
        assert told in page, told


@pytest.mark.parametrize(
    ("kind", "recipient", "said"),
    [
        ("reminder", "next_of_kin", "Reminder, copy to the next of kin"),
        ("reminder", "client", "Reminder"),
        ("status_changed", None, "Change of status"),
    ],
)
def test_the_messages_tab_says_what_went_to_the_next_of_kin(kind: str, recipient: str | None, said: str) -> None:
    one = {
        "id": "1", "kind": kind, "channel": "email", "subject": "", "state": "sent", "reason": None,
        "queued_at": "2026-12-01T09:30:00Z", "sent_at": None, "recipient": recipient,
    }  # fmt: skip
    (told,) = sent([one], {}, "Europe/London")
    assert told.kind == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(60, "1 hour before"), (90, "90 minutes before"), (1440, "24 hours before"), (2880, "2 days (48 hours) before")],
)
def test_a_time_before_the_start_is_said_in_hours(minutes: int, said: str) -> None:
    assert say_before(minutes) == said


@pytest.mark.parametrize("minutes", [60, 61, 90, 120, 1440, 1500, 2880, 10_080])
def test_a_form_gives_back_the_time_that_it_shows(minutes: int) -> None:
    trigger = {
        "kind": "reminder", "channel": "sms", "on": True, "minutes_before": minutes, "appointment_type_id": None,
        "template_id": None,
    }  # fmt: skip
    given = as_form(trigger)
    assert int(given["number"]) * {"minutes": 1, "hours": 60, "days": 1440}[given["unit"]] == minutes


def test_a_variable_that_there_is_not_is_not_inserted() -> None:
    assert with_variable("Hi", "Nothing", ["Appt. Time"]) == "Hi"
    assert with_variable("", "Appt. Time", ["Appt. Time"]) == "{Appt. Time}"
    assert with_variable("At\n", "Appt. Time", ["Appt. Time"]) == "At\n{Appt. Time}"
