"""Daily budgets per practice (promises.md, "SMS pumping"): exact with parallel senders, and nobody else's trouble."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.infra.database import Database
from clinic.kernel.ids import new_id
from clinic.notifications.adapters.postgres_outbox import PostgresOutbox
from clinic.notifications.adapters.smtp import SmtpSettings, SmtpTransport
from clinic.notifications.application.ports import Accepted, Letter
from clinic.notifications.application.sender import Sender
from clinic.notifications.domain.budgets import Budgets
from clinic.notifications.domain.delivery import NotYet

LOOK_AGAIN = "UPDATE practices_with_messages SET due_at = '2000-01-01'"
DUE = "UPDATE messages SET due_at = '2000-01-01' WHERE state = 'queued'"
ZONE = "Europe/London"
USED_UP = "the practice's daily budget of 3 text messages is used up"


@dataclass
class Counting:
    """A provider that counts what it takes, or asks to wait."""

    taken: list[Any] = field(default_factory=list)
    busy: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)

    def send(self, letter: Letter, hand_over: Callable[[], bool]) -> Accepted:
        assert hand_over()
        if self.busy:
            raise NotYet("busy")
        with self.turn:
            self.taken.append(letter.message_id)
        return Accepted("1")


def sender_of(post: Any, directory: Any, provider: Counting, budgets: Budgets, database: Any = None) -> Sender:
    """A sender that works in the test's own thread."""
    post.others.contact["sms_opt_in"] = True
    outbox = PostgresOutbox(database or post.database, budgets)
    return Sender(outbox, directory, {"email": Counting(), "sms": provider}, spawn=lambda work: work())


def texts(post: Any, state: str) -> list[dict[str, Any]]:
    """Text messages in a state."""
    return [row for row in post.rows() if row["channel"] == "sms" and row["state"] == state]


def again(post: Any) -> None:
    """Everything that waits is due."""
    post.change(DUE)
    post.change(LOOK_AGAIN)


def test_parallel_senders_never_hand_over_one_too_many(post: Any, directory: Any) -> None:
    for _ in range(40):
        post.happens("booked", 1, appointment_id=new_id())
    provider, budgets = Counting(), Budgets(sms=13)
    databases = [Database(post.address("worker")) for _ in range(4)]
    senders = [sender_of(post, directory, provider, budgets, database) for database in databases]

    def drain(sender: Sender) -> None:
        for _ in range(15):
            sender.send_due()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(drain, senders))
    for _ in range(12):
        post.change(LOOK_AGAIN)
        senders[0].send_due()
    assert len(provider.taken) == len(set(provider.taken)) == 13
    assert (len(texts(post, "sent")), len(texts(post, "queued"))) == (13, 27)
    assert len([row for row in post.rows() if row["channel"] == "email" and row["state"] == "sent"]) == 40
    (spent,) = post.rows("SELECT spent FROM budgets_spent WHERE channel = 'sms'")
    assert spent["spent"] == 13
    for database in databases:
        database.close()


def test_over_budget_it_waits_for_the_practices_next_day_and_then_goes(post: Any, directory: Any) -> None:
    provider = Counting()
    sender = sender_of(post, directory, provider, Budgets(sms=3))
    for _ in range(5):
        post.happens("booked", 1, appointment_id=new_id())
    for _ in range(4):
        sender.send_due()
    waiting = texts(post, "queued")
    assert (len(texts(post, "sent")), len(waiting)) == (3, 2)
    assert {row["reason"] for row in waiting} == {f"{USED_UP}; it waits for the next day"}
    london = datetime.now(UTC).astimezone(ZoneInfo(ZONE))
    midnight = datetime.combine(london.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(ZONE))
    assert all(abs((row["due_at"] - midnight).total_seconds()) < 30 for row in waiting)
    post.change("UPDATE budgets_spent SET spent_on = spent_on - 1")
    post.change("UPDATE messages SET budgeted_on = budgeted_on - 1")
    again(post)
    sender.send_due()
    assert (len(texts(post, "sent")), len(provider.taken)) == (5, 5)


def test_what_would_be_too_old_tomorrow_failed_with_that_reason(post: Any, directory: Any) -> None:
    sender = sender_of(post, directory, Counting(), Budgets(sms=3))
    for _ in range(4):
        post.happens("booked", 1, appointment_id=new_id())
    post.change("UPDATE messages SET not_after = clinic_now() + interval '1 second'")
    for _ in range(3):
        sender.send_due()
    assert [row["reason"] for row in texts(post, "failed")] == [USED_UP]


def test_another_practice_and_the_other_channel_have_budgets_of_their_own(post: Any, directory: Any) -> None:
    provider = Counting()
    sender = sender_of(post, directory, provider, Budgets(sms=1))
    for _ in range(3):
        post.happens("booked", 1, appointment_id=new_id())
    for _ in range(3):
        sender.send_due()
    first, post.others.practice_id = post.others.practice_id, new_id()
    post.happens("booked", 1)
    sender.send_due()
    assert {row["practice_id"] for row in texts(post, "sent")} == {first, post.others.practice_id}
    assert len(provider.taken) == 2
    assert all(row["state"] == "sent" for row in post.rows() if row["channel"] == "email")


def test_a_message_that_is_tried_again_is_counted_once_a_day(post: Any, directory: Any) -> None:
    provider = Counting(busy=True)
    sender = sender_of(post, directory, provider, Budgets(sms=1))
    post.happens("booked", 1)
    for _ in range(4):
        again(post)
        sender.send_due()
    (spent,) = post.rows("SELECT spent FROM budgets_spent WHERE channel = 'sms'")
    assert (spent["spent"], texts(post, "queued")[0]["reason"]) == (1, "busy")
    provider.busy = False
    again(post)
    sender.send_due()
    assert len(provider.taken) == 1


def test_over_budget_no_link_is_made_and_a_superseded_message_is_still_suppressed(post: Any, directory: Any) -> None:
    sender = sender_of(post, directory, Counting(), Budgets(email=0, sms=0))
    post.happens("booked", 1)
    sender.send_due()
    assert post.others.links == 0
    post.happens("cancelled", 2)
    again(post)
    for _ in range(2):
        sender.send_due()
    assert [row["state"] for row in post.rows() if row["kind"] == "confirmation"] == ["suppressed", "suppressed"]


def test_a_mail_over_budget_is_given_up_before_the_server_has_its_content(
    post: Any, directory: Any, smtp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = SmtpTransport(SmtpSettings("127.0.0.1", smtp.port, "", "", "clinic@portal.example", 2.0))
    outbox = PostgresOutbox(post.database, Budgets(email=1))
    sender = Sender(outbox, directory, {"email": transport, "sms": Counting()}, spawn=lambda work: work())
    monkeypatch.setattr(outbox, "judge_budget", lambda message, zone: None)  # used up between the glance and hand-over
    for _ in range(2):
        post.happens("booked", 1, appointment_id=new_id())
    sender.send_due()
    assert [(row["state"], row["handed_over_at"] is None) for row in post.rows() if row["channel"] == "email"] == [
        ("sent", False), ("queued", True),
    ]  # fmt: skip
    assert (len(smtp.recipients), len(smtp.mails)) == (2, 1)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu"])
def test_the_day_is_the_practices_own(post: Any, zone: str) -> None:
    outbox = PostgresOutbox(post.database, Budgets(sms=1))
    for _ in range(2):
        post.happens("booked", 1, appointment_id=new_id())
    first, second = [one for one in outbox.lease(16) if one.channel == "sms"]
    assert outbox.hand_over(first, zone)
    with pytest.raises(Exception, match="is used up") as over:
        outbox.hand_over(second, zone)
    local = datetime.now(UTC).astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    assert abs((midnight - local.astimezone(UTC)).total_seconds() - over.value.wait.total_seconds()) < 30  # type: ignore[attr-defined]
    (row,) = [one for one in post.rows() if one["message_id"] == second.message_id]
    assert (row["handed_over_at"], row["budgeted_on"]) == (None, None)
    assert post.rows("SELECT spent_on FROM budgets_spent")[0]["spent_on"] == local.date()
