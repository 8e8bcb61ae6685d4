"""The history of the settings: every change with old and new values, for the staff of the practice (F50)."""

from typing import Any

import pytest

PATH = "/v1/settings/portal/history"


def history(practice: Any, page: int = 1, role: str = "site_administrator") -> Any:
    """A page of the practice's settings history."""
    answer = practice.get(PATH, practice.as_staff(role), page=page)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_an_import_sets_all_but_the_portal_and_then_switches_it_on(practice: Any) -> None:
    told = history(practice)
    assert (told["page"], told["pages"]) == (1, 1)
    switched_on, taken_over = told["entries"]
    assert switched_on["changed"] == [{"field": "portal_on", "before": False, "after": True}]
    values = {change["field"]: (change["before"], change["after"]) for change in taken_over["changed"]}
    assert values == {
        "online_booking_edition": ("none", "v2"),
        "online_booking_on": (False, True),
        "online_booking_off_text": ("", "Nobody books online."),
        "portal_off_text": ("", "Call us."),
        "policy_text": ("", "Free until 24 hours before."),
    }
    assert [(entry["version"], entry["position"]) for entry in told["entries"]] == [(2, 2), (1, 1)]
    assert {entry["actor"]["kind"] for entry in told["entries"]} == {"import"}
    assert {entry["actor"]["id"] for entry in told["entries"]} == {None}


def test_each_change_says_who_when_and_what_it_replaced(practice: Any) -> None:
    statuses = practice.get("/v1/settings/portal", practice.as_staff()).get_json()["statuses"]
    waiting = {"code": "waiting", "name": "Waiting", "attending": True, "client_wording": "Booked"}
    practice.settings(
        cancellation_window={"kind": "never", "minutes": 0}, may_leave_message=False, policy_text="x" * 5_000
    )
    practice.settings(statuses=[*statuses, waiting])
    practice.settings()
    newest, before, *imported = history(practice)["entries"]
    assert newest["changed"] == [{"field": "statuses", "before": statuses, "after": [*statuses, waiting]}]
    assert before["changed"] == [
        {"field": "may_leave_message", "before": True, "after": False},
        {
            "field": "cancellation_window",
            "before": {"kind": "minutes", "minutes": 1440},
            "after": {"kind": "never", "minutes": 0},
        },
        {"field": "policy_text", "before": "Free until 24 hours before.", "after": "x" * 5_000},
    ]
    assert newest["actor"] == before["actor"] == {"kind": "staff", "id": str(practice.olga)}
    assert newest["recorded_at"] > before["recorded_at"] > imported[0]["recorded_at"]
    assert newest["recorded_at"].endswith("Z")


def test_twenty_entries_fill_a_page_and_the_next_one_goes_on_where_it_ended(practice: Any) -> None:
    for number in range(20):
        practice.settings(policy_text=f"Wording {number}")
    first, second, third = (history(practice, page) for page in (1, 2, 3))
    assert [entry["version"] for entry in first["entries"]] == list(range(22, 2, -1))
    assert first["entries"][-1]["changed"] == [
        {"field": "policy_text", "before": "Free until 24 hours before.", "after": "Wording 0"}
    ]
    assert [entry["version"] for entry in second["entries"]] == [2, 1]
    assert [(told["page"], told["pages"]) for told in (first, second, third)] == [(1, 2), (2, 2), (3, 2)]
    assert third["entries"] == []


@pytest.mark.parametrize("role", ["site_administrator", "clinician", "receptionist", "auditor"])
def test_every_role_reads_it(practice: Any, role: str) -> None:
    assert len(history(practice, role=role)["entries"]) == 2


def test_charlie_of_another_practice_sees_nothing_of_it(new_practice: Any) -> None:
    harbour, river = new_practice(), new_practice()
    harbour.settings(policy_text="For Harbour only.")
    for query in ({}, {"practice": str(harbour.practice_id)}):
        charlies = river.get(PATH, river.as_staff(), **query)
        assert len(charlies.get_json()["entries"]) == 2
        assert "For Harbour only." not in charlies.text


def test_a_client_does_not_read_it(practice: Any) -> None:
    assert practice.get(PATH, practice.as_pat()).status_code == 403


@pytest.mark.parametrize("page", ["0", "-1", "x", "10001"])
def test_a_page_that_cannot_be_is_refused(practice: Any, page: str) -> None:
    answer = practice.get(PATH, practice.as_staff(), page=page)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["page"])
