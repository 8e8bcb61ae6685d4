"""Many at once: no double booking, nothing twice, no deadlock (architecture.md section 4)."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from clinic.kernel.ids import new_id

At = Callable[..., datetime]
MANY = 50
THREADS = 16


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """As many calls at the same moment as a process of the API has threads, the others at once after them."""
    threads = min(len(calls), THREADS)
    barrier = threading.Barrier(threads)

    def go(number: int) -> Any:
        if number < threads:
            barrier.wait()
        return calls[number]()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(go, range(len(calls))))


def mover(practice: Any, appointment: Any, starts_at: datetime, **more: Any) -> Callable[[], Any]:
    """A client's call that moves an appointment, from a thread of its own."""
    headers = practice.as_pat()
    path = f"/v1/appointments/{appointment['id']}/reschedule"
    body = {"command_id": str(new_id()), "revision": 1, "starts_at": starts_at.isoformat(), **more}
    http = practice.http.application.test_client

    def call() -> Any:
        with http() as client:
            return client.post(path, json=body, headers=headers)

    return call


def codes(answers: Sequence[Any]) -> Counter[str]:
    """How often each outcome or refusal came."""
    return Counter(answer.get_json().get("outcome") or answer.get_json()["code"] for answer in answers)


def deadlocks(practice: Any) -> int:
    """Deadlocks that PostgreSQL has counted in this database."""
    with psycopg.connect(practice.rows.url("superuser"), autocommit=True) as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])


def test_fifty_confirmations_of_one_slot_have_one_winner(practice: Any, at: At) -> None:
    mine = [practice.book(at(8) + timedelta(days=number)) for number in range(MANY)]
    answers = together([mover(practice, appointment, at(12, days=80)) for appointment in mine])
    assert codes(answers) == {"rescheduled": 1, "slot_taken": MANY - 1}
    assert {answer.status_code for answer in answers} == {200, 409}
    assert len(practice.events("AppointmentRescheduled")) == 1
    assert deadlocks(practice) == 0


def test_fifty_repeats_of_one_command_are_one_event(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    call = mover(practice, booked, at(11), message="late")
    answers = together([call] * MANY)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert len(practice.events("AppointmentRescheduled")) == len(practice.events("ClientMessageLeft")) == 1


def test_many_who_move_one_appointment_have_one_winner(practice: Any, at: At) -> None:
    booked = practice.book(at(10))
    answers = together([mover(practice, booked, at(11) + timedelta(minutes=number)) for number in range(20)])
    assert codes(answers) == {"rescheduled": 1, "changed_meanwhile": 19}
    assert all("appointment" in answer.get_json() for answer in answers if answer.status_code == 409)


def test_unequal_overlapping_slots_never_both_win(practice: Any, at: At) -> None:
    draw = random.Random(7)
    mine = [practice.book(at(8) + timedelta(days=number)) for number in range(24)]
    wanted = [at(12, days=80) + timedelta(minutes=draw.randrange(0, 180)) for _ in mine]
    answers = together([mover(practice, one, start) for one, start in zip(mine, wanted, strict=True)])
    assert set(codes(answers)) == {"rescheduled", "slot_taken"}
    won = sorted(start for answer, start in zip(answers, wanted, strict=True) if answer.status_code == 200)
    assert all(later - sooner >= timedelta(minutes=40) for sooner, later in pairwise(won))


@pytest.mark.parametrize("round_", range(5))
def test_a_client_never_overlaps_what_staff_book_knowingly(practice: Any, at: At, round_: int) -> None:
    blocker, mine = practice.book(at(12)), practice.book(at(9))
    headers = practice.as_staff()
    booking = practice.booking(at(12, 20)) | {"overlap_accepted": True}

    def staff() -> Any:
        with practice.http.application.test_client() as client:
            return client.post("/v1/appointments", json=booking, headers=headers)

    answers = together([staff, mover(practice, mine, at(12, 40))])
    assert [answer.status_code for answer in answers] in ([201, 409], [201, 200])
    starts = [blocker["starts_at"], *(answer.get_json()["appointment"]["starts_at"] for answer in answers[:1])]
    if answers[1].status_code == 200:
        assert answers[0].get_json()["appointment"]["overlap_accepted"] is True
        assert answers[0].get_json()["position"] > answers[1].get_json()["position"], "staff came later, knowingly"
    assert len(set(starts)) == 2


def test_time_that_staff_overlapped_blocks_clients_in_the_database_itself(practice: Any, at: At) -> None:
    practice.book(at(12))
    practice.book(at(12, 20), overlap_accepted=True)
    with (
        pytest.raises(psycopg.errors.ExclusionViolation),
        practice.database.transaction(practice.practice_id) as connection,
    ):
        connection.execute(
            "INSERT INTO occupancy VALUES (%s, %s, %s, tstzrange(%s, %s), true, true)",
            (practice.practice_id, new_id(), practice.bo, at(12, 50), at(13, 30)),
        )


def test_settings_that_change_meanwhile_are_decided_by(practice: Any, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    booked = practice.book(at(10))
    answers = [practice.availability.answer]

    def check(*_: Any, **__: Any) -> Any:
        """Somebody changes the settings between the reading and the append."""
        if len(answers) == 1:
            together([lambda: practice.settings(may_change=False)])
            answers.append(answers[0])
        return answers[0]

    monkeypatch.setattr(practice.availability, "check", check)
    answer = mover(practice, booked, at(11))()
    assert (answer.status_code, answer.get_json()["code"]) == (403, "changes_not_offered")
    assert practice.events("AppointmentRescheduled") == []


def caller(practice: Any, path: str, headers: dict[str, str], **body: Any) -> Callable[[], Any]:
    """A POST from a thread of its own."""
    http = practice.http.application.test_client
    whole = {"command_id": str(new_id()), **body}

    def call() -> Any:
        with http() as client:
            return client.post(path, json=whole, headers=headers)

    return call


@pytest.mark.parametrize("round_", range(5))
def test_attending_again_against_a_booking_has_one_winner(practice: Any, at: At, round_: int) -> None:
    gone = practice.book(at(12))
    path, staff = f"/v1/appointments/{gone['id']}/status", practice.as_staff()
    assert practice.post(path, staff, revision=1, status="did_not_attend").status_code == 200
    back = caller(practice, path, staff, revision=2, status="booked")
    booking = caller(practice, "/v1/appointments", staff, **practice.booking(at(12, 20)))
    answers = together([back, booking])
    assert sorted(codes(answers).values()) == [1, 1]
    assert codes(answers)["slot_taken"] == 1
    with practice.database.transaction(practice.practice_id) as connection:
        rows = connection.execute("SELECT exclusive FROM occupancy WHERE occupies").fetchall()
    assert [row["exclusive"] for row in rows] == [True]


def test_refunds_at_once_never_give_back_more_than_was_paid(practice: Any, at: At) -> None:
    booked = practice.book(at(12))
    path, staff, yesterday = f"/v1/appointments/{booked['id']}", practice.as_staff(), at(9, days=-1).isoformat()
    practice.post(f"{path}/payments", staff, amount_pence=1000, currency="GBP", method="card", paid_at=yesterday)
    calls = [caller(practice, f"{path}/refunds", staff, amount_pence=400, refunded_at=yesterday) for _ in range(8)]
    together(calls)
    for call in calls:
        call()
    assert sum(event["amount_pence"] for event in practice.events("RefundRecorded")) == 800


def test_one_refund_said_many_times_is_one_event(practice: Any, at: At) -> None:
    booked = practice.book(at(12))
    path, staff, yesterday = f"/v1/appointments/{booked['id']}", practice.as_staff(), at(9, days=-1).isoformat()
    practice.post(f"{path}/payments", staff, amount_pence=1000, currency="GBP", method="card", paid_at=yesterday)
    answers = together([caller(practice, f"{path}/refunds", staff, amount_pence=400, refunded_at=yesterday)] * 10)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert len(practice.events("RefundRecorded")) == 1


def test_a_message_that_many_open_at_once_is_read_once_per_user(practice: Any, at: At) -> None:
    booked = practice.book(at(12))
    practice.post(f"/v1/appointments/{booked['id']}/cancel", practice.as_pat(), revision=1, message="ill")
    (left,) = practice.events("ClientMessageLeft")
    users = [practice.token("staff", user=new_id(), role="receptionist") for _ in range(4)]
    path = f"/v1/messages/{left['message_id']}/read"
    answers = together([caller(practice, path, user) for user in users for _ in range(2)])
    assert {answer.status_code for answer in answers} == {204}
    assert len(practice.events("ClientMessageRead")) == 4


def test_positions_are_dense_and_linked_under_load(practice: Any, at: At) -> None:
    mine = [practice.book(at(8) + timedelta(days=number)) for number in range(16)]
    together([mover(practice, one, at(15) + timedelta(days=number)) for number, one in enumerate(mine)])
    with practice.database.transaction(practice.practice_id) as connection:
        rows = connection.execute(
            "SELECT position, event_id, previous_event_id, recorded_at FROM events ORDER BY 1"
        ).fetchall()
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["previous_event_id"] for row in rows] == [None, *(row["event_id"] for row in rows[:-1])]
    assert all(one["recorded_at"] <= two["recorded_at"] for one, two in pairwise(rows))
