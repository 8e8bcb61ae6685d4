"""A private RabbitMQ node on loopback with its own epmd: made, started, stopped, killed, its data deleted.

Works as root and as a plain user, on RabbitMQ 3.9 to 4.x; never touches a broker or an epmd that runs already. What the
broker must know (users, rights, exchanges, queues) is a definitions file that it loads at every start, so a broker that
comes back empty is complete again.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from clinic.deploy.ports import LOOPBACK, is_listening
from clinic.deploy.postgres import NotInstalled
from clinic.deploy.rabbitmq_node import CONFIGURATION, PLUGINS, NodePorts, node_environment
from clinic.deploy.running import Running, read_running, running

SCRIPTS = ("/usr/lib/rabbitmq/bin", "/usr/local/lib/rabbitmq/bin", "/opt/rabbitmq/sbin")


def find_scripts() -> Path:
    """The directory with RabbitMQ's own scripts (not Debian's wrappers, which switch user); else NotInstalled."""
    for directory in map(Path, SCRIPTS):
        if os.access(directory / "rabbitmq-server", os.X_OK):
            return directory
    raise NotInstalled("RabbitMQ (rabbitmq-server) is not installed on this machine.")


class PrivateRabbitMQ:
    """One node in a directory. `definitions` is RabbitMQ's own export format."""

    name = "rabbitmq"

    def __init__(
        self,
        directory: Path,
        ports: NodePorts,
        definitions: dict[str, Any],
        *,
        node: str = "clinic",
        log: Path | None = None,
    ) -> None:
        self.ports = ports
        self._node = node
        self._directory = directory.resolve()
        self._log = log or self._directory / "log" / "rabbitmq.log"
        self._definitions = definitions
        self._complete = self._directory / "complete"
        self._failures = 0
        self._seen: Running | None = None  # still known when somebody deletes the directory under a running node
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts epmd and the node; returns when the definitions are loaded and AMQP answers, at most 60 s later.

        Data of a first start that was cut off, or with which two starts in a row failed, are set aside: RabbitMQ never
        recovers from half-made data, and nothing is lost with them, because the ledgers hold every event.
        """
        scripts = find_scripts()
        self._end_rest()
        if self._failures > 1 or not self._complete.exists():
            self._set_data_aside()
        self._failures += 1
        self._prepare()
        self._start_epmd()
        log = self._directory / "log" / "start.log"
        with log.open("wb") as out:
            server = subprocess.Popen(
                [str(scripts / "rabbitmq-server")],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self._directory,
                env=node_environment(self._directory, self._node, self.ports, self._log),
                start_new_session=True,
            )
        self._children.append(server)
        if wrapper := running(server.pid):
            wrapper.write(self._directory / "wrapper.json")
        self._wait_until_it_answers(server, log, 60.0)
        self._complete.touch()
        self._failures = 0

    def stop(self) -> None:
        """Stops the node gracefully (killed after 20 s), then its epmd."""
        if node := self.process():
            os.kill(node.pid, signal.SIGTERM)
            node.has_ended_within(20.0)
        self._end_rest()

    def kill(self) -> None:
        """`kill -9` of the node; its epmd goes too."""
        if node := self.process():
            os.kill(node.pid, signal.SIGKILL)
            node.has_ended_within(5.0)
        self._end_rest()

    def delete_data(self) -> None:
        """Deletes everything that the stopped node had stored."""
        self._complete.unlink(missing_ok=True)
        shutil.rmtree(self.data_directory, ignore_errors=True)

    def process(self) -> Running | None:
        """The node's Erlang machine, also when another run started it; None when it does not run."""
        file = self._directory / "node.json"  # the node removes its pid file before it has ended
        found = read_running(file) or self._from_pid_file()
        if found and found != self._seen:
            found.write(file)
        self._seen = found or (self._seen if self._seen and self._seen.is_alive() else None)
        return self._seen

    def is_alive(self) -> bool:
        """Whether the node runs or starts."""
        return self.process() is not None

    def is_ready(self) -> bool:
        """Whether it has started and answers."""
        return self.is_alive() and self._has_started()

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` answers; takes some 2 s a call."""
        return subprocess.run(
            [str(find_scripts() / "rabbitmqctl"), "-q", *arguments],
            env=node_environment(self._directory, self._node, self.ports, self._log),
            cwd=self._directory,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def url(self, user: str, password: str, vhost: str = "/") -> str:
        """The AMQP address for a user."""
        return f"amqp://{user}:{password}@{LOOPBACK}:{self.ports.amqp}/{'' if vhost == '/' else vhost}"

    @property
    def management_url(self) -> str:
        """The address of the management API, without credentials."""
        return f"http://{LOOPBACK}:{self.ports.management}"

    def _from_pid_file(self) -> Running | None:
        try:
            found = running(int((self._directory / "pid").read_text()))
        except (OSError, ValueError):
            return None
        return found if found and str(self._directory) in _command_line(found.pid) else None

    def _prepare(self) -> None:
        (self._directory / "log").mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        cookie = self._directory / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(secrets.token_hex(16))
            cookie.chmod(0o400)
        (self._directory / "enabled_plugins").write_text(PLUGINS)
        definitions = self._directory / "definitions.json"
        definitions.touch(mode=0o600)
        definitions.write_text(json.dumps(self._definitions, indent=1))
        (self._directory / "rabbitmq.conf").write_text(
            CONFIGURATION.format(management=self.ports.management, definitions=definitions)
        )
        (self._directory / "pid").unlink(missing_ok=True)

    def _start_epmd(self) -> None:
        """Our own, in the foreground and on loopback: one that Erlang starts would be a daemon that outlives it."""
        program = shutil.which("epmd")
        if program is None:
            raise NotInstalled("Erlang (epmd) is not installed on this machine.")
        epmd = subprocess.Popen(
            [program, "-port", str(self.ports.epmd), "-address", LOOPBACK],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        self._children.append(epmd)
        if found := running(epmd.pid):
            found.write(self._directory / "epmd.json")
        deadline = time.monotonic() + 10
        while not is_listening(self.ports.epmd):
            if epmd.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"epmd does not listen on port {self.ports.epmd}")
            time.sleep(0.02)

    def _wait_until_it_answers(self, server: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._has_started():
            if server.poll() is not None:
                raise RuntimeError(f"RabbitMQ ended while starting; see {log}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"RabbitMQ did not start within {seconds:.0f} s; see {log}")
            time.sleep(0.1)

    @property
    def data_directory(self) -> Path:
        """Where the node keeps everything that it stores."""
        return self._directory / "mnesia"

    def _has_started(self) -> bool:
        log = self._directory / "log" / "start.log"
        return log.exists() and b"completed with" in log.read_bytes() and is_listening(self.ports.amqp)

    def _set_data_aside(self) -> None:
        data, aside = self._directory / "mnesia", self._directory / "mnesia.broken"
        if data.exists():
            shutil.rmtree(aside, ignore_errors=True)
            data.rename(aside)

    def _end_rest(self) -> None:
        for name in ("wrapper.json", "epmd.json"):
            found = read_running(self._directory / name)
            if found and (name == "epmd.json" or not found.has_ended_within(3.0)):
                found.end(1.0, first=signal.SIGKILL)  # at SIGTERM the wrapper would start rabbitmqctl
            (self._directory / name).unlink(missing_ok=True)
        for child in self._children:
            child.wait(10)
        self._children.clear()


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""
