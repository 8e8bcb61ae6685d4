"""The HTTP API over a real database: who may call what, and that twice is once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from notifications_api import Headers, token

from clinic.kernel.ids import new_id


@pytest.fixture
def olga(post: Any) -> Headers:
    """A receptionist of the practice."""
    return token(post.others.practice_id, new_id())


@pytest.fixture
def bo(post: Any) -> Headers:
    """The clinician of the appointment."""
    return token(post.others.practice_id, post.others.clinician_id, "clinician")


def test_the_clinician_sees_the_alert_and_nobody_else_does(
    post: Any, api: FlaskClient, bo: Headers, olga: Headers
) -> None:
    post.happens("rescheduled", 2)
    answer = api.get("/v1/alerts", headers=bo).get_json()
    assert answer["unread"] == 1
    (alert,) = answer["alerts"]
    assert (alert["kind"], alert["has_message"], alert["read_at"]) == ("rescheduled", False, None)
    assert alert["starts_at"].endswith("Z")
    assert api.get("/v1/alerts", headers=olga).get_json() == {"alerts": [], "unread": 0}
    charlie = token(new_id(), post.others.clinician_id, "clinician")
    assert api.get("/v1/alerts", headers=charlie).get_json() == {"alerts": [], "unread": 0}
    assert api.post(f"/v1/alerts/{alert['id']}/read", headers=olga).status_code == 404
    assert api.post(f"/v1/alerts/{alert['id']}/read", headers=charlie).status_code == 404


def test_an_alert_is_read_once_and_all_at_once(post: Any, api: FlaskClient, bo: Headers) -> None:
    for revision in (2, 3, 4):
        post.happens("rescheduled", revision)
    newest = api.get("/v1/alerts", headers=bo).get_json()["alerts"][0]
    assert api.post(f"/v1/alerts/{newest['id']}/read", headers=bo).status_code == 204
    answer = api.get("/v1/alerts?unread=true", headers=bo).get_json()
    assert (answer["unread"], len(answer["alerts"])) == (2, 2)
    assert api.post("/v1/alerts/read-all", headers=bo).status_code == 204
    assert api.get("/v1/alerts?unread=true", headers=bo).get_json() == {"alerts": [], "unread": 0}
    assert len(api.get("/v1/alerts", headers=bo).get_json()["alerts"]) == 3


def test_staff_see_messages_of_a_client_or_an_appointment(post: Any, api: FlaskClient, olga: Headers) -> None:
    post.happens("booked", 1)
    for query in ("", f"?client={post.client_id}", f"?appointment={post.appointment_id}"):
        found = api.get(f"/v1/messages{query}", headers=olga).get_json()["messages"]
        assert [(one["channel"], one["state"]) for one in found] == [("sms", "queued"), ("email", "queued")]
    assert api.get(f"/v1/messages?client={new_id()}", headers=olga).get_json() == {"messages": []}
    assert api.get("/v1/messages?client=pat", headers=olga).status_code == 422
    assert api.get("/v1/messages", headers=token(new_id(), new_id())).get_json() == {"messages": []}


def test_staff_see_when_a_message_was_delivered(post: Any, api: FlaskClient, olga: Headers) -> None:
    post.happens("booked", 1)
    post.change(
        "UPDATE messages SET state = 'sent', sent_at = '2026-11-25T09:00:00Z', delivered_at = '2026-11-25T09:00:07Z'"
        " WHERE channel = 'sms'"
    )
    text, mail = api.get("/v1/messages", headers=olga).get_json()["messages"]
    assert (text["sent_at"], text["delivered_at"]) == ("2026-11-25T09:00:00Z", "2026-11-25T09:00:07Z")
    assert (mail["state"], mail["delivered_at"]) == ("queued", None)


def test_a_confirmation_can_be_sent_for_any_appointment_and_twice_is_once(
    post: Any, api: FlaskClient, olga: Headers
) -> None:
    post.recorded("booked", 1)
    path, command = f"/v1/appointments/{post.appointment_id}/confirmation", {"command_id": str(new_id())}
    first = api.post(path, json=command, headers=olga)
    assert first.status_code == 200
    assert (first.get_json()["kind"], first.get_json()["channel"]) == ("confirmation", "email")
    assert api.post(path, json=command, headers=olga).get_json() == first.get_json()
    assert post.states() == [("confirmation", "queued")]
    other = api.post(f"/v1/appointments/{new_id()}/confirmation", json=command, headers=olga)
    assert (other.status_code, other.get_json()["code"]) == (422, "command_reused")


def test_a_confirmation_needs_an_appointment_that_will_take_place(post: Any, api: FlaskClient, olga: Headers) -> None:
    path = f"/v1/appointments/{post.appointment_id}/confirmation"

    def code() -> str:
        return str(api.post(path, json={"command_id": str(new_id())}, headers=olga).get_json()["code"])

    assert code() == "not_found"
    post.recorded("cancelled", 2)
    assert code() == "already_cancelled"
    post.recorded("booked", 1)
    post.others.states[post.appointment_id]["starts_at"] = "2020-01-01T00:00:00Z"
    assert code() == "in_the_past"
    post.others.down = True
    assert code() == "unavailable"
    assert post.rows() == []


def test_a_message_is_sent_once_more(post: Any, api: FlaskClient, olga: Headers) -> None:
    post.happens("booked", 1)
    (mail,) = [one for one in post.rows() if one["channel"] == "email"]
    path, command = f"/v1/messages/{mail['message_id']}/resend", {"command_id": str(new_id())}
    again = api.post(path, json=command, headers=olga).get_json()
    assert (again["resend_of"], again["state"]) == (str(mail["message_id"]), "queued")
    assert api.post(path, json=command, headers=olga).get_json() == again
    assert post.states() == [("confirmation", "queued"), ("confirmation", "queued")]
    assert (
        api.post(f"/v1/messages/{new_id()}/resend", json={"command_id": str(new_id())}, headers=olga).status_code == 404
    )
    reused = api.post(f"/v1/messages/{again['id']}/resend", json=command, headers=olga)
    assert reused.get_json()["code"] == "command_reused"
    charlie = token(new_id(), new_id())
    assert api.post(path, json={"command_id": str(new_id())}, headers=charlie).status_code == 404


NOBODY = UUID(int=1)
CALLS: list[tuple[str, str]] = [
    ("GET", "/v1/alerts"),
    ("POST", f"/v1/alerts/{NOBODY}/read"),
    ("POST", "/v1/alerts/read-all"),
    ("GET", "/v1/messages"),
    ("POST", f"/v1/messages/{NOBODY}/resend"),
    ("POST", f"/v1/appointments/{NOBODY}/confirmation"),
    ("GET", f"/v1/users/{NOBODY}/alert-switches"),
    ("PUT", f"/v1/users/{NOBODY}/alert-switches"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_clients_and_services_are_not_let_in(post: Any, api: FlaskClient, method: str, path: str) -> None:
    ask: Callable[[Headers], Any] = lambda headers: api.open(path, method=method, json={}, headers=headers)  # noqa: E731
    assert ask({}).status_code == 401
    assert ask({"Authorization": "Service portal:k"}).status_code == 401
    assert ask(token(post.others.practice_id, post.client_id, kind="client")).status_code == 403


@pytest.mark.parametrize("path", [path for method, path in CALLS if "resend" in path or "confirmation" in path])
def test_an_auditor_sends_nothing(post: Any, api: FlaskClient, path: str) -> None:
    auditor = token(post.others.practice_id, new_id(), "auditor")
    assert api.post(path, json={"command_id": str(new_id())}, headers=auditor).status_code == 403
    assert api.get("/v1/messages", headers=auditor).status_code == 200


@pytest.mark.parametrize("body", [{}, {"command_id": "x"}, {"command_id": str(new_id()), "more": 1}, []])
def test_a_wrong_body_is_named(api: FlaskClient, olga: Headers, body: Any) -> None:
    answer = api.post(f"/v1/messages/{new_id()}/resend", json=body, headers=olga)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["errors"]


def test_the_service_describes_itself_and_is_ready(api: FlaskClient) -> None:
    paths = api.get("/openapi.json").get_json()["paths"]
    assert {
        "/v1/alerts",
        "/v1/users/{user_id}/alert-switches",
        "/v1/messages",
        "/v1/messages/{message_id}/resend",
    } <= set(paths)
    assert api.get("/readyz").status_code == 200
