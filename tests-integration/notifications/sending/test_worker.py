"""The real worker process, with and without a broker."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

NO_BROKER = "amqp://nobody:nothing@127.0.0.1:1/"
WORKER = "clinic.notifications.entrypoints.worker"


@pytest.mark.parametrize("broker", ["present", "absent"])
def test_a_booking_reaches_the_client_by_mail_and_text_whether_the_broker_is_there_or_not(
    post: Any,
    mailbox: Callable[[], Any],
    worker_environment: Callable[..., dict[str, str]],
    start: Callable[..., Any],
    eventually: Any,
    request: pytest.FixtureRequest,
    broker: str,
) -> None:
    amqp = request.getfixturevalue("broker_vhost").url("notifications") if broker == "present" else NO_BROKER
    box = mailbox()
    post.others.contact["sms_opt_in"] = True
    worker = start(WORKER, **worker_environment(box, amqp))
    post.others.events.append(post.recorded("booked", 1))
    eventually(lambda: len(box.messages()) == 2)
    mail, text = (box.messages(f"?channel={channel}")[0] for channel in ("email", "sms"))
    assert "/p/riverside/a/t0ken-that-must-never-be-stored-" in mail["text"]
    assert text["to"] == "+447700900123"
    assert len(text["text"]) <= 160
    assert worker.ends() == 0
    said = worker.log.read_text()
    for secret in ("t0ken-that", "pat@example.com", "7700900123", "Pat"):
        assert secret not in said
        assert secret not in str(post.rows())


def test_a_worker_killed_while_the_server_is_silent_leaves_unknown_and_nobody_sends_again(
    post: Any,
    mailbox: Callable[[], Any],
    worker_environment: Callable[..., dict[str, str]],
    smtp: Any,
    start: Callable[..., Any],
    eventually: Any,
) -> None:
    settings = {**worker_environment(mailbox(), NO_BROKER), "SMTP_PORT": str(smtp.port)}
    smtp.behaviour, smtp.answer = "content", "silence"
    post.others.events.append(post.recorded("booked", 1))
    first = start(WORKER, **settings)
    eventually(lambda: len(smtp.mails) == 1)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(5)
    assert post.states() == [("confirmation", "sending")]
    smtp.behaviour = ""
    post.change("UPDATE messages SET leased_until = clinic_now() WHERE state = 'sending'")
    post.change("UPDATE practices_with_messages SET due_at = clinic_now()")
    start(WORKER, **settings)
    eventually(lambda: post.states() == [("confirmation", "unknown")])
    post.others.events.append(post.recorded("cancelled", 2))
    eventually(lambda: post.states() == [("confirmation", "unknown"), ("cancelled", "sent")])
    assert len(smtp.mails) == 2
