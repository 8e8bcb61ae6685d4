"""`python -m clinic.deploy.mailbox`: MAILBOX_PORT (pages), MAILBOX_SMTP_PORT, MAILBOX_DIRECTORY (messages on disk)."""

import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from environs import Env
from werkzeug.serving import WSGIRequestHandler, make_server

from clinic.deploy.mailbox.pages import create_pages
from clinic.deploy.mailbox.store import MailboxStore, caught_mail
from clinic.infra.clock import utc_now


class Catcher:
    """What aiosmtpd calls: a message is on disk before the server answers 250."""

    def __init__(self, store: MailboxStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keeps the mail; nothing is ever sent on."""
        content = envelope.content or b""
        content = content if isinstance(content, bytes) else content.encode()
        self._store.keep(caught_mail(content, list(envelope.rcpt_tos), utc_now()))
        return "250 kept"


class QuietRequests(WSGIRequestHandler):
    """No access log: it would hold addresses of people."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


def main() -> int:
    """Serves until SIGTERM or SIGINT. MAILBOX_HOST is 127.0.0.1 unless a container needs another."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    env = Env()
    host = env.str("MAILBOX_HOST", "127.0.0.1")
    port, smtp_port = env.int("MAILBOX_PORT"), env.int("MAILBOX_SMTP_PORT")
    store = MailboxStore(Path(env.str("MAILBOX_DIRECTORY")))
    catcher = Controller(Catcher(store), hostname=host, port=smtp_port, ident="mailbox")
    pages = make_server(host, port, create_pages(store), threaded=True, request_handler=QuietRequests)
    catcher.start()
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    logging.info("mailbox: pages on %s:%s, SMTP on %s:%s", host, port, host, smtp_port)
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ended.wait()
    pages.shutdown()
    catcher.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
