"""From an event to a caught mail: the real sender, SMTP, and a server that misbehaves on demand (promises.md)."""

from collections.abc import Callable
from typing import Any

import pytest

from clinic.kernel.ids import new_id
from clinic.notifications.adapters.sms import HttpSms, SmsSettings
from clinic.notifications.adapters.smtp import SmtpSettings, SmtpTransport
from clinic.notifications.application.sender import Sender
from clinic.notifications.bootstrap import beside

LOOK_AGAIN = "UPDATE practices_with_messages SET due_at = '2000-01-01'"
NOW = "UPDATE messages SET due_at = '2000-01-01'"


def smtp_of(server: Any, timeout: float = 2.0) -> SmtpTransport:
    """The real adapter, impatient."""
    return SmtpTransport(SmtpSettings("127.0.0.1", server.port, "", "", "clinic@portal.example", timeout))


@pytest.fixture
def sender(post: Any, directory: Any, smtp: Any) -> Sender:
    """A sender that works in the test's own thread."""
    sms = HttpSms(SmsSettings(url=""))
    return Sender(post.outbox, directory, {"email": smtp_of(smtp), "sms": sms}, spawn=lambda work: work())


def reason(post: Any) -> str:
    """Why the newest mail is in its state."""
    return str([row["reason"] for row in post.rows() if row["channel"] == "email"][-1])


def test_a_change_reaches_the_client_once_with_its_link(post: Any, sender: Sender, smtp: Any) -> None:
    post.happens("rescheduled", 2)
    sender.send_due()
    sender.send_due()
    assert post.states() == [("changed", "sent")]
    assert post.states("sms") == [("changed", "suppressed")]
    (mail,) = smtp.mails
    assert "Subject: Your appointment is now" in mail
    assert "text/calendar" in mail
    assert post.others.links == 1


def test_neither_link_nor_name_nor_address_is_stored(post: Any, sender: Sender, smtp: Any) -> None:
    post.happens("rescheduled", 2)
    sender.send_due()
    (mail,) = smtp.mails
    assert "t0ken-that-must-never-be-stored" in mail.replace("=\r\n", "")
    stored = str(post.rows())
    for secret in ("t0ken-that-must-never-be-stored", "Pat", "pat@example.com", "7700900123"):
        assert secret not in stored


@pytest.mark.parametrize(
    ("behaviour", "answer", "state"),
    [
        ("greeting", "421 busy", "queued"),
        ("greeting", "hang up", "queued"),
        ("greeting", "silence", "queued"),
        ("MAIL", "451 later", "queued"),
        ("RCPT", "450 4.2.1 pat@example.com is busy", "queued"),
        ("RCPT", "550 5.1.1 pat@example.com is unknown", "failed"),
        ("DATA", "451 later", "queued"),
        ("DATA", "554 never", "failed"),
        ("DATA", "silence", "queued"),
        ("content", "451 later", "queued"),
        ("content", "552 too big", "failed"),
        ("content", "silence", "unknown"),
        ("content", "hang up", "unknown"),
        ("content", "what", "unknown"),
    ],
)
def test_states_are_honest(post: Any, sender: Sender, smtp: Any, behaviour: str, answer: str, state: str) -> None:
    smtp.behaviour, smtp.answer = behaviour, answer
    post.happens("booked", 1)
    sender.send_due()
    assert post.states() == [("confirmation", state)]
    assert "pat@" not in reason(post)


def test_what_was_refused_for_now_goes_later_and_what_is_unknown_never_again(
    post: Any, sender: Sender, smtp: Any
) -> None:
    smtp.behaviour, smtp.answer = "content", "451 later"
    post.happens("booked", 1)
    sender.send_due()
    smtp.answer = "hang up"
    post.change(NOW)
    post.change(LOOK_AGAIN)
    sender.send_due()
    assert post.states() == [("confirmation", "unknown")]
    smtp.behaviour = ""
    post.change(NOW)
    post.change(LOOK_AGAIN)
    sender.send_due()
    assert post.states() == [("confirmation", "unknown")]
    assert len(smtp.mails) == 2


def test_a_cancellation_never_overtakes_and_supersedes(post: Any, sender: Sender, smtp: Any) -> None:
    post.happens("booked", 1)
    post.happens("rescheduled", 2)
    post.happens("cancelled", 3)
    for _ in range(3):
        sender.send_due()
    assert post.states() == [("confirmation", "suppressed"), ("changed", "suppressed"), ("cancelled", "sent")]
    (mail,) = smtp.mails
    assert "is cancelled" in mail


def test_while_another_service_is_down_messages_wait(post: Any, sender: Sender, smtp: Any) -> None:
    post.others.down = True
    post.happens("booked", 1)
    sender.send_due()
    assert post.states() == [("confirmation", "queued")]
    assert reason(post) == "a service did not answer"
    post.others.down = False
    post.change(NOW)
    post.change(LOOK_AGAIN)
    sender.send_due()
    assert post.states() == [("confirmation", "sent")]


def test_a_worker_that_was_down_for_a_day_sends_nothing_stale(post: Any, sender: Sender, smtp: Any) -> None:
    post.happens("booked", 1)
    post.change("UPDATE messages SET not_after = clinic_now() - interval '1 second'")
    sender.send_due()
    assert post.states() == [("confirmation", "failed")]
    assert reason(post) == "too old"
    assert smtp.mails == []


def test_a_slow_server_for_one_recipient_blocks_no_other(
    post: Any, directory: Any, smtp: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    smtp.behaviour, smtp.answer = "content", "silence"
    transport = smtp_of(smtp, timeout=20)
    sender = Sender(post.outbox, directory, {"email": transport, "sms": transport}, spawn=beside)
    post.happens("booked", 1)
    sender.send_due()
    eventually(lambda: len(smtp.mails) == 1)
    smtp.behaviour = ""
    post.happens("booked", 1, appointment_id=new_id())
    sender.send_due()
    eventually(lambda: [state for _, state in post.states()] == ["sending", "sent"])
    smtp.released.set()
    eventually(lambda: [state for _, state in post.states()] == ["unknown", "sent"])
