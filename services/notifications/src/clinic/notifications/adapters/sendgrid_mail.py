"""Mail by SendGrid's HTTP API (MAIL_PROVIDER=sendgrid). Nothing is scheduled there (F46), no click is tracked."""

import base64
import logging
import socket
import ssl
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from python_http_client.exceptions import HTTPError  # type: ignore[import-untyped]

from clinic.infra.calendar_file import FILE_NAME, calendar_file, content_type_of
from clinic.notifications.adapters.mail import Envelope, entry_of, envelope_of
from clinic.notifications.adapters.mail_layout import html_of
from clinic.notifications.application.ports import Accepted, LeaseLost, Letter, Unclear
from clinic.notifications.domain.delivery import Failed, NotYet
from clinic.notifications.domain.variables import as_text

NO_ANSWER = "SendGrid did not answer"
NO_ANSWER_AFTER_POST = "SendGrid did not say whether it took the mail"
NOT_LET_IN = "SendGrid does not accept our key"
_NOT_TAKEN = (ConnectionRefusedError, TimeoutError, socket.gaierror, ssl.SSLCertVerificationError)
_TAKEN = 202


@dataclass(frozen=True, slots=True)
class SendGridSettings:
    """`host` is overridable for tests and for the EU region."""

    api_key: str = field(repr=False)
    host: str
    mail_from: str
    timeout_seconds: float = 10.0


class SendGridTransport:
    """The `Transport` port on SendGrid v3 `mail/send`."""

    def __init__(self, settings: SendGridSettings) -> None:
        logging.getLogger("python_http_client").setLevel(logging.WARNING)
        self._settings = settings

    def send(self, letter: Letter, hand_over: Callable[[], bool]) -> Accepted | Unclear:
        """Failed on 4xx; NotYet on 401, 403, 429, 503 and no connection; Unclear on silence and the rest."""
        envelope = envelope_of(letter, self._settings.mail_from)
        body = _body(letter, envelope)
        client = self._client
        if not hand_over():
            raise LeaseLost
        try:
            answer = client.mail.send.post(request_body=body, timeout=self._settings.timeout_seconds)
        except HTTPError as error:
            status = int(error.status_code)
            if status in (401, 403):
                raise NotYet(f"{NOT_LET_IN} ({status})") from None
            if status in (429, 503):
                raise NotYet(f"SendGrid asks to wait ({status})") from None
            if status >= 500:
                return Unclear(f"{NO_ANSWER_AFTER_POST} ({status})")
            raise Failed(f"SendGrid refused it ({status})") from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, _NOT_TAKEN):
                raise NotYet(NO_ANSWER) from None
            return Unclear(NO_ANSWER_AFTER_POST)
        except (OSError, HTTPException):
            return Unclear(NO_ANSWER_AFTER_POST)
        if answer.status_code != _TAKEN:
            return Unclear(f"{NO_ANSWER_AFTER_POST} ({answer.status_code})")
        return Accepted(answer.headers.get("X-Message-Id") or envelope.reference)

    @property
    def _client(self) -> Any:
        """A client of its own for every mail: the library's remembers the headers of a call."""
        from sendgrid import SendGridAPIClient  # only processes that send by it pay for its memory

        return SendGridAPIClient(self._settings.api_key, host=self._settings.host).client


def _body(letter: Letter, envelope: Envelope) -> dict[str, Any]:
    attachments = [_calendar_file(letter, envelope)] if letter.has_calendar_file else []
    return {
        "personalizations": [{"to": [{"email": envelope.to_address, "name": envelope.to_name}]}],
        "from": {"email": envelope.from_address, "name": envelope.from_name},
        "reply_to": {"email": envelope.reply_to, "name": envelope.from_name},
        "subject": letter.subject,
        "content": [
            {"type": "text/plain", "value": as_text(letter.blocks)},
            {"type": "text/html", "value": html_of(letter)},
        ],
        **({"attachments": attachments} if attachments else {}),
        "custom_args": {"message_id": str(letter.message_id), "practice_id": str(letter.practice.id)},
        "headers": {"Auto-Submitted": "auto-generated"},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
        },
    }


def _calendar_file(letter: Letter, envelope: Envelope) -> dict[str, str]:
    entry = entry_of(letter, envelope)
    return {
        "content": base64.b64encode(calendar_file(entry)).decode(),
        "type": content_type_of(entry),
        "filename": FILE_NAME,
        "disposition": "attachment",
    }
