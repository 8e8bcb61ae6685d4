"""A letter as a mail program shows it, and comparing with golden files; `UPDATE_GOLDEN=1` writes them anew."""

import os
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

from clinic.notifications.adapters.mail import envelope_of, mime_of
from clinic.notifications.application.ports import Letter

FROM = "appointments@portal.example"


def received(letter: Letter) -> EmailMessage:
    """The mail as a mail program parses it."""
    content = mime_of(letter, envelope_of(letter, FROM)).as_bytes(policy=SMTP)
    return message_from_bytes(content, _class=EmailMessage, policy=default)


def part(mail: EmailMessage, kind: str) -> str:
    """The text of one alternative."""
    body = mail.get_body(preferencelist=(kind,))
    assert body is not None
    return str(body.get_content())


def headers(mail: EmailMessage) -> str:
    """The headers that people and mail programs go by."""
    names = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
    return "".join(f"{name}: {mail[name]}\n" for name in names)


def matches(golden: Path, found: str) -> None:
    """Compares with a golden file, byte for byte."""
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(found.encode())
    assert found.encode() == golden.read_bytes()
