"""Mail by SMTP, each phase judged by what the server can have taken (RFC 5321 section 4.5.3.2, promises.md)."""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO

from clinic.notifications.adapters.mail import envelope_of, mime_of
from clinic.notifications.application.ports import Accepted, LeaseLost, Letter, Unclear
from clinic.notifications.domain.delivery import Failed, NotYet

NO_ANSWER = "the mail server did not answer"
NO_ANSWER_AFTER_DATA = "the mail server did not say whether it took the mail"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail goes. With a user, STARTTLS is required before the password is sent."""

    host: str
    port: int
    user: str
    password: str
    mail_from: str
    timeout_seconds: float = 10.0


class SmtpTransport:
    """One connection per mail. Until DATA was accepted nothing can have been sent; after it, silence is unclear."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, letter: Letter, hand_over: Callable[[], bool]) -> Accepted | Unclear:
        """Failed on 5xx to sender, recipient or content; NotYet on 4xx and before DATA; Unclear afterwards."""
        envelope = envelope_of(letter, self._settings.mail_from)
        content = _wire(mime_of(letter, envelope))
        with self._connect() as server:
            _expect(server.mail(envelope.from_address), 250)
            _expect(server.rcpt(envelope.to_address), 250, 251)
            if not hand_over():
                raise LeaseLost
            server.putcmd("data")
            _expect(server.getreply(), 354)
            try:
                server.send(content)
                reply = server.getreply()
            except (OSError, smtplib.SMTPException):
                return Unclear(NO_ANSWER_AFTER_DATA)
            if not 200 <= reply[0] < 600:
                return Unclear(NO_ANSWER_AFTER_DATA)
            _expect(reply, 250)
            return Accepted(envelope.reference)

    def _connect(self) -> "_Session":
        return _Session(self._settings)


class _Session:
    """A greeted connection; every trouble while it is open that nobody judged is `NotYet`."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> smtplib.SMTP:
        settings = self._settings
        try:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
            self._server = server
            server.ehlo_or_helo_if_needed()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif settings.user:
                raise NotYet("the mail server offers no TLS")
            if settings.user:
                server.login(settings.user, settings.password)
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise NotYet(f"{NO_ANSWER} ({type(error).__name__})") from None
        except NotYet:
            self._close()
            raise
        return server

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._close()
        if isinstance(error, OSError | smtplib.SMTPException):
            raise NotYet(f"{NO_ANSWER} ({type(error).__name__})") from None

    def _close(self) -> None:
        """Ends the connection without waiting: QUIT's answer changes nothing."""
        if self._server is not None:
            try:
                self._server.putcmd("quit")
            except smtplib.SMTPException:
                self._server.close()
            self._server.close()
            self._server = None


def _expect(reply: tuple[int, bytes], *wanted: int) -> None:
    """Failed or NotYet unless the code is wanted. Only codes are kept: a server's words can hold the address."""
    code, text = reply
    if code in wanted:
        return
    enhanced = re.match(rb"[245]\.\d{1,3}\.\d{1,3}", text)
    said = f"{code} {enhanced[0].decode()}" if enhanced else str(code)
    if 500 <= code < 600:
        raise Failed(f"the mail server refused it ({said})")
    raise NotYet(f"the mail server asks to wait ({said})")


def _wire(mail: EmailMessage) -> bytes:
    """The message as it follows DATA: dots doubled, ended by a dot on a line of its own."""
    out = BytesIO()
    BytesGenerator(out, policy=SMTP).flatten(mail)
    content = re.sub(rb"(?m)^\.", b"..", out.getvalue())
    return content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n"
