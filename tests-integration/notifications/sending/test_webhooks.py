"""Providers' receipts over HTTP, PostgreSQL and the role `webhooks`: what is believed, and what becomes of messages."""

import itertools
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask.testing import FlaskClient
from provider_stubs import AUTH_TOKEN, SendGridSigner, TwilioSigner
from sendgrid.helpers.eventwebhook import EventWebhook
from twilio.request_validator import RequestValidator

from clinic.infra.clock import utc_now
from clinic.infra.database import Database
from clinic.infra.settings import ServiceSettings
from clinic.kernel.ids import new_id
from clinic.notifications.adapters.postgres_receipts import PostgresReceipts
from clinic.notifications.adapters.sendgrid_events import REPLAY_SECONDS, SendGridEvents
from clinic.notifications.adapters.twilio_events import TwilioEvents
from clinic.notifications.application.ports import Ending
from clinic.notifications.bootstrap import Webhooks
from clinic.notifications.entrypoints.webhooks import (
    MOST_BYTES_SENDGRID,
    MOST_BYTES_TWILIO,
    create_app,
    create_app_with,
)

URL = "https://hooks.example/webhooks/twilio"
SENDGRID, TWILIO = SendGridSigner(), TwilioSigner(URL)
Say = Callable[..., int]


@pytest.fixture
def app(post: Any) -> Iterator[FlaskClient]:
    """The process with both providers' keys, over the role `webhooks`."""
    settings = ServiceSettings("notifications", post.address("webhooks"), "", {}, {}, {}, {}, True)
    database = Database(settings.database_url)
    events, callbacks = SendGridEvents(SENDGRID.public_key), TwilioEvents(URL, AUTH_TOKEN)
    webhooks = Webhooks(settings, database, PostgresReceipts(database), events, callbacks, 0)
    yield create_app_with(webhooks).test_client()
    database.close()


@pytest.fixture
def say(app: FlaskClient) -> Say:
    """`say(channel, practice, message, word)`: a provider's signed word; the answer's status."""

    def tell(channel: str, practice: UUID, message: UUID, word: str, **more: str) -> int:
        if channel == "email":
            event = {"event": word, "practice_id": str(practice), "message_id": str(message), **more}
            return app.post("/webhooks/sendgrid", **SENDGRID.request([event])).status_code
        about = {"practice": str(practice), "message": str(message)}
        query, request = TWILIO.request(about, {"MessageStatus": word, "MessageSid": "SM1", **more})
        return app.post(f"/webhooks/twilio?{query}", **request).status_code

    return tell


def in_state(post: Any, channel: str, state: str) -> UUID:
    """A message of the channel that was attempted and is in the state."""
    post.happens("booked", 1)
    (message,) = [one for one in post.outbox.lease(16) if one.channel == channel]
    assert post.outbox.hand_over(message, "Europe/London")
    if state != "sending":
        post.outbox.record(message, Ending(state, provider_reference="p1"))
    return UUID(str(message.message_id))


def row(post: Any, message: UUID) -> dict[str, Any]:
    """The message as it lies in the database."""
    (found,) = [one for one in post.rows() if one["message_id"] == message]
    return dict(found)


def untouched(post: Any) -> list[tuple[Any, ...]]:
    """Everything that a receipt could change."""
    return [
        (one["message_id"], one["state"], one["reason"], one["sent_at"], one["delivered_at"]) for one in post.rows()
    ]


WORDS = {
    "email": {"taken": "processed", "delivered": "delivered", "failed": "bounce"},
    "sms": {"taken": "sent", "delivered": "delivered", "failed": "undelivered"},
}
TABLE = [
    ("sending", "taken", "sent"), ("sending", "delivered", "sent"), ("sending", "failed", "failed"),
    ("unknown", "taken", "sent"), ("unknown", "delivered", "sent"), ("unknown", "failed", "failed"),
    ("sent", "taken", "sent"), ("sent", "delivered", "sent"), ("sent", "failed", "failed"),
    ("failed", "taken", "failed"), ("failed", "delivered", "failed"), ("failed", "failed", "failed"),
    ("suppressed", "delivered", "suppressed"), ("queued", "delivered", "sent"),
]  # fmt: skip


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize(("state", "said", "then"), TABLE)
def test_a_signed_receipt_moves_a_message_as_the_table_says_and_twice_is_once(
    post: Any, say: Say, channel: str, state: str, said: str, then: str
) -> None:
    message, practice = in_state(post, channel, state), post.others.practice_id
    assert say(channel, practice, message, WORDS[channel][said]) == 204
    first = row(post, message)
    assert first["state"] == then
    assert (first["delivered_at"] is not None) is (said == "delivered" and then == "sent")
    assert (first["sent_at"] is not None) or then != "sent"
    assert say(channel, practice, message, WORDS[channel][said]) == 204
    assert row(post, message) == first


@pytest.mark.parametrize("order", list(itertools.permutations(["taken", "delivered", "failed"])))
def test_receipts_in_any_order_end_the_same(post: Any, say: Say, order: tuple[str, ...]) -> None:
    message = in_state(post, "sms", "unknown")
    for said in order:
        assert say("sms", post.others.practice_id, message, WORDS["sms"][said], ErrorCode="30005") == 204
    found = row(post, message)
    assert (found["state"], found["delivered_at"]) == ("failed", None)
    assert found["reason"] == "the mobile number is unknown or no longer in use"


def test_a_receipt_that_overtakes_the_sender_stands_and_the_sender_adds_what_it_knows(post: Any, say: Say) -> None:
    post.happens("booked", 1)
    (mail,) = [one for one in post.outbox.lease(16) if one.channel == "email"]
    assert post.outbox.hand_over(mail, "Europe/London")
    say(
        "email",
        post.others.practice_id,
        mail.message_id,
        "bounce",
        status="5.1.1",
        reason="550 pat@example.com unknown",
    )
    post.outbox.record(mail, Ending("sent", body="Hello", provider_reference="p1"))
    found = row(post, mail.message_id)
    assert (found["state"], found["body"], found["provider_reference"]) == ("failed", "Hello", "p1")
    assert found["reason"] == "the recipient's mail server refused it (5.1.1)"


def test_what_a_receipt_ended_is_not_leased_again(post: Any, say: Say) -> None:
    message = in_state(post, "email", "queued")
    assert say("email", post.others.practice_id, message, "delivered") == 204
    post.change("UPDATE messages SET due_at = '2000-01-01'")
    post.change("UPDATE practices_with_messages SET due_at = '2000-01-01'")
    assert [one.message_id for one in post.outbox.lease(16) if one.channel == "email"] == []


def test_a_receipt_that_comes_while_a_sender_reaches_for_the_message_wins(
    post: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    in_state(post, "email", "queued")
    post.change("UPDATE messages SET due_at = '2000-01-01'")
    post.change("UPDATE practices_with_messages SET due_at = '2000-01-01'")
    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(post.address("superuser")) as receipt, ThreadPoolExecutor(1) as beside:
        receipt.execute("UPDATE messages SET state = 'sent' WHERE channel = 'email'")
        leasing = beside.submit(post.outbox.lease, 16)
        eventually(lambda: len(post.rows(waiting)) == 1)
        receipt.commit()
        assert [one.channel for one in leasing.result()] == []
    assert post.states() == [("confirmation", "sent")]


@pytest.mark.parametrize(
    ("word", "more", "reason"),
    [
        ("bounce", {"status": "5.1.1", "reason": "pat@example.com"}, "the recipient's mail server refused it (5.1.1)"),
        ("bounce", {"status": "pat@example.com"}, "the recipient's mail server refused it"),
        ("dropped", {"reason": "Invalid"}, "SendGrid did not send it: the address is not valid"),
        ("dropped", {"reason": "pat@example.com is odd"}, "SendGrid did not send it"),
    ],
)
def test_reasons_are_words_for_staff_and_name_nobody(
    post: Any, say: Say, word: str, more: dict[str, str], reason: str
) -> None:
    message = in_state(post, "email", "sent")
    say("email", post.others.practice_id, message, word, email="pat@example.com", **more)
    assert row(post, message)["reason"] == reason
    assert "pat@" not in str(post.rows())


@pytest.mark.parametrize("word", ["open", "click", "deferred", "spamreport", "group_unsubscribe", "", "later"])
def test_other_words_change_nothing(post: Any, say: Say, word: str) -> None:
    message = in_state(post, "email", "unknown")
    before = untouched(post)
    assert say("email", post.others.practice_id, message, word) == 204
    assert say("sms", post.others.practice_id, message, word) == 204
    assert untouched(post) == before


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_charlies_practice_and_unknown_messages_are_ignored(post: Any, say: Say, channel: str) -> None:
    message = in_state(post, channel, "sent")
    before = untouched(post)
    for practice, named in ((new_id(), message), (post.others.practice_id, new_id())):
        assert say(channel, practice, named, WORDS[channel]["failed"]) == 204
    assert untouched(post) == before


def test_a_batch_is_recorded_whatever_else_stands_in_it(post: Any, app: FlaskClient) -> None:
    message = in_state(post, "email", "sent")
    mine = {"event": "delivered", "practice_id": str(post.others.practice_id), "message_id": str(message)}
    odd: list[Any] = [
        7,
        None,
        [],
        {},
        {"event": "delivered"},
        {**mine, "message_id": "x"},
        {**mine, "practice_id": None},
    ]
    assert app.post("/webhooks/sendgrid", **SENDGRID.request([*odd, mine, mine])).status_code == 204
    assert row(post, message)["delivered_at"] is not None
    for body in (b"", b"{", b"{}", b"7", b"\xff\xfe"):
        assert app.post("/webhooks/sendgrid", **SENDGRID.request(body)).status_code == 204


def forged_mails(practice: UUID, message: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests about mails that prove nothing, with their names."""
    event = {"event": "bounce", "practice_id": str(practice), "message_id": str(message)}
    good = SENDGRID.request([event])
    stamp = good["headers"]["X-Twilio-Email-Event-Webhook-Timestamp"]
    yield "another key", SendGridSigner().request([event])
    yield "unsigned", {"data": good["data"], "headers": {"Content-Type": "application/json"}}
    yield "another body", {**good, "data": good["data"].replace(b"bounce", b"dropped")}
    yield "one more byte", {**good, "data": good["data"] + b" "}
    stamps = (str(int(stamp) + 1), "", "now", "-1")
    signatures = ("", "!", "AAAA", "é")
    wrong = [*(("Timestamp", one) for one in stamps), *(("Signature", one) for one in signatures)]
    for name, value in wrong:
        headers = {**good["headers"], f"X-Twilio-Email-Event-Webhook-{name}": value}
        yield f"{name} {value!r}", {**good, "headers": headers}
    now = utc_now().timestamp()
    yield "stale", SENDGRID.request([event], at=now - REPLAY_SECONDS - 5)
    yield "from the future", SENDGRID.request([event], at=now + REPLAY_SECONDS + 5)


def test_forged_stale_and_unsigned_mail_events_are_refused_and_change_nothing(post: Any, app: FlaskClient) -> None:
    message = in_state(post, "email", "sent")
    before = untouched(post)
    answers = {
        name: app.post("/webhooks/sendgrid", **request).status_code
        for name, request in forged_mails(post.others.practice_id, message)
    }
    assert answers == dict.fromkeys(answers, 403)
    assert untouched(post) == before


def test_forged_callbacks_are_refused_whatever_the_host_header_says(post: Any, app: FlaskClient) -> None:
    message = in_state(post, "sms", "sent")
    before = untouched(post)
    about = {"practice": str(post.others.practice_id), "message": str(message)}
    query, good = TWILIO.request(about, {"MessageStatus": "failed"})
    signature = {"X-Twilio-Signature": good["headers"]["X-Twilio-Signature"]}
    _, other_token = TwilioSigner(URL, "another token").request(about, {"MessageStatus": "failed"})
    _, other_host = TwilioSigner("https://evil.example/webhooks/twilio").request(about, {"MessageStatus": "failed"})
    other_message = query.replace(str(message), str(new_id()))
    tries: dict[str, tuple[str, dict[str, Any]]] = {
        "another token": (query, other_token),
        "another host": (query, {**other_host, "headers": {**other_host["headers"], "Host": "evil.example"}}),
        "forwarded host": (
            query,
            {**other_host, "headers": {**other_host["headers"], "X-Forwarded-Host": "evil.example"}},
        ),
        "unsigned": (query, {"data": good["data"], "content_type": "application/x-www-form-urlencoded"}),
        "another message": (other_message, good),
        "no query": ("", good),
        "another form": (query, {"data": b"MessageStatus=canceled", "headers": good["headers"]}),
        "a form that is not read": (
            query,
            {"data": good["data"], "headers": {**signature, "Content-Type": "text/plain"}},
        ),
        "an empty signature": (query, {**good, "headers": {**good["headers"], "X-Twilio-Signature": ""}}),
    }
    answers = {
        name: app.post(f"/webhooks/twilio?{asked}", **request).status_code for name, (asked, request) in tries.items()
    }
    assert answers == dict.fromkeys(tries, 403)
    assert untouched(post) == before
    assert app.post(f"/webhooks/twilio?{query}", **good, base_url="http://10.0.0.7:8000").status_code == 204
    assert row(post, message)["state"] == "failed"


def test_too_large_a_body_is_not_read_and_an_address_that_keeps_forging_is_not_heard(app: FlaskClient) -> None:
    assert app.post("/webhooks/sendgrid", data=b"x" * (MOST_BYTES_SENDGRID + 1)).status_code == 413
    form = {"data": "x=" + "y" * MOST_BYTES_TWILIO, "content_type": "application/x-www-form-urlencoded"}
    assert app.post("/webhooks/twilio", **form).status_code == 413
    statuses = [app.post("/webhooks/sendgrid", data=b"[]").status_code for _ in range(40)]
    assert statuses == [403] * 30 + [429] * 10
    good = SENDGRID.request([])
    assert app.post("/webhooks/sendgrid", **good).status_code == 429
    other = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    assert app.post("/webhooks/sendgrid", **good, **other).status_code == 204


def test_while_the_database_is_away_the_provider_is_asked_to_come_again(
    post: Any, app: FlaskClient, say: Say, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    message = in_state(post, "email", "sent")
    assert app.get("/readyz").status_code == 200
    post.change("ALTER ROLE notifications_webhooks NOLOGIN")
    try:
        post.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'notifications_webhooks'")
        assert say("email", post.others.practice_id, message, "bounce") == 503
        assert app.get("/readyz").status_code == 503
    finally:
        post.change("ALTER ROLE notifications_webhooks LOGIN")
    assert row(post, message)["state"] == "sent"
    eventually(lambda: say("email", post.others.practice_id, message, "bounce") == 204)
    assert row(post, message)["state"] == "failed"


def test_only_a_provider_whose_key_is_known_has_a_door_and_get_has_none(post: Any) -> None:
    settings = ServiceSettings("notifications", post.address("webhooks"), "", {}, {}, {}, {}, True)
    database = Database(settings.database_url)
    nobody = create_app_with(Webhooks(settings, database, PostgresReceipts(database), None, None, 0)).test_client()
    for path in ("/webhooks/sendgrid", "/webhooks/twilio", "/v1/messages", "/openapi.json"):
        assert nobody.post(path).status_code == 404
    assert nobody.get("/healthz").status_code == 200


def test_the_process_is_wired_by_its_environment(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    message, practice = in_state(post, "sms", "sent"), post.others.practice_id
    environment = {
        "DATABASE_URL": post.address("webhooks"), "CLINIC_TEST": "1", "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": SENDGRID.public_key, "WEBHOOKS_URL": "https://hooks.example/",
        "TRUSTED_PROXIES": "1",
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = create_app().test_client()
    query, request = TWILIO.request(
        {"practice": str(practice), "message": str(message)}, {"MessageStatus": "delivered"}
    )
    assert client.post(f"/webhooks/twilio?{query}", **request).status_code == 204
    assert row(post, message)["delivered_at"] is not None
    for _ in range(40):
        client.post("/webhooks/sendgrid", data=b"[]", headers={"X-Forwarded-For": "192.0.2.66"})
    assert client.post("/webhooks/sendgrid", headers={"X-Forwarded-For": "192.0.2.66"}).status_code == 429
    good = SENDGRID.request([])
    assert client.post("/webhooks/sendgrid", **good).status_code == 204
    monkeypatch.setenv("SENDGRID_WEBHOOK_PUBLIC_KEY", "no key")
    with pytest.raises(ValueError, match=r".+"):
        create_app()


def test_nothing_of_a_request_is_logged_but_what_it_was_about(
    post: Any, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    message = in_state(post, "email", "sent")
    with caplog.at_level(logging.DEBUG):
        say("email", post.others.practice_id, message, "bounce", email="pat@example.com", reason="pat@example.com")
        say("sms", post.others.practice_id, message, "failed", To="+447700900123", Body="secret")
    assert str(message) in caplog.text
    for personal in ("pat@example.com", "7700900123", "secret"):
        assert personal not in caplog.text


def test_the_stubs_sign_as_the_providers_own_libraries_verify() -> None:
    signed = SENDGRID.request([{"event": "delivered"}])
    heads = signed["headers"]
    assert EventWebhook(SENDGRID.public_key).verify_signature(
        signed["data"].decode(),
        heads["X-Twilio-Email-Event-Webhook-Signature"],
        heads["X-Twilio-Email-Event-Webhook-Timestamp"],
    )
    query, callback = TWILIO.request({"a": "1"}, {"MessageStatus": "sent"})
    signature = callback["headers"]["X-Twilio-Signature"]
    assert RequestValidator(AUTH_TOKEN).validate(f"{URL}?{query}", {"MessageStatus": "sent"}, signature)
