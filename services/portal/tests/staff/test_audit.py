"""The Audit pages: a moment, what was shown then, the seal, the export, who read messages (F50)."""

from typing import Any
from uuid import UUID

import pytest

PAT, BOOKED = (str(UUID(int=number)) for number in (21, 52))
AT = "2026-11-23T09:30:00Z"
THEN = {"at": AT}
PAGES = (
    ("/audit", {}),
    ("/audit/clients", THEN),
    (f"/audit/clients/{PAT}", THEN),
    (f"/audit/appointments/{BOOKED}", THEN),
    ("/audit/diary", {**THEN, "date": "2026-12-02"}),
    ("/audit/settings", THEN),
)
DAYS = {"from_day": "1", "from_month": "11", "from_year": "2026", "to_day": "30", "to_month": "11", "to_year": "2026"}


def moment(**changes: str) -> dict[str, str]:
    """The form as typed."""
    return {"day": "23", "month": "11", "year": "2026", "time": "09:30", "what": "clients"} | changes


@pytest.mark.parametrize("who", ["olga", "audrey"])
def test_site_administrators_and_auditors_find_it_in_the_navigation(staff: Any, who: str) -> None:
    browser = staff(who)
    assert ">Audit</a>" in browser.get("/diary").text
    for path, query in PAGES:
        assert browser.get(path, **query).status_code == 200, path


@pytest.mark.parametrize("who", ["bo", "rita"])
def test_nobody_else_does(staff: Any, world: Any, who: str) -> None:
    browser = staff(who)
    assert ">Audit</a>" not in browser.get("/diary").text
    for path, query in (*PAGES, ("/audit/export", {**DAYS, "format": "csv"})):
        assert browser.get(path, **query).status_code == 403, path
    assert browser.post(f"/audit/clients/{PAT}/messages", {"at": AT, "reason": "curious"}).status_code == 403
    assert not world.said("unseal_for_audit")


def test_charlie_sees_nothing_of_it_in_his_own_practice_either(staff: Any) -> None:
    charlie = staff("charlie", "river-lane")
    for path, query in PAGES:
        answer = charlie.get(path, **query)
        assert answer.status_code == (404 if PAT in path or BOOKED in path else 200), path
        assert "Okafor" not in answer.text
    assert charlie.post(f"/audit/clients/{PAT}/messages", {"at": AT, "reason": "curious"}).status_code == 404
    assert charlie.get("/audit/export", **DAYS, format="jsonl").data == b""


def test_the_form_says_now_and_leads_to_the_moment(staff: Any) -> None:
    audrey = staff("audrey")
    text = audrey.get("/audit").text
    for name, value in (("day", "2"), ("month", "12"), ("year", "2026"), ("time", "08:30:00")):
        assert f'name="{name}"' in text
        assert f'value="{value}"' in text
    for what in ("clients", "diary", "settings"):
        answer = audrey.get("/audit", **moment(what=what))
        assert answer.status_code == 303
        assert answer.location.endswith(f"/audit/{what}?at=2026-11-23T09:30:00Z")
    summer = audrey.get("/audit", **moment(month="7", time="9:30", what="diary"))
    assert summer.location.endswith("at=2026-07-23T08:30:00Z"), "the practice's zone"
    again = audrey.get("/audit", at=AT).text
    assert 'value="23"' in again
    assert 'value="09:30:00"' in again


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"day": "31", "month": "2"}, "date", "Enter a real date"),
        ({"year": "26"}, "date", "Enter a real date"),
        ({"day": "²"}, "date", "Enter a real date"),
        ({"time": "noon"}, "time", "Enter a time such as 14:05"),
        ({"time": "25:00"}, "time", "does not exist"),
        ({"day": "25", "month": "10", "time": "01:30"}, "time", "happens twice in Europe/London: say which one"),
        ({"day": "29", "month": "3", "time": "01:30"}, "time", "does not exist in Europe/London"),
        ({"day": "3", "month": "12"}, "date", "still to come"),
        ({"what": "everything"}, "what", "Choose what you want to see"),
        ({"what": ""}, "what", "Choose what you want to see"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_what_is_no_moment_is_told_beside_its_field(staff: Any, changes: dict[str, str], field: str, said: str) -> None:
    answer = staff("audrey").get("/audit", **moment(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    for value in changes.values():
        assert f'value="{value}"' in answer.text or "what" in changes, "entries are kept"


def test_who_chooses_nothing_to_see_is_told_so(staff: Any) -> None:
    given = moment()
    del given["what"]
    answer = staff("audrey").get("/audit", **given)
    assert (answer.status_code, "Choose what you want to see" in answer.text) == (422, True)


def test_a_repeated_hour_is_taken_with_its_offset(staff: Any) -> None:
    answer = staff("audrey").get("/audit", **moment(day="25", month="10", time="01:30+00:00"))
    assert answer.location.endswith("at=2026-10-25T01:30:00Z")


@pytest.mark.parametrize(
    ("at", "said"),
    [("2026-11-01T00:00:00Z", "begins later"), ("2027-01-01T00:00:00Z", "still to come"), ("soon", "no moment")],
)
def test_a_moment_with_nothing_to_show_is_said_plainly(staff: Any, at: str, said: str) -> None:
    for path in ("/audit/clients", f"/audit/clients/{PAT}", "/audit/diary", "/audit/settings"):
        answer = staff("audrey").get(path, at=at)
        assert answer.status_code == 422
        assert said in answer.text


def test_a_clients_list_is_what_the_client_was_shown(staff: Any, world: Any) -> None:
    text = staff("audrey").get(f"/audit/clients/{PAT}", **THEN).text
    assert "As of Monday 23 November 2026, 09:30:00." in text
    assert "after event 9, recorded Sunday 22 November 2026, 14:41:00" in text
    assert f"/audit/appointments/{BOOKED}?at=2026-11-23T09:30:00Z" in text
    assert "Could change it online: no: it was too late." in text
    assert {given[0] for given in world.said("list_then")} == {AT}
    world.list_shown = {"shown": False, "reason": "portal_off", "off_text": "Call <us>."}
    assert "no list but this text: “Call &lt;us&gt;.”" in staff("audrey").get(f"/audit/clients/{PAT}", **THEN).text


def test_an_appointment_is_told_with_what_replaced_what(staff: Any) -> None:
    text = " ".join(staff("audrey").get(f"/audit/appointments/{BOOKED}", **THEN).text.split())
    assert "Pat Okafor moved it from Thursday 26 November 2026, 10:20" in text
    for label, before, after in (
        ("Start", "Thu 26 Nov 2026, 10:20", "Wed 2 Dec 2026, 10:20"),
        ("Status", "Booked", "Cancelled online"),
        ("Paid", "£0.00", "£45.00"),
    ):
        assert f"{label}: {before} " in text
        assert f"</span> {after}</p>" in text
    assert "Revision" not in text
    assert "Cancellation policy, version 1" in text
    assert "Please tell us &lt;b&gt;a day&lt;/b&gt; before." in text
    assert "Read message" not in text


def test_the_diary_then_leads_to_appointments_then_and_changes_nothing(staff: Any) -> None:
    text = staff("olga").get("/audit/diary", **THEN, date="2026-12-02").text
    assert f"/audit/appointments/{BOOKED}?at=2026-11-23T09:30:00Z" in text
    for word in (">Move", ">Cancel<", "Set status", "free: book", "Book an appointment"):
        assert word not in text
    assert staff("olga").get("/audit/diary", **THEN, date="nonsense").status_code == 422


def test_the_settings_then_have_the_policy_with_its_version(staff: Any) -> None:
    text = " ".join(staff("audrey").get("/audit/settings", **THEN).text.split())
    for said in ("Portal settings, version 3", "Cancellation policy, version 1", "Please tell us a day before.",
                 "until 24 hours before the start", "Online Booking 2.0", "Clients may: cancel"):  # fmt: skip
        assert said in text


def test_messages_are_read_with_a_reason_only(staff: Any, world: Any) -> None:
    audrey, path = staff("audrey"), f"/audit/clients/{PAT}/messages"
    for reason in ("", "1=1"):
        refused = audrey.post(path, {"at": AT, "reason": reason})
        assert refused.status_code == 422
        assert "Say why, in 3 to 61 letters and spaces." in refused.text
        assert "earlier" not in refused.text
    told = audrey.post(path, {"at": AT, "reason": "a complaint"})
    assert "Could it be &lt;b&gt;earlier&lt;/b&gt;?" in told.text
    assert "Reason: a complaint" in told.text
    assert world.said("unseal_for_audit")[-1] == (UUID(PAT), "a complaint")
    assert not world.said("unseal"), "the route of other pages"
    assert not world.said("read_message"), "an auditor's reading is no colleague's"


def test_who_read_messages_is_told(staff: Any) -> None:
    text = " ".join(staff("audrey").get("/audit").text.split())
    assert "<strong>Olga Novak</strong> read 1 message of Pat Okafor" in text
    assert "<strong>An operator, at the command line</strong> read 2 messages of Pat Okafor" in text
    assert "Reason: court order (operator jo)" in text


def test_the_seal_is_told_or_not_available(staff: Any, world: Any) -> None:
    audrey = staff("audrey")
    assert "Not available." in audrey.get("/audit").text
    world.head = {"position": 12, "recorded_at": "2026-12-02T08:00:00Z", "sealed_position": 11,
                  "sealed_at": "2026-12-02T08:00:01Z", "root": "ab" * 32, "key_id": "k1"}  # fmt: skip
    text = " ".join(audrey.get("/audit").text.split())
    assert "12 events, the last one Wednesday 2 December 2026, 08:00:00" in text
    assert "up to event 11, Wednesday 2 December 2026, 08:00:01" in text
    assert "ab" * 32 in text
    world.down.add("ledger_head")
    assert "Not available." in audrey.get("/audit").text


def test_a_period_is_downloaded_whole_days_at_the_practices_wall_time(staff: Any, world: Any) -> None:
    audrey = staff("audrey")
    answer = audrey.get("/audit/export", **DAYS | {"from_month": "7"}, format="csv")
    assert answer.status_code == 200
    assert answer.data == b'{"position":1}\n{"position":2}\n'
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=ledger-")
    assert answer.headers["Content-Disposition"].endswith(".csv")
    assert world.said("export") == [("2026-06-30T23:00:00Z", "2026-12-01T00:00:00Z", "csv")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"to_month": "10"}, "before the first one"),
        ({"from_day": ""}, "Enter a real date"),
        ({"format": "pdf"}, "Choose a format"),
    ],
    ids=["inverted", "no date", "no format"],
)
def test_a_period_that_is_none_is_told(staff: Any, world: Any, changes: dict[str, str], said: str) -> None:
    answer = staff("audrey").get("/audit/export", **{**DAYS, "format": "csv"} | changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert not world.said("export")
