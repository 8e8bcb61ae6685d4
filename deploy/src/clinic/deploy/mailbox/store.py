"""The caught messages: one JSON file each, so that they are still there after a restart."""

import json
import os
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from clinic.kernel.client_time import utc_text
from clinic.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached file; `content_type` is the whole header value, with its parameters."""

    name: str
    content_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Caught:
    """A message as it arrived. `received_at` is RFC 3339 in UTC."""

    id: str
    channel: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    received_at: str
    headers: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object of `GET /messages` (docs/http.md, "mailbox")."""
        found = asdict(self)
        found["from"] = found.pop("sender")
        return found


def caught_mail(content: bytes, to: list[str], now: datetime) -> Caught:
    """The mail of an SMTP DATA, addressed to the envelope's recipients."""
    mail = message_from_bytes(content, _class=EmailMessage, policy=default)
    return Caught(
        id=str(new_id()),
        channel="email",
        to=", ".join(to),
        sender=str(mail["From"] or ""),
        subject=str(mail["Subject"] or ""),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        received_at=utc_text(now),
        headers={name: str(value) for name, value in mail.items()},
        attachments=[
            Attachment(part.get_filename() or "attachment", str(part["Content-Type"]), _text(part))
            for part in mail.iter_attachments()
        ],
    )


def caught_text(to: str, sender: str, text: str, now: datetime) -> Caught:
    """A text message of `POST /sms`."""
    return Caught(
        id=str(new_id()), channel="sms", to=to, sender=sender, subject="", text=text, html="", received_at=utc_text(now)
    )


class MailboxStore:
    """Messages in memory and in a directory; safe for several threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)
        self._messages = [_read(path) for path in sorted(directory.glob("*.json"))]

    def keep(self, caught: Caught) -> None:
        """On disk when it returns: whoever delivered it may forget it."""
        text = json.dumps(asdict(caught))
        with self._lock:
            target = self._directory / f"{caught.id}.json"
            part = target.with_suffix(".part")
            part.write_text(text, encoding="utf-8")
            os.replace(part, target)
            self._messages.append(caught)

    def newest_first(self, *, to: str | None = None, channel: str | None = None) -> list[Caught]:
        """All messages, or those to an address (whole, without case) or by a channel."""
        with self._lock:
            found = list(reversed(self._messages))
        return [
            one
            for one in found
            if (not to or to.casefold() in [address.casefold() for address in one.to.split(", ")])
            and (not channel or one.channel == channel)
        ]

    def find(self, message_id: str) -> Caught | None:
        """By its id."""
        with self._lock:
            return next((one for one in self._messages if one.id == message_id), None)

    def empty(self) -> None:
        """Forgets everything."""
        with self._lock:
            for one in self._messages:
                (self._directory / f"{one.id}.json").unlink(missing_ok=True)
            self._messages.clear()


def _read(path: Path) -> Caught:
    body = json.loads(path.read_text(encoding="utf-8"))
    attachments = [Attachment(**attachment) for attachment in body.pop("attachments")]
    return Caught(**body, attachments=attachments)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return _text(part) if part is not None else ""


def _text(part: Any) -> str:
    content = part.get_content()
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
