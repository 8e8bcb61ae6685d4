"""Providers that speak HTTP, against a local server that answers as it is told."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from clinic.kernel.ids import new_id
from clinic.notifications.adapters.sendgrid_mail import SendGridSettings, SendGridTransport
from clinic.notifications.adapters.sms import HttpSms, SmsSettings
from clinic.notifications.application.ports import (
    Accepted,
    CalendarFacts,
    LeaseLost,
    Letter,
    Practice,
    Transport,
    Unclear,
)
from clinic.notifications.domain.delivery import Failed, NotYet
from clinic.notifications.domain.variables import Button, Line, Paragraph, Span

URL = "https://portal.example/p/riverside/a/t0ken"


@dataclass
class Provider:
    """What it was asked, and how it answers; status 0 hangs up."""

    port: int = 0
    status: int = 202
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A running provider."""
    known = Provider()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known.asked.append((self.path, dict(self.headers), body))
            if known.status == 0:
                return
            self.send_response(known.status)
            self.send_header("X-Message-Id", "provider-1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    known.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


def letter(to: str) -> Letter:
    """A letter to Pat."""
    starts_at = datetime(2026, 12, 2, 10, 20, tzinfo=UTC)
    return Letter(
        message_id=new_id(),
        practice=Practice(
            new_id(), "Riverside", "riverside", "020 7946 0018", "desk@riverside.example", "Europe/London"
        ),
        to_address=to,
        to_name="Pat Doe",
        subject="Your appointment is now Wednesday 2 December, 10:20am",
        blocks=(Paragraph((Line((Span("Hello Pat,"),)),)), Button(URL)),
        short_text=f"Riverside: now Wed 2 Dec, 10:20am. {URL}",
        stamped_at=starts_at - timedelta(days=9),
        not_after=starts_at,
        calendar=CalendarFacts(new_id(), 2, starts_at, starts_at + timedelta(minutes=30), False, "1 High Street"),
    )


def sendgrid(url: str) -> Transport:
    """The real SendGrid adapter at our address."""
    return SendGridTransport(SendGridSettings("SG.key", url, "clinic@portal.example", timeout_seconds=2))


def sms(url: str) -> Transport:
    """The real adapter for text messages."""
    return HttpSms(SmsSettings(url=f"{url}/sms", timeout_seconds=2))


CASES = [(sendgrid, "pat@example.com"), (sms, "+447700900123")]


@pytest.mark.parametrize(("make", "to"), CASES)
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(202, Accepted), (400, Failed), (429, NotYet), (503, NotYet), (500, Unclear), (502, Unclear), (0, Unclear)],
)
def test_a_provider_is_believed_only_as_far_as_it_was_clear(
    provider: Provider, make: Any, to: str, status: int, outcome: type
) -> None:
    provider.status = status
    if issubclass(outcome, Exception):
        with pytest.raises(outcome) as said:
            make(provider.url).send(letter(to), lambda: True)
        assert to not in str(said.value)
    else:
        assert isinstance(make(provider.url).send(letter(to), lambda: True), outcome)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(("make", "to"), CASES)
def test_a_provider_that_is_not_there_can_have_taken_nothing(make: Any, to: str) -> None:
    with pytest.raises(NotYet):
        make("http://127.0.0.1:1").send(letter(to), lambda: True)


@pytest.mark.parametrize(("make", "to"), CASES)
def test_without_the_lease_no_provider_hears_of_it(provider: Provider, make: Any, to: str) -> None:
    with pytest.raises(LeaseLost):
        make(provider.url).send(letter(to), lambda: False)
    assert provider.asked == []


def test_sendgrid_gets_an_alert_without_a_calendar_file(provider: Provider) -> None:
    alert = replace(letter("bo@riverside.example"), calendar=None)
    assert sendgrid(provider.url).send(alert, lambda: True) == Accepted("provider-1")
    ((_, _, body),) = provider.asked
    assert "attachments" not in body


def test_sendgrid_gets_both_parts_and_the_calendar_file_and_tracks_nothing(provider: Provider) -> None:
    sent = sendgrid(provider.url).send(letter("pat@example.com"), lambda: True)
    assert sent == Accepted("provider-1")
    ((path, headers, body),) = provider.asked
    assert path == "/v3/mail/send"
    assert headers["Authorization"] == "Bearer SG.key"
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert URL in body["content"][0]["value"]
    (file,) = body["attachments"]
    assert "method=REQUEST" in file["type"]
    assert b"METHOD:REQUEST" in base64.b64decode(file["content"])
    assert body["tracking_settings"]["click_tracking"]["enable"] is False
    assert body["tracking_settings"]["open_tracking"]["enable"] is False
    assert "send_at" not in body


@pytest.mark.parametrize(("typed", "sent"), [("07700 900123", "+447700900123"), ("+44 7700 900123", "+447700900123")])
def test_numbers_leave_in_e164(provider: Provider, typed: str, sent: str) -> None:
    sms(provider.url).send(letter(typed), lambda: True)
    assert provider.asked[0][2] == {"to": sent, "from": "Clinic", "text": f"Riverside: now Wed 2 Dec, 10:20am. {URL}"}


@pytest.mark.parametrize("number", ["", "call me", "+1 212 555 0100", "+882 16 555 0100", "12"])
def test_other_numbers_and_other_countries_get_nothing(provider: Provider, number: str) -> None:
    with pytest.raises(Failed):
        sms(provider.url).send(letter(number), lambda: True)
    assert provider.asked == []
