"""Mail servers and processes: what a message meets on its way."""

import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Running:
    """A process of the product and where it logs."""

    process: subprocess.Popen[bytes]
    log: Path

    def ends(self) -> int:
        """SIGTERM, and its exit code; killed after ten seconds."""
        self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`start(module, **environment)` runs a module; what still runs afterwards is ended."""
    started: list[Running] = []

    def run(module: str, **environment: str) -> Running:
        log = tmp_path / f"{module}-{len(started)}.log"
        with log.open("wb") as out:
            command = [sys.executable, "-m", module]
            process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out)
        started.append(Running(process, log))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            one.ends()


@dataclass
class Mailbox:
    """A running mailbox."""

    url: str
    port: int
    smtp_port: int
    directory: Path
    running: Running

    def messages(self, query: str = "") -> list[dict[str, Any]]:
        """What it caught, newest first."""
        answer = requests.get(f"{self.url}/messages{query}", timeout=5)
        answer.raise_for_status()
        return list(answer.json()["messages"])


@pytest.fixture
def mailbox(start: Callable[..., Running], tmp_path: Path, eventually: Any) -> Callable[[], Mailbox]:
    """Starts the mailbox; a second call starts it again on the same ports and directory."""
    port, smtp_port, directory = free_port(), free_port(), tmp_path / "mailbox"

    def begin() -> Mailbox:
        running = start(
            "clinic.deploy.mailbox",
            MAILBOX_PORT=str(port),
            MAILBOX_SMTP_PORT=str(smtp_port),
            MAILBOX_DIRECTORY=str(directory),
        )
        found = Mailbox(f"http://127.0.0.1:{port}", port, smtp_port, directory, running)

        def up() -> bool:
            try:
                return requests.get(f"{found.url}/healthz", timeout=1).ok
            except requests.ConnectionError:
                return False

        eventually(up)
        return found

    return begin


@pytest.fixture
def worker_environment(post: Any) -> Callable[[Mailbox, str], dict[str, str]]:
    """`worker_environment(mailbox, amqp_url)`: what the worker reads."""

    def environment(mailbox: Mailbox, amqp_url: str) -> dict[str, str]:
        url = post.others.url
        return {
            "DATABASE_URL": post.address("worker"), "AMQP_URL": amqp_url, "IDENTITY_URL": post.others.identity_url,
            "APPOINTMENTS_URL": url, "AVAILABILITY_URL": url, "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mailbox.smtp_port), "SMS_URL": f"{mailbox.url}/sms", "MAIL_FROM": "clinic@portal.example",
            "CLINIC_TEST": "1", "STAFF_URL": "https://staff.example",
            "SERVICE_KEYS": '{"identity": "k", "appointments": "k", "availability": "k"}',
        }  # fmt: skip

    return environment


@dataclass
class Server:
    """An SMTP server of a few lines. `behaviour` names the phase at which it does something else than its work."""

    port: int = 0
    behaviour: str = ""
    answer: str = ""
    mails: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def says(self, phase: str, usual: str) -> str:
        """The reply of a phase, `silence` to say nothing and `hang up` to close."""
        return self.answer if phase == self.behaviour else usual


@pytest.fixture
def smtp() -> Iterator[Server]:
    """A running server."""
    known = Server()

    class Talk(socketserver.StreamRequestHandler):
        def reply(self, phase: str, usual: str) -> bool:
            said = known.says(phase, usual)
            if said == "silence":
                known.released.wait(20)
            if said in ("silence", "hang up"):
                return False
            self.wfile.write(said.encode() + b"\r\n")
            return True

        def handle(self) -> None:
            if not self.reply("greeting", "220 here"):
                return
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "RCPT":
                    known.recipients.append(line)
                if verb == "QUIT":
                    return
                if not self.reply(verb, "354 go on" if verb == "DATA" else "250 fine"):
                    return
                if verb == "DATA" and known.says("DATA", "354").startswith("354") and not self.content():
                    return

        def content(self) -> bool:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            known.mails.append(b"".join(lines).decode())
            return self.reply("content", "250 kept")

    class Threaded(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    server = Threaded(("127.0.0.1", 0), Talk)
    known.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield known
    known.released.set()
    server.shutdown()
    server.server_close()
