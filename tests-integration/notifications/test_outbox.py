"""Queueing, leasing and recording in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from clinic.infra.database import Database
from clinic.kernel.ids import new_id
from clinic.notifications.adapters.postgres_outbox import PostgresOutbox
from clinic.notifications.application.ports import Ending

EXPIRE = "UPDATE messages SET leased_until = clinic_now() - interval '1 second' WHERE state = 'sending'"
LOOK_AGAIN = "UPDATE practices_with_messages SET due_at = '-infinity'"
ZONE = "Europe/London"
ONLY_MAIL = "DELETE FROM messages WHERE channel = 'sms'"


def test_the_same_event_twice_queues_once_and_alerts_once(post: Any) -> None:
    recorded = post.happens("rescheduled", 2)
    post.react(recorded)
    assert post.states() == [("changed", "queued")]
    assert post.states("sms") == [("changed", "queued")]
    (alert,) = post.rows("SELECT * FROM alerts")
    assert alert["user_id"] == post.others.clinician_id


def test_a_sum_that_nobody_can_have_paid_keeps_no_message_back(post: Any) -> None:
    """Staff may record a million pounds a payment, and as many payments as they like."""
    recorded = post.recorded("cancelled", 2)
    too_much = {"amount_pence": 22 * 100_000_000, "refunded_pence": 21 * 100_000_000, "currency": "GBP"}
    post.react(replace(recorded, data={**recorded.data, "paid": too_much}))
    assert (post.states(), post.states("sms")) == ([("cancelled", "queued")], [("cancelled", "queued")])
    (alert,) = post.rows("SELECT * FROM alerts")
    assert (alert["paid_pence"], alert["refunded_pence"]) == (22 * 100_000_000, 21 * 100_000_000)


def test_staff_are_not_alerted_to_staffs_changes(post: Any) -> None:
    post.happens("rescheduled", 2, by="staff")
    assert post.rows("SELECT * FROM alerts") == []


def test_one_message_of_an_address_is_in_flight_in_order(post: Any) -> None:
    post.happens("booked", 1)
    post.happens("cancelled", 2)
    leased = post.outbox.lease(16)
    assert sorted((one.channel, one.told.kind) for one in leased) == [
        ("email", "confirmation"),
        ("sms", "confirmation"),
    ]
    assert post.outbox.lease(16) == []
    (mail,) = [one for one in leased if one.channel == "email"]
    post.outbox.record(mail, Ending("sent", provider_reference="x"))
    assert [(one.channel, one.told.kind) for one in post.outbox.lease(16)] == [("email", "cancelled")]


def test_another_appointment_is_never_blocked(post: Any) -> None:
    post.happens("booked", 1)
    assert len(post.outbox.lease(16)) == 2
    post.happens("booked", 1, appointment_id=new_id())
    assert len(post.outbox.lease(16)) == 2


def test_a_waiting_message_is_looked_at_again_when_the_next_one_comes(post: Any) -> None:
    post.happens("booked", 1)
    for message in post.outbox.lease(16):
        post.outbox.record(message, Ending("queued", "trouble", wait_seconds=3600))
    assert post.outbox.lease(16) == []
    post.happens("cancelled", 2)
    assert {one.told.kind for one in post.outbox.lease(16)} == {"confirmation"}


def test_a_message_waits_as_long_as_it_is_told(post: Any) -> None:
    post.happens("booked", 1)
    for message in post.outbox.lease(16):
        post.outbox.record(message, Ending("queued", "trouble", wait_seconds=0))
    assert {one.attempts for one in post.outbox.lease(16)} == {2}


def test_an_expired_lease_is_unknown_once_a_provider_heard_of_it_and_queued_before(post: Any) -> None:
    post.happens("booked", 1)
    leased = {one.channel: one for one in post.outbox.lease(16)}
    assert post.outbox.hand_over(leased["email"], ZONE)
    post.change(EXPIRE)
    post.change(LOOK_AGAIN)
    assert [one.channel for one in post.outbox.lease(16)] == ["sms"]
    assert post.states() == [("confirmation", "unknown")]
    assert not post.outbox.hand_over(leased["sms"], ZONE)


def test_a_sender_that_comes_back_tells_that_it_was_sent(post: Any) -> None:
    post.happens("booked", 1)
    post.change(ONLY_MAIL)
    (mail,) = post.outbox.lease(16)
    assert post.outbox.hand_over(mail, ZONE)
    post.change(EXPIRE)
    post.change(LOOK_AGAIN)
    assert post.outbox.lease(16) == []
    post.outbox.record(mail, Ending("failed", "guess"))
    assert post.states() == [("confirmation", "unknown")]
    post.outbox.record(mail, Ending("sent", provider_reference="x"))
    assert post.states() == [("confirmation", "sent")]


def test_a_message_past_its_time_is_not_handed_over(post: Any) -> None:
    post.happens("booked", 1)
    (mail, _) = post.outbox.lease(16)
    post.change("UPDATE messages SET not_after = clinic_now()")
    assert not post.outbox.hand_over(mail, ZONE)


def test_many_senders_lease_each_message_once(post: Any) -> None:
    for _ in range(40):
        post.happens("booked", 1, appointment_id=new_id())
    post.change(ONLY_MAIL)

    def drain(_: int) -> list[Any]:
        found = []
        for _ in range(60):
            found += [one.message_id for one in post.outbox.lease(3)]
        return found

    with ThreadPoolExecutor(4) as pool:
        leased = [one for found in pool.map(drain, range(4)) for one in found]
    assert len(leased) == len(set(leased)) == 40


def test_a_practice_with_much_to_send_leaves_room_for_another(post: Any) -> None:
    for _ in range(40):
        post.happens("booked", 1, appointment_id=new_id())
    busy, post.others.practice_id = post.others.practice_id, new_id()
    post.happens("booked", 1)
    leased = post.outbox.lease(16)
    assert {one.practice_id for one in leased} == {busy, post.others.practice_id}


def test_no_practice_sees_anothers_rows_and_without_one_there_are_none(post: Any) -> None:
    post.happens("rescheduled", 2)
    for role in ("api", "worker", "ops"):
        database = Database(post.address(role))
        for practice in (None, new_id()):
            with database.transaction(practice) as connection:
                for table in ("messages", "alerts", "alert_switches"):
                    assert connection.execute(f"SELECT * FROM {table}").fetchall() == []
        database.close()


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("api", "UPDATE messages SET state = 'sent'"),
        ("api", "DELETE FROM messages"),
        ("api", "INSERT INTO alerts DEFAULT VALUES"),
        ("worker", "DELETE FROM messages"),
        ("worker", "UPDATE alerts SET read_at = now()"),
        ("api", "UPDATE alert_switches SET within_hours = NULL"),
        ("api", "DELETE FROM alert_switches"),
        ("worker", "INSERT INTO alert_switches DEFAULT VALUES"),
        ("projector", "SELECT * FROM alert_switches"),
        ("relay", "SELECT * FROM messages"),
        ("api", "SELECT * FROM budgets_spent"),
        ("worker", "DELETE FROM budgets_spent"),
        ("webhooks", "SELECT body FROM messages"),
        ("webhooks", "SELECT client_id FROM messages"),
        ("webhooks", "UPDATE messages SET due_at = clinic_now()"),
        ("webhooks", "INSERT INTO messages DEFAULT VALUES"),
        ("webhooks", "SELECT * FROM alerts"),
        ("webhooks", "SELECT * FROM practices_with_messages"),
        ("webhooks", "SELECT * FROM consumer_checkpoints"),
        ("projector", "SELECT * FROM alerts"),
        ("ops", "UPDATE messages SET state = 'queued'"),
    ],
)
def test_a_role_can_do_its_work_and_nothing_else(post: Any, role: str, statement: str) -> None:
    database = Database(post.address(role))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as connection:
        connection.execute(statement)
    database.close()


def test_an_outbox_without_messages_is_quiet(post: Any) -> None:
    assert PostgresOutbox(post.database).lease(16) == []
