"""The settings history: said in a manager's words, shown to every role of the practice, page by page (F50)."""

from typing import Any
from uuid import UUID

import pytest

from clinic.portal.application.staff.history import Names
from clinic.portal.application.staff.portal_settings import LABELS
from clinic.portal.application.staff.settings_history import say_statuses, told_changes, told_field
from clinic.portal.application.staff.windows import say_bound

OLGA = str(UUID(int=11))
BOOKED = {"code": "booked", "name": "Booked", "attending": True, "client_wording": "Booked"}
OFF = {"code": "off", "name": "Cancelled online", "attending": False, "client_wording": "Cancelled"}
WAITING = {"code": "waiting", "name": "Waiting", "attending": True, "client_wording": "Booked"}
CALLED = {"booked": "Booked", "off": "Cancelled online"}
DAY = {"kind": "minutes", "minutes": 1440}
NEVER = {"kind": "never", "minutes": 0}


def an_entry(version: int, *changed: tuple[str, Any, Any], **more: Any) -> dict[str, Any]:
    """A change by Olga on 2 July 2026 at 10:20 in Liverpool."""
    return {
        "version": version,
        "recorded_at": "2026-07-02T09:20:00Z",
        "position": version,
        "actor": {"kind": "staff", "id": OLGA},
        "changed": [{"field": field, "before": before, "after": after} for field, before, after in changed],
    } | more


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (DAY, "until 24 hours before the start"),
        ({"kind": "minutes", "minutes": 2880}, "until 2 days before the start"),
        ({"kind": "minutes", "minutes": 90}, "until 90 minutes before the start"),
        ({"kind": "minutes", "minutes": 60}, "until 1 hour before the start"),
        ({"kind": "minutes", "minutes": 0}, "until the start"),
        ({"kind": "always", "minutes": 0}, "always"),
        (NEVER, "never"),
    ],
)
def test_a_window_is_said_by_the_start(window: dict[str, Any], said: str) -> None:
    assert say_bound(window) == said


@pytest.mark.parametrize(
    ("field", "before", "after", "label", "line"),
    [
        ("portal_on", False, True, "Client Portal", "on (before: off)"),
        ("online_booking_on", True, False, "Online Booking", "off (before: on)"),
        ("may_cancel", True, False, "What clients can do: Cancel", "off (before: on)"),
        (
            "cancellation_window",
            DAY,
            NEVER,
            "Clients can cancel",
            "never (before: until 24 hours before the start)",
        ),
        ("online_booking_edition", "none", "v2", "Online Booking edition", "Online Booking 2.0 (before: None)"),
        (
            "cancellation_status",
            "did_not_attend",
            "off",
            "Status that a cancellation in the portal sets",
            "Cancelled online (before: Did not attend)",
        ),
        ("booked_status", "off", "booked", "Status of a new appointment", "Booked (before: Cancelled online)"),
        ("a_new_one", 1, 2, "A new one", "2 (before: 1)"),
    ],
)
def test_a_setting_has_the_label_of_the_settings_page(
    field: str, before: Any, after: Any, label: str, line: str
) -> None:
    told = told_field(field, before, after, CALLED, {})
    assert (told.label, told.lines, told.is_text) == (label, (line,), False)


def test_a_text_keeps_its_old_and_new_wording_in_full() -> None:
    told = told_field("policy_text", "", "Line one\nLine two", {}, {})
    assert (told.label, told.is_text, told.before, told.after) == (
        "Cancellation policy",
        True,
        "",
        "Line one\nLine two",
    )


def test_statuses_are_added_removed_renamed_and_attended() -> None:
    assert say_statuses([BOOKED, OFF], [BOOKED, OFF, WAITING]) == [
        "Added “Waiting”: the client is attending; clients read “Booked”."
    ]
    assert say_statuses([BOOKED, OFF], [BOOKED]) == ["Removed “Cancelled online”."]
    assert say_statuses([BOOKED], [BOOKED | {"name": "Planned"}]) == ["Renamed “Booked” to “Planned”."]
    assert say_statuses([WAITING], [WAITING | {"attending": False}]) == [
        "“Waiting”: the client is not attending (before: the client is attending)."
    ]
    assert say_statuses([OFF], [OFF | {"client_wording": "Called off"}]) == [
        "“Cancelled online”: clients read “Called off” (before: “Cancelled”)."
    ]
    assert say_statuses([BOOKED, OFF], [OFF, WAITING, BOOKED]) == [
        "Added “Waiting”: the client is attending; clients read “Booked”.",
        "They stand in another order.",
    ]


def test_a_status_that_is_gone_keeps_the_last_name_that_is_known() -> None:
    entries = [
        an_entry(4, ("cancellation_status", "waiting", "off"), ("statuses", [BOOKED, OFF, WAITING], [BOOKED, OFF])),
        an_entry(3, ("statuses", [BOOKED, OFF, WAITING | {"name": "In the room"}], [BOOKED, OFF, WAITING])),
    ]
    newest, _ = told_changes(entries, [BOOKED, OFF], Names({}, {}), "Europe/London", {})
    assert newest.fields[0].lines == ("Cancelled online (before: Waiting)",)


def test_who_and_when_are_said_in_the_practices_zone() -> None:
    by_import = an_entry(1, actor={"kind": "import", "id": None})
    second, first = told_changes([an_entry(2), by_import], [], Names({}, {OLGA: "Olga Novak"}), "Europe/London", {})
    assert (second.at, second.who, second.is_first) == ("Thursday 2 July 2026, 10:20", "Olga Novak, staff pages", False)
    assert (first.who, first.is_first, first.fields) == ("the import from another system", True, ())


def test_every_setting_has_a_label(world: Any) -> None:
    assert set(LABELS) == set(world.settings) - {"version", "policy_text_version"}


def test_the_page_tells_who_changed_what_and_when(staff: Any, world: Any) -> None:
    world.settings_entries = [
        an_entry(2, ("cancellation_window", DAY, NEVER), ("policy_text", "Free <b>once</b>.", "")),
        an_entry(1, ("portal_on", False, True), actor={"kind": "import", "id": None}),
    ]
    olga = staff("olga")
    assert 'href="/p/harbour-street/settings/portal/history"' in olga.get("/settings/portal").text
    page = olga.get("/settings/portal/history")
    assert page.status_code == 200
    for words in (
        "Thursday 2 July 2026, 10:20",
        "By Olga Novak, staff pages",
        "Clients can cancel",
        "never (before: until 24 hours before the start)",
        "Free &lt;b&gt;once&lt;/b&gt;.",
        "No text",
        "By the import from another system",
        "The first settings",
        "on (before: off)",
    ):
        assert words in page.text
    assert page.text.index("never (before") < page.text.index("on (before: off)")
    assert world.said("names") == [([], [OLGA])]


@pytest.mark.parametrize("who", ["olga", "bo", "rita", "audrey"])
def test_every_role_may_read_it(staff: Any, world: Any, who: str) -> None:
    world.settings_entries = [an_entry(2, ("may_cancel", True, False))]
    page = staff(who).get("/settings/portal/history")
    assert page.status_code == 200
    assert "What clients can do: Cancel" in page.text
    assert (">Portal settings</a>" in page.text) is (who == "olga")


def test_the_auditor_finds_it_from_every_page(staff: Any) -> None:
    assert 'href="/p/harbour-street/settings/portal/history"' in staff("audrey").get("/diary").text
    assert "Settings history" not in staff("bo").get("/diary").text


def test_it_goes_on_on_the_next_page(staff: Any, world: Any) -> None:
    world.settings_entries = [an_entry(version, ("may_cancel", True, False)) for version in range(21, 0, -1)]
    olga = staff("olga")
    first, last = olga.get("/settings/portal/history"), olga.get("/settings/portal/history", page=2)
    assert "Page 1 of 2" in first.text
    assert "/settings/portal/history?page=2" in first.text
    assert "Page 2 of 2" in last.text
    assert "The first settings" in last.text
    assert "There are no changes on this page." in olga.get("/settings/portal/history", page=3).text


def test_charlie_reads_only_his_own_practices(staff: Any, world: Any) -> None:
    world.settings_entries = [an_entry(2, ("policy_text", "", "For Harbour only."))]
    assert staff("charlie").get("/settings/portal/history").status_code == 404
    own = staff("charlie", "river-lane").get("/settings/portal/history")
    assert own.status_code == 200
    assert "For Harbour only." not in own.text


def test_a_ledger_that_does_not_answer_is_said(staff: Any, world: Any) -> None:
    world.down.add("portal_settings_history")
    assert staff("olga").get("/settings/portal/history").status_code == 503


def test_the_rules_of_a_type_are_told_by_its_name() -> None:
    narrow = {"may_change": False, "edit_window": None, "cancellation_window": {"kind": "minutes", "minutes": 120}}
    told = told_field("type_rules", [], [{"appointment_type_id": "a", "rules": narrow}], {}, {"a": "Assessment"})
    assert told.label == "Rules of appointment types"
    assert told.lines == (
        "Assessment: change date and time: not allowed; how late clients can cancel: until 2 hours before the start "
        "(before: as the practice).",
    )


def test_the_payments_switch_is_told_like_any_other() -> None:
    told = told_field("online_payments_on", False, True, {}, {})
    assert (told.label, told.lines) == ("Online payments", ("on (before: off)",))
