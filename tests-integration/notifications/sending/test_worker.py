"""The real worker process, with and without a broker."""

import signal
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from provider_stubs import ACCOUNT, API_KEY, AUTH_TOKEN, SENDGRID_PATH, SendGridSigner, TwilioSigner, provider_stub

from clinic.notifications.entrypoints.webhooks import create_app

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


def test_the_worker_speaks_to_sendgrid_and_twilio_and_their_receipts_find_its_messages(
    post: Any,
    mailbox: Callable[[], Any],
    worker_environment: Callable[..., dict[str, str]],
    start: Callable[..., Any],
    eventually: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post.others.contact["sms_opt_in"] = True
    with provider_stub() as stub:
        stub.answers = [503, 0]
        providers = {
            "MAIL_PROVIDER": "sendgrid", "SENDGRID_API_KEY": API_KEY, "SENDGRID_HOST": stub.url,
            "SMS_PROVIDER": "twilio", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM": "+447700900999", "TWILIO_HOST": stub.url, "WEBHOOKS_URL": "https://hooks.example",
        }  # fmt: skip
        worker = start(WORKER, **worker_environment(mailbox(), NO_BROKER) | providers)
        post.others.events.append(post.recorded("booked", 1))
        eventually(lambda: post.states("email") + post.states("sms") == [("confirmation", "sent")] * 2)
        assert len(stub.asked) == 3
        assert len(stub.sent) == len(set(stub.sent)) == 2
        assert worker.ends() == 0
    said = worker.log.read_text()
    for secret in ("t0ken-that", "pat@example.com", "7700900123", "Pat", AUTH_TOKEN, API_KEY):
        assert secret not in said
    signer = SendGridSigner()
    for name, value in {
        "DATABASE_URL": post.address("webhooks"), "SENDGRID_WEBHOOK_PUBLIC_KEY": signer.public_key,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "WEBHOOKS_URL": "https://hooks.example",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    receipts = create_app().test_client()
    for path, _, body in stub.asked:
        if path == SENDGRID_PATH:
            event = {"event": "delivered", **body["custom_args"]}
            assert receipts.post("/webhooks/sendgrid", **signer.request([event])).status_code == 204
        else:
            address, _, query = body["StatusCallback"].partition("?")
            about, request = TwilioSigner(address).request(dict(parse_qsl(query)), {"MessageStatus": "delivered"})
            assert about == query
            assert receipts.post(f"{urlsplit(address).path}?{query}", **request).status_code == 204
    assert len([row for row in post.rows() if row["delivered_at"]]) == 2


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"SMS_PROVIDER": "twilio", "TWILIO_ACCOUNT_SID": ACCOUNT}, "TWILIO_AUTH_TOKEN, TWILIO_FROM"),
        ({"SMS_PROVIDER": "pigeon"}, "neither http nor twilio"),
        ({"MAIL_PROVIDER": "sendgrid"}, "SENDGRID_API_KEY"),
    ],
)
def test_a_provider_that_is_set_up_in_part_is_named_at_the_start(
    mailbox: Callable[[], Any],
    worker_environment: Callable[..., dict[str, str]],
    start: Callable[..., Any],
    chosen: dict[str, str],
    said: str,
) -> None:
    worker = start(WORKER, **worker_environment(mailbox(), NO_BROKER) | chosen)
    assert worker.process.wait(20) != 0
    assert said in worker.log.read_text()


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
