"""SendGrid and Twilio as local servers that speak their HTTP and answer as they are told, and that sign like them.

`sent` holds what was taken by a provider: a message that stands in it twice was sent twice.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ACCOUNT = "AC" + "0" * 32
AUTH_TOKEN = "a-token-of-the-stub"
API_KEY = "SG.key-of-the-stub"
SENDGRID_PATH = "/v3/mail/send"
TWILIO_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@dataclass
class ProviderStub:
    """Both providers. `answers` are given in turn, the last one for ever: a status, `silence`, `hang up` or `garbage`.

    `silence` reads the request and answers nothing until `release` or the caller gives up; `hang up` closes after
    reading; `garbage` says that it was taken in words that nobody can read. `code` is Twilio's error code.
    """

    port: int = 0
    answers: list[int | str] = field(default_factory=lambda: [0])
    code: int | None = None
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where both are reached."""
        return f"http://127.0.0.1:{self.port}"

    def next_answer(self, usual: int) -> int | str:
        """What to answer now; 0 stands for success."""
        with self.turn:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer or usual

    def takes(self, message_id: str, answer: int | str) -> None:
        """Remembers what a provider takes when it answers like this: silence may mean either, here it means yes."""
        if isinstance(answer, str) or answer < 300:
            self.sent.append(message_id)

    def release(self) -> None:
        """Ends every silence."""
        self.released.set()


class _Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: ProviderStub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == SENDGRID_PATH and self.headers["Authorization"] == f"Bearer {API_KEY}":
            self._sendgrid(json.loads(body))
        elif self.path == TWILIO_PATH and self.headers["Authorization"] == _basic(ACCOUNT, AUTH_TOKEN):
            self._twilio({name: values[0] for name, values in parse_qs(body.decode()).items()})
        else:
            self._say(401, {"code": 20003, "message": "Authenticate", "status": 401})

    def _sendgrid(self, body: dict[str, Any]) -> None:
        answer = self.stub.next_answer(202)
        self.stub.asked.append((self.path, dict(self.headers), body))
        self.stub.takes(str(body["custom_args"]["message_id"]), answer)
        if isinstance(answer, int):
            errors = {"errors": [{"message": body["personalizations"][0]["to"][0]["email"], "field": None}]}
            self._say(answer, errors if answer >= 300 else None)
        else:
            self._misbehave(answer)

    def _twilio(self, form: dict[str, str]) -> None:
        answer = self.stub.next_answer(201)
        self.stub.asked.append((self.path, dict(self.headers), form))
        about = dict(parse_qsl(urlsplit(form.get("StatusCallback", "")).query))
        self.stub.takes(about.get("message", ""), answer)
        if answer == 201:
            self._say(201, {"sid": f"SM{len(self.stub.asked):032}", "status": "queued", "error_code": None})
        elif isinstance(answer, int):
            said = {"message": f"The 'To' number {form['To']} is wrong", "status": answer, "more_info": ""}
            self._say(answer, said | ({"code": self.stub.code} if self.stub.code else {}))
        else:
            self._misbehave(answer)

    def _misbehave(self, how: str) -> None:
        if how == "garbage":
            self._say(201, None, b"taken, thank you")
            return
        if how == "silence":
            self.stub.released.wait(30)
        self.close_connection = True

    def _say(self, status: int, body: dict[str, Any] | None, raw: bytes = b"") -> None:
        content = json.dumps(body).encode() if body is not None else raw
        self.send_response(status)
        self.send_header("X-Message-Id", "sendgrid-1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def provider_stub() -> Iterator[ProviderStub]:
    """Both providers, running."""
    stub = ProviderStub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Talk", (_Talk,), {"stub": stub}))
    server.daemon_threads = True
    server.block_on_close = False
    stub.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield stub
    finally:
        stub.release()
        server.shutdown()
        server.server_close()


@dataclass
class SendGridSigner:
    """Signs event batches with a key of its own, as SendGrid's Event Webhook does."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def public_key(self) -> str:
        """As SendGrid shows it."""
        return base64.b64encode(
            self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    def request(self, events: Sequence[dict[str, Any]] | bytes, *, at: float | None = None) -> dict[str, Any]:
        """Body and headers of a request, for a Flask test client or `requests`."""
        body = events if isinstance(events, bytes) else json.dumps(list(events)).encode()
        stamp = str(int(time.time() if at is None else at))
        signature = base64.b64encode(self.key.sign(stamp.encode() + body, ECDSA(SHA256()))).decode()
        headers = {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": signature,
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }
        return {"data": body, "headers": headers}


@dataclass
class TwilioSigner:
    """Signs status callbacks for a public address, as Twilio does (HMAC-SHA1 over address and sorted form)."""

    url: str
    auth_token: str = AUTH_TOKEN

    def request(self, query: dict[str, str], form: dict[str, str]) -> tuple[str, dict[str, Any]]:
        """The query string, and body and headers of a callback."""
        about = urlencode(query)
        signed = f"{self.url}?{about}" + "".join(name + form[name] for name in sorted(form))
        digest = hmac.new(self.auth_token.encode(), signed.encode(), hashlib.sha1).digest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": base64.b64encode(digest).decode(),
        }
        return about, {"data": urlencode(form).encode(), "headers": headers}


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
