"""Status, rules, payments and messages over HTTP (F18, F26, F33, F34)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clinic.kernel.ids import new_id

At = Callable[..., datetime]


def put_rules(practice: Any, appointment: Any, rules: Any, command: str | None = None, **more: Any) -> Any:
    """A PUT of an appointment's own rules."""
    body = {"command_id": command or str(new_id()), "revision": appointment["revision"], "rules": rules, **more}
    return practice.http.put(f"/v1/appointments/{appointment['id']}/rules", json=body, headers=practice.as_staff())


def payment(at: At, **changes: Any) -> dict[str, Any]:
    """45 pounds by card, yesterday."""
    paid_at = at(9, days=-1).isoformat()
    return {"amount_pence": 4500, "currency": "GBP", "method": "card", "paid_at": paid_at, **changes}


def test_a_status_frees_the_time_and_takes_it_back(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}/status"
    gone = practice.post(path, practice.as_staff("receptionist"), revision=1, status="did_not_attend")
    assert gone.status_code == 200, gone.text
    body = gone.get_json()
    assert (body["outcome"], body["revision"], gone.headers["ETag"]) == ("status_changed", 2, '"2"')
    assert (body["appointment"]["status_name"], body["appointment"]["status_for_client"]) == (
        "Did not attend",
        "Missed",
    )
    practice.book(at(10, 20))
    back = {"revision": 2, "status": "confirmed"}
    taken = practice.post(path, practice.as_staff(), **back)
    assert (taken.status_code, taken.get_json()["code"]) == (409, "slot_taken")
    over = practice.post(path, practice.as_staff(), overlap_accepted=True, **back).get_json()["appointment"]
    assert (over["revision"], over["overlap_accepted"], over["cancelled"]) == (3, True, False)
    client = practice.get(f"/v1/appointments/{booked['id']}", practice.as_pat()).get_json()
    assert (client["status_for_client"], "status_name" in client) == ("Confirmed", False)


def test_an_accepted_overlap_is_tried_as_an_exclusive_time_first(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}/status"
    practice.post(path, practice.as_staff(), revision=1, status="cancelled_by_client")
    back = practice.post(path, practice.as_staff(), revision=2, status="booked", overlap_accepted=True)
    assert back.get_json()["appointment"]["overlap_accepted"] is False


def test_a_status_command_is_answered_once_and_the_same(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}/status"
    body = {"command_id": str(new_id()), "revision": 1, "status": "arrived"}
    answers = [practice.post(path, practice.as_staff(), **body) for _ in range(3)]
    assert len({answer.data for answer in answers}) == 1
    assert len(practice.events("AppointmentStatusChanged")) == 1
    other = practice.post(path, practice.as_staff(), **body | {"status": "confirmed"})
    assert (other.status_code, other.get_json()["code"]) == (422, "command_reused")
    same = practice.post(path, practice.as_staff(), revision=2, status="arrived").get_json()
    assert (same["outcome"], same["revision"]) == ("unchanged", 2)
    old = practice.post(path, practice.as_staff(), revision=1, status="booked")
    assert (old.status_code, old.get_json()["code"]) == (409, "changed_meanwhile")
    assert old.get_json()["appointment"]["status"] == "arrived"
    unknown = practice.post(path, practice.as_staff(), revision=2, status="asleep")
    assert (unknown.status_code, unknown.get_json()["errors"]) == (422, {"status": ["unknown_status"]})


def test_a_removed_status_is_told_truly_and_can_be_left(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    practice.post(f"/v1/appointments/{booked['id']}/status", practice.as_staff(), revision=1, status="arrived")
    statuses = practice.get("/v1/settings/portal", practice.as_staff()).get_json()["statuses"]
    practice.settings(statuses=[status for status in statuses if status["code"] != "arrived"])
    shown = practice.get(f"/v1/appointments/{booked['id']}", practice.as_staff()).get_json()
    assert (shown["status_name"], shown["status_for_client"], shown["cancelled"]) == ("Arrived", "Booked", False)
    left = practice.post(f"/v1/appointments/{booked['id']}/status", practice.as_staff(), revision=2, status="confirmed")
    assert left.get_json()["outcome"] == "status_changed"


def test_rules_of_an_appointment_change_what_its_client_may_do(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    assert (booked["rules"], set(booked["rules_from"].values())) == (None, {"practice"})
    command = str(new_id())
    rules = {"may_cancel": False, "edit_window": {"kind": "never", "minutes": 0}}
    answer = put_rules(practice, booked, rules, command)
    assert answer.status_code == 200, answer.text
    assert (answer.get_json()["outcome"], answer.get_json()["revision"]) == ("rules_changed", 1)
    assert put_rules(practice, booked, rules, command).data == answer.data
    assert put_rules(practice, booked, {"may_cancel": True}, command).get_json()["code"] == "command_reused"
    assert put_rules(practice, booked, rules).get_json()["outcome"] == "unchanged"
    assert len(practice.events("AppointmentRulesChanged")) == 1
    shown = practice.get(f"/v1/appointments/{booked['id']}", practice.as_pat()).get_json()
    assert (shown["may_change"]["reason"], shown["may_cancel"]["reason"]) == (
        "changes_not_offered",
        "cancellations_not_offered",
    )
    assert not {"rules", "rules_from", "status_name"} & set(shown)
    refused = practice.post(f"/v1/appointments/{booked['id']}/cancel", practice.as_pat(), revision=1)
    assert refused.get_json()["code"] == "cancellations_not_offered"
    back = put_rules(practice, booked, None).get_json()["appointment"]
    assert (back["rules"], back["revision"]) == (None, 1)
    assert practice.post(f"/v1/appointments/{booked['id']}/cancel", practice.as_pat(), revision=1).status_code == 200


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"edit_window": {"kind": "minutes", "minutes": -1}}, "edit_window"),
        ({"edit_window": {"kind": "always", "minutes": 3}}, "edit_window"),
        ({"cancellation_window": {"kind": "soon"}}, "rules"),
        ({"may_change": "yes"}, "rules"),
        ({"portal_on": True}, "rules"),
        ("none", "rules"),
    ],
)
def test_rules_that_cannot_be_are_refused(practice: Any, at: At, rules: Any, field: str) -> None:
    answer = put_rules(practice, practice.book(at(10)), rules)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert field in answer.get_json()["errors"]


def test_payments_and_refunds_add_up_and_are_in_the_cancellation(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    path, staff, command = f"/v1/appointments/{booked['id']}", practice.as_staff(), str(new_id())
    answers = [practice.post(f"{path}/payments", staff, **payment(at, command_id=command)) for _ in range(2)]
    assert len({answer.data for answer in answers}) == 1
    reused = practice.post(f"{path}/payments", staff, **payment(at, command_id=command, amount_pence=1))
    assert reused.get_json()["code"] == "command_reused"
    practice.post(f"{path}/payments", staff, **payment(at, amount_pence=500, method="cash"))
    refund = practice.post(f"{path}/refunds", staff, amount_pence=1000, refunded_at=at(9, days=-1).isoformat())
    body = refund.get_json()
    assert (body["outcome"], body["revision"]) == ("refund_recorded", 1)
    paid = {"amount_pence": 5000, "refunded_pence": 1000, "currency": "GBP"}
    assert body["appointment"]["paid"] == paid
    too_much = practice.post(f"{path}/refunds", staff, amount_pence=4001, refunded_at=at(9, days=-1).isoformat())
    assert (too_much.status_code, too_much.get_json()["errors"]) == (422, {"amount_pence": ["more_than_paid"]})
    lines = practice.get(f"{path}/payments", practice.as_staff("auditor")).get_json()
    assert [line["amount_pence"] for line in lines["payments"]] == [4500, 500]
    assert lines["refunds"][0]["actor"] == {"kind": "staff", "id": str(practice.olga)}
    assert practice.get(path, practice.as_pat()).get_json()["paid"] is None
    practice.settings(online_payments_on=True)
    assert practice.get(path, practice.as_pat()).get_json()["paid"] == paid
    moved = practice.post(f"{path}/reschedule", practice.as_pat(), revision=1, starts_at=at(11).isoformat())
    assert moved.get_json()["appointment"]["paid"] == paid, "a change keeps the payment"
    practice.post(f"{path}/cancel", practice.as_pat(), revision=2)
    (cancelled,) = practice.events("AppointmentCancelled")
    assert cancelled["paid"] == paid
    practice.project()
    (listed,) = practice.get("/v1/appointments", practice.as_pat(), when="previous").get_json()["appointments"]
    assert listed["paid"] == paid
    last = practice.get(f"{path}/history", staff).get_json()["entries"][0]
    assert last["sentence"].endswith(
        "£50.00 was paid, £10.00 of it was already refunded;"
        " whether the rest is refunded is for the practice to decide."
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_pence": 0}, "amount_pence"),
        ({"amount_pence": 10.5}, "amount_pence"),
        ({"currency": "pounds"}, "currency"),
        ({"method": "cheque"}, "method"),
        ({"paid_at": "yesterday"}, "paid_at"),
        ({"paid_at": "2199-01-01T00:00:00Z"}, "paid_at"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_with_the_field(practice: Any, at: At, changes: Any, field: str) -> None:
    booked = practice.book(at(10))
    answer = practice.post(f"/v1/appointments/{booked['id']}/payments", practice.as_staff(), **payment(at) | changes)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert list(answer.get_json()["errors"]) == [field]


def test_messages_are_read_and_dealt_with(practice: Any, at: At) -> None:
    ids = [practice.book(at(hour))["id"] for hour in (10, 12)]
    for one in ids:
        practice.post(f"/v1/appointments/{one}/cancel", practice.as_pat(), revision=1, message="ill")
    practice.project()
    new, old = practice.get("/v1/messages", practice.as_staff()).get_json()["messages"]
    assert (new["appointment_id"], old["appointment_id"], new["client_id"]) == (ids[1], ids[0], str(practice.pat))
    assert (new["dealt_with"], new["read_by"]) == (None, [])
    path = f"/v1/messages/{new['message_id']}"
    for _ in range(2):
        assert practice.post(f"{path}/read", practice.as_staff("receptionist")).status_code == 204
    command = str(new_id())
    for _ in range(2):
        answer = practice.post(f"{path}/dealt-with", practice.as_staff(), command_id=command, dealt_with=True)
        assert (answer.status_code, answer.data) == (204, b"")
    practice.project()
    (dealt,) = practice.get("/v1/messages", practice.as_staff(), dealt_with="true").get_json()["messages"]
    assert dealt["dealt_with"]["user_id"] == dealt["read_by"][0]["user_id"] == str(practice.olga)
    assert len(dealt["read_by"]) == 1
    waiting = practice.get("/v1/messages", practice.as_staff(), dealt_with="false").get_json()
    assert ([one["message_id"] for one in waiting["messages"]], waiting["pages"]) == ([old["message_id"]], 1)
    practice.post(f"{path}/dealt-with", practice.as_staff(), dealt_with=False)
    practice.project()
    of_pat = practice.get(f"/v1/clients/{practice.pat}/messages", practice.as_staff()).get_json()["messages"]
    assert [one["dealt_with"] for one in of_pat] == [None, None]
    assert len(practice.events("ClientMessageDealtWith", "ClientMessageReopened")) == 2
    assert practice.post(f"/v1/messages/{new_id()}/read", practice.as_staff()).status_code == 404
    assert practice.get("/v1/messages", practice.as_staff(), dealt_with="maybe").status_code == 422


def test_messages_come_in_pages(practice: Any, at: At) -> None:
    for number in range(21):
        one = practice.book(at(10, days=7 + number))
        practice.post(f"/v1/appointments/{one['id']}/cancel", practice.as_pat(), revision=1, message="ill")
    practice.project()
    first = practice.get("/v1/messages", practice.as_staff()).get_json()
    last = practice.get("/v1/messages", practice.as_staff(), page=2).get_json()
    assert (len(first["messages"]), len(last["messages"]), first["pages"]) == (20, 1, 2)
