"""Provider by answer: what the real sender makes of it, and that nothing is ever sent twice (promises.md, F47)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from provider_stubs import ACCOUNT, API_KEY, AUTH_TOKEN, ProviderStub, provider_stub

from clinic.kernel.ids import new_id
from clinic.notifications.adapters.sendgrid_mail import SendGridSettings, SendGridTransport
from clinic.notifications.adapters.twilio_sms import TwilioSettings, TwilioSms
from clinic.notifications.application.ports import Transport
from clinic.notifications.application.sender import Sender
from clinic.notifications.bootstrap import beside

LOOK_AGAIN = "UPDATE practices_with_messages SET due_at = '2000-01-01'"
DUE = "UPDATE messages SET due_at = '2000-01-01' WHERE state = 'queued'"
EXPIRE = "UPDATE messages SET leased_until = '2000-01-01' WHERE state = 'sending'"
HOOKS = "https://hooks.example/webhooks/twilio"
CHANNELS = ("email", "sms")


@pytest.fixture
def stub() -> Iterator[ProviderStub]:
    """SendGrid and Twilio."""
    with provider_stub() as running:
        yield running


def transports(
    url: str, *, timeout: float = 2.0, password: str = AUTH_TOKEN, key: str = API_KEY
) -> dict[Any, Transport]:
    """The real adapters at an address."""
    sendgrid = SendGridSettings(key, url, "clinic@portal.example", timeout_seconds=timeout)
    twilio = TwilioSettings(ACCOUNT, ACCOUNT, password, "+447700900999", "", HOOKS, url, (44,), timeout)
    return {"email": SendGridTransport(sendgrid), "sms": TwilioSms(twilio)}


@pytest.fixture
def sender(post: Any, directory: Any, stub: ProviderStub) -> Sender:
    """A sender that works in the test's own thread; Pat wants text messages too."""
    post.others.contact["sms_opt_in"] = True
    return Sender(post.outbox, directory, transports(stub.url), spawn=lambda work: work())


def book(post: Any, channel: str, **more: Any) -> None:
    """An appointment whose confirmation goes by one channel only, also where a sender is quicker than the deletion."""
    post.others.contact |= {f"{one}_opt_in": one == channel for one in CHANNELS}
    post.happens("booked", 1, **more)
    post.change(f"DELETE FROM messages WHERE channel <> '{channel}'")


def only(post: Any) -> dict[str, Any]:
    """The one message that there is."""
    (found,) = post.rows()
    return dict(found)


ANSWERS: list[tuple[int | str, str]] = [
    (0, "sent"), (400, "failed"), (404, "failed"), (413, "failed"), (429, "queued"), (503, "queued"),
    (500, "unknown"), (502, "unknown"), (504, "unknown"), ("silence", "unknown"), ("hang up", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("answer", "state"), ANSWERS)
def test_an_answer_is_believed_as_far_as_it_is_clear_and_nothing_is_doubled(
    post: Any, directory: Any, stub: ProviderStub, channel: str, answer: int | str, state: str
) -> None:
    timeout = 0.5 if answer == "silence" else 5.0
    sender = Sender(post.outbox, directory, transports(stub.url, timeout=timeout), spawn=lambda work: work())
    stub.answers = [answer, 0]
    book(post, channel)
    sender.send_due()
    first = only(post)
    assert (first["state"], first["attempts"]) == (state, 1)
    if state == "queued":
        assert 1 < (first["due_at"] - datetime.now(UTC)).total_seconds() <= 2
    for personal in ("pat@", "7700900123", "t0ken"):
        assert personal not in str(first)
    sender.send_due()
    assert len(stub.asked) == 1
    post.change(DUE)
    post.change(LOOK_AGAIN)
    sender.send_due()
    again = state == "queued"
    assert (only(post)["state"], only(post)["attempts"]) == (("sent", 2) if again else (state, 1))
    assert len(stub.asked) == (2 if again else 1)
    assert len(stub.sent) == (1 if state in ("sent", "queued") or isinstance(answer, str) else 0)


@pytest.mark.parametrize("channel", CHANNELS)
def test_back_off_grows_while_a_provider_asks_to_wait(
    post: Any, stub: ProviderStub, sender: Sender, channel: str
) -> None:
    stub.answers = [429]
    book(post, channel)
    waits = []
    for _ in range(6):
        post.change(DUE)
        post.change(LOOK_AGAIN)
        sender.send_due()
        waits.append(round((only(post)["due_at"] - datetime.now(UTC)).total_seconds()))
    for wait, wanted in zip(waits, (2, 5, 15, 60, 300, 300), strict=True):
        assert wanted - 1 <= wait <= wanted
    assert stub.sent == []
    assert "asks to wait (429" in only(post)["reason"]


def test_twilios_garbage_after_success_is_unknown(post: Any, stub: ProviderStub, sender: Sender) -> None:
    stub.answers = ["garbage"]
    book(post, "sms")
    sender.send_due()
    assert only(post)["state"] == "unknown"
    assert len(stub.sent) == 1


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        (21211, "failed", "the mobile number is not valid (400, 21211)"),
        (21610, "failed", "the client has unsubscribed from text messages (STOP) (400, 21610)"),
        (21614, "failed", "the number is not a mobile number (400, 21614)"),
        (29999, "failed", "Twilio refused it (code 29999) (400, 29999)"),
        (21606, "queued", "our sender cannot send text messages at Twilio (400, 21606)"),
        (None, "failed", "Twilio refused it (400)"),
    ],
)
def test_twilios_codes_become_words_for_staff(
    post: Any, stub: ProviderStub, sender: Sender, code: int | None, state: str, reason: str
) -> None:
    stub.answers, stub.code = [400], code
    book(post, "sms")
    sender.send_due()
    assert (only(post)["state"], only(post)["reason"]) == (state, reason)


@pytest.mark.parametrize("channel", CHANNELS)
def test_wrong_credentials_wait_for_an_operator(post: Any, directory: Any, stub: ProviderStub, channel: str) -> None:
    post.others.contact["sms_opt_in"] = True
    wrong = transports(stub.url, password="old", key="SG.old")
    Sender(post.outbox, directory, wrong, spawn=lambda work: work()).send_due()
    book(post, channel)
    Sender(post.outbox, directory, wrong, spawn=lambda work: work()).send_due()
    assert only(post)["state"] == "queued"
    assert "does not accept our" in only(post)["reason"]
    assert stub.sent == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_provider_that_is_not_there_can_have_taken_nothing(post: Any, directory: Any, channel: str) -> None:
    post.others.contact["sms_opt_in"] = True
    book(post, channel)
    for url in ("http://127.0.0.1:1", "http://nowhere.invalid"):
        post.change(DUE)
        post.change(LOOK_AGAIN)
        Sender(post.outbox, directory, transports(url), spawn=lambda work: work()).send_due()
        assert only(post)["state"] == "queued"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_silent_or_failing_provider_keeps_no_other_recipient_waiting(
    post: Any, directory: Any, stub: ProviderStub, eventually: Callable[[Callable[[], bool]], None], channel: str
) -> None:
    sender = Sender(post.outbox, directory, transports(stub.url, timeout=30), spawn=beside)
    stub.answers = ["silence", 429, 0]
    for _ in range(2):
        book(post, channel, appointment_id=new_id())
        asked = len(stub.asked)
        sender.send_due()
        eventually(lambda asked=asked: len(stub.asked) > asked)
    for _ in range(4):
        book(post, channel, appointment_id=new_id())
    sender.send_due()
    eventually(lambda: [one["state"] for one in post.rows()] == ["sending", "queued", *["sent"] * 4])
    stub.release()
    eventually(lambda: post.rows()[0]["state"] == "unknown")
    post.change(DUE)
    post.change(LOOK_AGAIN)
    sender.send_due()
    eventually(lambda: post.rows()[1]["state"] == "sent")
    assert len(stub.sent) == len(set(stub.sent)) == 6


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_expired_lease_after_the_hand_over_is_unknown_and_never_goes_again(
    post: Any, directory: Any, stub: ProviderStub, eventually: Callable[[Callable[[], bool]], None], channel: str
) -> None:
    post.others.contact["sms_opt_in"] = True
    stub.answers = ["silence", 0]
    first = Sender(post.outbox, directory, transports(stub.url, timeout=30), spawn=beside)
    book(post, channel)
    first.send_due()
    eventually(lambda: len(stub.asked) == 1)
    post.change(EXPIRE)
    post.change(LOOK_AGAIN)
    second = Sender(post.outbox, directory, transports(stub.url), spawn=lambda work: work())
    for _ in range(2):
        second.send_due()
    assert only(post)["state"] == "unknown"
    assert len(stub.asked) == len(stub.sent) == 1


def test_twilio_is_asked_as_agreed_and_nothing_is_scheduled_there(
    post: Any, stub: ProviderStub, sender: Sender
) -> None:
    book(post, "sms")
    sender.send_due()
    ((path, _, form),) = stub.asked
    assert path.endswith(f"/Accounts/{ACCOUNT}/Messages.json")
    assert (form["To"], form["From"]) == ("+447700900123", "+447700900999")
    assert len(form["Body"]) <= 160
    assert "http://127.0.0.1:1/p/riverside/a/" in form["Body"]
    about = f"practice={post.others.practice_id}&message={only(post)['message_id']}"
    assert form["StatusCallback"] == f"{HOOKS}?{about}"
    assert 0 < int(form["ValidityPeriod"]) <= 4 * 3600
    assert {"SendAt", "ScheduleType", "SendAsMms", "MediaUrl"}.isdisjoint(form)
    assert only(post)["provider_reference"].startswith("SM")


def test_sendgrid_learns_message_and_practice_for_its_events(post: Any, stub: ProviderStub, sender: Sender) -> None:
    book(post, "email")
    sender.send_due()
    ((_, _, body),) = stub.asked
    ids = {"message_id": str(only(post)["message_id"]), "practice_id": str(post.others.practice_id)}
    assert body["custom_args"] == ids
    assert {"send_at", "batch_id"}.isdisjoint(body)


def test_neither_number_nor_text_is_logged(
    post: Any, stub: ProviderStub, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    stub.answers, stub.code = [400, 0], 21211
    with caplog.at_level("INFO"):
        for _ in range(2):
            post.happens("booked", 1, appointment_id=new_id())
            sender.send_due()
    assert "failed" in caplog.text
    for secret in ("7700900123", "pat@example.com", "t0ken", "Riverside", "StatusCallback"):
        assert secret not in caplog.text
