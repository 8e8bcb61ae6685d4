"""A sample of the combinations of what a practice decides, through the whole API (F2-F29, F42).

All of them are in services/appointments/tests/test_what_a_client_may_do.py, over a ledger in memory.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from client_permissions import DISTANCE_HOURS, RULES, Case, sampled_cases

from clinic.kernel.ids import new_id

# An edition is lowered by the add-on's seller, not in the portal's settings: with the portal on, only v2 can be saved.
CASES = [case for case in sampled_cases(random.Random(2026), 60) if case.edition == "v2" or not case.portal_on][:40]


def decide(practice: Any, appointment: Any, case: Case) -> None:
    """The settings of the practice and the type, the rules of the appointment, the clinician's switch."""
    own = {"command_id": str(new_id()), "revision": 1, "rules": case.said_at("appointment")}
    answer = practice.http.put(f"/v1/appointments/{appointment['id']}/rules", json=own, headers=practice.as_staff())
    assert answer.status_code == 200, answer.text
    practice.settings(
        online_booking_edition=case.edition,
        portal_on=case.portal_on,
        online_booking_on=case.booking_on,
        type_rules=[{"appointment_type_id": str(practice.type), "rules": case.said_at("type")}],
        **case.said_at("practice"),
    )
    practice.availability.answer = replace(practice.availability.answer, available_online=case.clinician_online)


@pytest.fixture(scope="module")
def soon() -> datetime:
    """In a little more than a day, on a whole minute."""
    start = datetime.now(UTC) + timedelta(hours=DISTANCE_HOURS, minutes=20)
    return start.replace(second=0, microsecond=0)


@pytest.mark.parametrize("message", [False, True], ids=["without a message", "with a message"])
def test_what_is_offered_is_accepted_and_nothing_else(practice: Any, soon: datetime, message: bool) -> None:
    text = {"message": "please"} if message else {}
    for number, case in enumerate(CASES):
        start = soon + timedelta(minutes=number % 3)
        practice.pat = new_id()
        one, two = (practice.book(start, clinician=new_id()) for _ in range(2))
        for appointment in (one, two):
            decide(practice, appointment, case)
        practice.project()
        expected = [case.change_refused_by(message=message), case.cancel_refused_by(message=message)]
        assert offered(practice, one, case, message) == expected, case
        moved = practice.post(
            f"/v1/appointments/{one['id']}/reschedule",
            practice.as_pat(),
            revision=1,
            starts_at=(start + timedelta(days=3)).isoformat(),
            **text,
        )
        cancelled = practice.post(f"/v1/appointments/{two['id']}/cancel", practice.as_pat(), revision=1, **text)
        assert [answer.get_json().get("code") for answer in (moved, cancelled)] == expected, case


def offered(practice: Any, appointment: Any, case: Case, message: bool) -> list[str | None]:
    """What the page and the list say; they are equal in every member but what the clock moves."""
    read: Callable[..., Any] = practice.get
    shown = read(f"/v1/appointments/{appointment['id']}", practice.as_pat(appointment=appointment["id"]))
    listed = read("/v1/appointments", practice.as_pat())
    if shown.status_code != 200:
        assert listed.get_json()["code"] == shown.get_json()["code"]
        return [shown.get_json()["code"]] * 2
    page = shown.get_json()
    (row,) = [one for one in listed.get_json()["appointments"] if one["id"] == appointment["id"]]
    assert row == page
    reasons: list[str | None] = [page["may_change"]["reason"], page["may_cancel"]["reason"]]
    if message and not page["may_leave_message"]:
        last = {None, "clinician_not_available_online"}
        reasons = ["messages_not_offered" if reason in last else reason for reason in reasons]
    staff = read(f"/v1/appointments/{appointment['id']}", practice.as_staff()).get_json()
    assert tuple(staff["rules_from"][name] for name in RULES) == case.levels
    return reasons
