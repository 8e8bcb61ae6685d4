"""The ledger's API: every call of docs/http.md with its outcomes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.kernel.ids import new_id

At = Callable[..., datetime]


def test_a_client_moves_an_appointment_and_leaves_a_message(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    answer = practice.post(
        f"/v1/appointments/{booked['id']}/reschedule",
        practice.as_pat(appointment=booked["id"]),
        revision=1,
        starts_at=at(11).isoformat(),
        message="My  knee\r\nagain ",
    )
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["outcome"], body["revision"], body["appointment"]["revision"]) == ("rescheduled", 2, 2)
    assert body["appointment"]["starts_at"] == at(11).isoformat().replace("+00:00", "Z")
    assert body["position"] == body["appointment"]["position"]
    practice.project()
    (message,) = practice.get(
        f"/v1/clients/{practice.pat}/messages", practice.as_staff(), min_position=body["position"]
    ).get_json()["messages"]
    assert practice.identity.open(message["sealed"], message["event_id"]) == "My  knee\nagain"
    (moved, _booked) = practice.get(f"/v1/appointments/{booked['id']}/history", practice.as_staff()).get_json()[
        "entries"
    ]
    assert moved["message_id"] == message["message_id"]
    assert moved["actor"] == {"kind": "client", "id": str(practice.pat)}
    assert moved["sentence"].startswith("{client} moved the appointment from ")


def test_the_same_command_again_is_answered_the_same(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}/reschedule"
    body = {"command_id": str(new_id()), "revision": 1, "starts_at": at(11).isoformat(), "message": "late"}
    answers = [practice.post(path, practice.as_pat(), **body) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert len(practice.events("AppointmentRescheduled")) == 1
    assert len(practice.events("ClientMessageLeft")) == 1
    for other in ({"starts_at": at(12).isoformat()}, {"message": "earlier"}, {"revision": 2}):
        reused = practice.post(path, practice.as_pat(), **(body | other))
        assert (reused.status_code, reused.get_json()["code"]) == (422, "command_reused")


def test_a_refusal_is_remembered_too(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    body = {"command_id": str(new_id()), "revision": 7, "starts_at": at(11).isoformat()}
    path = f"/v1/appointments/{booked['id']}/reschedule"
    first = practice.post(path, practice.as_pat(), **body)
    assert (first.status_code, first.get_json()["code"]) == (409, "changed_meanwhile")
    assert first.get_json()["appointment"]["revision"] == 1
    practice.post(path, practice.as_pat(), revision=1, starts_at=at(12).isoformat())
    assert practice.post(path, practice.as_pat(), **body).data == first.data


def test_the_same_time_changes_nothing(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    asked = practice.availability.asked
    before = len(practice.events())
    answer = practice.post(
        f"/v1/appointments/{booked['id']}/reschedule", practice.as_pat(), revision=1, starts_at=at(10).isoformat()
    )
    assert (answer.status_code, answer.get_json()["outcome"], answer.get_json()["revision"]) == (200, "unchanged", 1)
    assert (len(practice.events()), practice.availability.asked) == (before, asked)


def test_a_cancellation_shows_its_policy_and_frees_the_time(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}/cancel"
    old = practice.post(path, practice.as_pat(), revision=1, policy_text_version=0)
    assert (old.status_code, old.get_json()["code"]) == (409, "changed_meanwhile")
    shown = booked["policy"]
    answer = practice.post(
        path, practice.as_pat(), revision=1, policy_text_version=shown["text_version"], message="ill"
    )
    assert answer.status_code == 200
    appointment = answer.get_json()["appointment"]
    assert (appointment["cancelled"], appointment["status"]) == (True, "cancelled_by_client")
    assert appointment["may_change"] == {"allowed": False, "reason": "already_cancelled"}
    assert practice.events("AppointmentCancelled")[0]["policy_text"] == "Free until 24 hours before."
    practice.book(at(10))
    again = practice.post(path, practice.as_pat(), revision=2)
    assert (again.status_code, again.get_json()["code"]) == (409, "already_cancelled")
    assert again.get_json()["appointment"]["cancelled"] is True


def test_change_until_24_hours_before_and_no_cancellation_online_at_all(practice: Any, at: At) -> None:
    practice.settings(cancellation_window={"kind": "never", "minutes": 0})
    far, near = practice.book(at(10)), practice.book(at(10, days=1) - timedelta(minutes=30), clinician=new_id())
    shown = practice.get(f"/v1/appointments/{far['id']}", practice.as_pat()).get_json()
    assert shown["may_change"] == {"allowed": True, "reason": None}
    assert shown["may_cancel"] == {"allowed": False, "reason": "cancellations_not_offered"}
    assert "status_name" not in shown
    if datetime.fromisoformat(near["starts_at"]) - datetime.now(at(10).tzinfo) < timedelta(hours=24):
        late = practice.post(
            f"/v1/appointments/{near['id']}/reschedule", practice.as_pat(), revision=1, starts_at=at(12).isoformat()
        )
        assert (late.status_code, late.get_json()["code"]) == (409, "too_late_to_change")
    refused = practice.post(f"/v1/appointments/{far['id']}/cancel", practice.as_pat(), revision=1)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "cancellations_not_offered")


def test_while_the_portal_is_off_a_client_reads_the_off_text_only(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    for changes, text in (
        ({"portal_on": False}, "Call us."),
        ({"online_booking_on": False}, "Nobody books online."),
        ({"portal_on": False, "online_booking_on": True, "online_booking_edition": "classic"}, "Call us."),
    ):
        practice.settings(**changes)
        for answer in (
            practice.get(f"/v1/appointments/{booked['id']}", practice.as_pat()),
            practice.get("/v1/appointments", practice.as_pat()),
            practice.get(f"/v1/appointments/{new_id()}", practice.as_pat()),
            practice.post(f"/v1/appointments/{booked['id']}/cancel", practice.as_pat(), revision=1),
        ):
            assert (answer.status_code, answer.get_json()["code"]) == (403, "portal_off")
            assert answer.get_json()["off_text"] == text
    staff = practice.post(
        f"/v1/appointments/{booked['id']}/reschedule", practice.as_staff(), revision=1, starts_at=at(11).isoformat()
    )
    assert staff.status_code == 200


def test_availability_decides_what_is_offered_and_may_be_down(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}/reschedule"
    move = {"revision": 1, "starts_at": at(11).isoformat()}
    practice.availability.answer = replace(practice.availability.answer, offered=False)
    assert practice.post(path, practice.as_pat(), **move).get_json()["code"] == "slot_not_offered"
    practice.availability.answer = replace(practice.availability.answer, offered=False, available_online=False)
    assert practice.post(path, practice.as_pat(), **move).get_json()["code"] == "clinician_not_available_online"
    shown = practice.get(f"/v1/appointments/{booked['id']}", practice.as_pat()).get_json()
    assert shown["may_change"] == {"allowed": False, "reason": "clinician_not_available_online"}
    assert shown["may_cancel"]["allowed"] is True
    practice.availability.down = True
    command = str(new_id())
    down = practice.post(path, practice.as_pat(), command_id=command, **move)
    assert (down.status_code, down.get_json()["code"]) == (503, "unavailable")
    assert "nothing was changed" in down.get_json()["detail"]
    assert practice.get(f"/v1/appointments/{booked['id']}", practice.as_pat()).status_code == 200
    practice.availability.down = False
    practice.availability.answer = replace(practice.availability.answer, offered=True, available_online=True)
    assert practice.post(path, practice.as_pat(), command_id=command, **move).status_code == 200
    practice.availability.down = True
    assert practice.post(f"/v1/appointments/{booked['id']}/cancel", practice.as_pat(), revision=2).status_code == 200


def test_identity_down_refuses_only_what_carries_a_message(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    practice.identity.down = True
    path = f"/v1/appointments/{booked['id']}/cancel"
    assert practice.post(path, practice.as_pat(), revision=1, message="sorry").status_code == 503
    assert practice.post(path, practice.as_pat(), revision=1).status_code == 200


def test_staff_overlap_only_knowingly_and_clients_never(practice: Any, at: At) -> None:
    first = practice.book(at(10))
    taken = practice.post("/v1/appointments", practice.as_staff(), **practice.booking(at(10, 30)))
    assert (taken.status_code, taken.get_json()["code"]) == (409, "slot_taken"), "the buffer belongs to the appointment"
    knowing = practice.book(at(10, 30), overlap_accepted=True)
    assert knowing["overlap_accepted"] is True
    assert practice.book(at(15), overlap_accepted=True)["overlap_accepted"] is False, "there was nothing to overlap"
    mine = practice.book(at(12))
    path = f"/v1/appointments/{mine['id']}/reschedule"
    move = {"revision": 1, "starts_at": at(10, 45).isoformat()}
    assert practice.post(path, practice.as_pat(), **move).get_json()["code"] == "slot_taken"
    assert practice.post(path, practice.as_pat(), overlap_accepted=True, **move).get_json()["code"] == "slot_taken"
    assert practice.post(path, practice.as_staff(), **move).get_json()["code"] == "slot_taken"
    moved = practice.post(path, practice.as_staff(), overlap_accepted=True, **move)
    assert moved.get_json()["appointment"]["overlap_accepted"] is True
    back = practice.post(
        f"/v1/appointments/{first['id']}/reschedule", practice.as_staff(), revision=1, starts_at=at(9, 20).isoformat()
    )
    assert back.status_code == 200, "its own slot does not count, and it ends with its buffer at ten"


def test_lists_diary_and_state_tell_the_same(practice: Any, at: At) -> None:
    one, two = practice.book(at(10)), practice.book(at(12))
    position = practice.post(f"/v1/appointments/{one['id']}/cancel", practice.as_staff(), revision=1).get_json()[
        "position"
    ]
    practice.project()
    upcoming = practice.get("/v1/appointments", practice.as_pat(), min_position=position).get_json()
    assert [entry["id"] for entry in upcoming["appointments"]] == [two["id"]]
    assert (upcoming["page"], upcoming["pages"]) == (1, 1)
    previous = practice.get("/v1/appointments", practice.as_pat(), when="previous").get_json()["appointments"]
    assert [entry["status_for_client"] for entry in previous] == ["Cancelled by the practice"]
    diary = practice.get(
        "/v1/diary", practice.as_staff("auditor"), **{"from": at(0).isoformat(), "to": at(23).isoformat()}
    ).get_json()["entries"]
    assert [(entry["id"], entry["cancelled"]) for entry in diary] == [(one["id"], True), (two["id"], False)]
    single = practice.get(f"/v1/appointments/{two['id']}", practice.as_staff())
    assert (single.headers["ETag"], single.get_json()) == ('"1"', diary[1])
    key = {"Authorization": "Service notifications:key"}
    state = practice.get(f"/v1/appointments/{two['id']}/state", key, practice=str(practice.practice_id)).get_json()
    assert state == {name: value for name, value in diary[1].items() if name in state}
    assert "may_change" not in state


def test_a_view_that_is_behind_is_waited_for_at_most_300_ms(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    answer = practice.get("/v1/appointments", practice.as_pat(), min_position=booked["position"])
    assert (answer.status_code, answer.get_json()["appointments"]) == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        {"starts_at": "2026-12-02T10:00:00"},
        {"starts_at": "2026-12-02T10:00:30Z"},
        {"starts_at": "9999-12-31T23:59:00Z"},
        {"starts_at": 5},
        {"revision": "1"},
        {"revision": 0},
        {"message": "x" * 1001},
        {"message": "\ud800"},
        {"message": "a\u0000b"},
        {"message": ["x"]},
        {"overlap_accepted": "yes"},
        {"command_id": "1"},
        {"clinician_id": "018f0000-0000-7000-8000-000000000000"},
        {"location_id": "018f0000-0000-7000-8000-000000000000"},
    ],
)
def test_what_is_not_the_agreed_shape_is_invalid(practice: Any, at: At, body: dict[str, Any]) -> None:
    booked = practice.book(at(10))
    whole = {"revision": 1, "starts_at": at(11).isoformat(), **body}
    answer = practice.post(f"/v1/appointments/{booked['id']}/reschedule", practice.as_pat(), **whole)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert answer.content_type == "application/problem+json"
    assert practice.get(f"/v1/appointments/{booked['id']}", practice.as_pat()).get_json()["revision"] == 1


def test_a_body_over_64_kib_is_refused(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    answer = practice.post(
        f"/v1/appointments/{booked['id']}/cancel", practice.as_pat(), revision=1, message="x" * 70_000
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "body_too_large")


def test_staff_leave_no_client_messages_and_book_known_clients_only(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    answer = practice.post(f"/v1/appointments/{booked['id']}/cancel", practice.as_staff(), revision=1, message="x")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["message"])
    stranger = new_id()
    practice.identity.unknown.add(stranger)
    answer = practice.post("/v1/appointments", practice.as_staff(), **practice.booking(at(14), client=stranger))
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["client_id"])


def test_a_message_is_refused_where_the_practice_takes_none(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    practice.settings(may_leave_message=False)
    answer = practice.post(f"/v1/appointments/{booked['id']}/cancel", practice.as_pat(), revision=1, message="x")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "messages_not_offered")


def test_the_api_is_described(practice: Any) -> None:
    described = practice.http.get("/openapi.json").get_json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]["/v1/appointments/{appointment_id}/reschedule"]) >= {"post"}
    assert list(described["components"]["responses"]["DEFAULT_ERROR"]["content"]) == ["application/problem+json"]
    parameters = described["paths"]["/v1/settings/portal"]["put"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["If-Match"]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"revision": NaN}', b'{"a": ' * 5000]
)
def test_what_is_no_json_object_is_a_problem_and_no_error_of_ours(practice: Any, at: At, raw: bytes) -> None:
    booked = practice.book(at(10))
    headers = {**practice.as_pat(), "Content-Type": "application/json"}
    answer = practice.http.post(f"/v1/appointments/{booked['id']}/cancel", data=raw, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_an_appointment_may_move_into_its_own_time(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    moved = practice.post(
        f"/v1/appointments/{booked['id']}/reschedule", practice.as_pat(), revision=1, starts_at=at(10, 15).isoformat()
    )
    assert moved.status_code == 200
