"""Everything foreign is 404: other clients, other appointments under a limited session, other practices (F8, F55)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clinic.kernel.ids import new_id

At = Callable[..., datetime]


def calls(practice: Any, appointment_id: str, headers: dict[str, str], at: At) -> dict[str, Any]:
    """Every call about one appointment."""
    path = f"/v1/appointments/{appointment_id}"
    return {
        "show": practice.get(path, headers),
        "move": practice.post(f"{path}/reschedule", headers, revision=1, starts_at=at(16).isoformat()),
        "cancel": practice.post(f"{path}/cancel", headers, revision=1),
    }


def staff_calls(practice: Any, appointment_id: str, headers: dict[str, str], at: At) -> dict[str, Any]:
    """Every call about one appointment that only staff make."""
    path = f"/v1/appointments/{appointment_id}"
    paid = {"amount_pence": 100, "currency": "GBP", "method": "cash", "paid_at": at(9, days=-1).isoformat()}
    refund = {"amount_pence": 100, "refunded_at": at(9, days=-1).isoformat()}
    rules = {"command_id": str(new_id()), "revision": 1, "rules": {"may_change": False}}
    return {
        "status": practice.post(f"{path}/status", headers, revision=1, status="arrived"),
        "rules": practice.http.put(f"{path}/rules", json=rules, headers=headers),
        "pay": practice.post(f"{path}/payments", headers, **paid),
        "refund": practice.post(f"{path}/refunds", headers, **refund),
        "payments": practice.get(f"{path}/payments", headers),
        "history": practice.get(f"{path}/history", headers),
    }


def test_staff_of_another_practice_find_nothing_and_clients_may_not(new_practice: Any, at: At) -> None:
    one, two = new_practice(), new_practice()
    mine = one.book(at(9))
    one.post(f"/v1/appointments/{mine['id']}/cancel", one.as_pat(), revision=1, message="ill")
    one.project()
    (message,) = one.get("/v1/messages", one.as_staff()).get_json()["messages"]
    before = len(one.events())
    for headers, status in ((two.as_staff(), 404), (one.as_pat(), 403), (one.as_pat(appointment=mine["id"]), 403)):
        answers = staff_calls(one, mine["id"], headers, at) | {
            "read": one.post(f"/v1/messages/{message['message_id']}/read", headers),
            "deal": one.post(f"/v1/messages/{message['message_id']}/dealt-with", headers, dealt_with=True),
        }
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, status)
    assert two.get("/v1/messages", two.as_staff()).get_json()["messages"] == []
    assert two.get(f"/v1/clients/{one.pat}/messages", two.as_staff()).get_json()["messages"] == []
    assert len(one.events()) == before


def test_what_is_not_yours_does_not_exist(new_practice: Any, at: At) -> None:
    one, two = new_practice(), new_practice()
    mine, mine_too = one.book(at(9)), one.book(at(11))
    sams = one.book(at(13), client=new_id())
    theirs = two.book(at(9))
    nobodys = str(new_id())
    limited = one.as_pat(appointment=mine["id"])
    cases = [
        (sams["id"], one.as_pat()),
        (theirs["id"], one.as_pat()),
        (nobodys, one.as_pat()),
        (mine_too["id"], limited),
        (sams["id"], limited),
        (theirs["id"], one.as_staff()),
        (nobodys, one.as_staff()),
        (mine["id"], two.as_staff()),
        (mine["id"], one.token("client", practice_id=two.practice_id, client=one.pat)),
    ]
    for appointment_id, headers in cases:
        for name, answer in calls(one, appointment_id, headers, at).items():
            assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found"), name
    assert len(one.events("AppointmentRescheduled", "AppointmentCancelled")) == 0


def test_a_limited_session_reaches_no_list(practice: Any, at: At) -> None:
    mine = practice.book(at(9))
    limited = practice.as_pat(appointment=mine["id"])
    assert practice.get("/v1/appointments", limited).status_code == 404
    assert practice.get("/v1/appointments", limited, client=str(practice.pat)).status_code == 404
    assert practice.get(f"/v1/appointments/{mine['id']}", limited).status_code == 200


def test_a_client_lists_their_own_only(practice: Any) -> None:
    assert practice.get("/v1/appointments", practice.as_pat(), client=str(new_id())).status_code == 404
    assert practice.get("/v1/appointments", practice.as_staff()).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/appointments/{id}/history", {"staff", "auditor"}),
        ("GET", "/v1/diary?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", {"staff", "auditor"}),
        ("GET", "/v1/clients/{client}/messages", {"staff"}),
        ("GET", "/v1/messages", {"staff"}),
        ("POST", "/v1/messages/{id}/read", {"staff"}),
        ("POST", "/v1/messages/{id}/dealt-with", {"staff"}),
        ("GET", "/v1/appointments/{id}/payments", {"staff", "auditor"}),
        ("POST", "/v1/appointments/{id}/payments", {"staff"}),
        ("POST", "/v1/appointments/{id}/refunds", {"staff"}),
        ("POST", "/v1/appointments/{id}/status", {"staff"}),
        ("PUT", "/v1/appointments/{id}/rules", {"staff"}),
        ("GET", "/v1/settings/portal", {"staff", "auditor"}),
        ("GET", "/v1/settings/portal/history", {"staff", "auditor"}),
        ("GET", "/v1/appointments/{id}/state?practice={practice}", {"notifications"}),
        ("GET", "/v1/heads", {"notifications", "portal"}),
        ("GET", "/v1/events?practice={practice}", {"notifications", "portal"}),
        ("GET", "/v1/appointments/{id}", {"client", "staff", "auditor"}),
        ("POST", "/v1/appointments", {"staff"}),
        ("POST", "/v1/appointments/{id}/reschedule", {"client", "staff"}),
        ("POST", "/v1/appointments/{id}/cancel", {"client", "staff"}),
    ],
)
def test_each_call_is_for_its_callers(practice: Any, at: At, method: str, path: str, allowed: set[str]) -> None:
    booked = practice.book(at(9))
    url = path.format(id=booked["id"], client=practice.pat, practice=practice.practice_id)
    callers = {
        "client": practice.as_pat(),
        "staff": practice.as_staff("receptionist"),
        "auditor": practice.as_staff("auditor"),
        "notifications": {"Authorization": "Service notifications:key"},
        "portal": {"Authorization": "Service portal:key"},
    }
    for name, headers in callers.items():
        answer = practice.http.open(url, method=method, headers=headers, json={} if method in {"POST", "PUT"} else None)
        assert (answer.status_code == 403) == (name not in allowed), (name, answer.status_code)
    for headers in ({}, {"Authorization": "Service portal:wrong"}, {"Authorization": "Bearer x"}):
        assert practice.http.open(url, method=method, headers=headers).status_code == 401
