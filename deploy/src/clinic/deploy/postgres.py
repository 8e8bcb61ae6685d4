"""A private PostgreSQL cluster on loopback: made, started, stopped, killed, wiped; never one that exists already."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from clinic.deploy.ports import LOOPBACK
from clinic.deploy.running import Running, running
from clinic.deploy.server_address import SUPERUSER, PostgresAddress
from clinic.deploy.unprivileged import account, home_for, remove_home

VERSIONS = range(17, 12, -1)

SETTINGS = {
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "shared_buffers": "128MB",
    "min_wal_size": "80MB",
    "max_wal_size": "1GB",
    "max_prepared_transactions": "0",
}
"""What every server of the product has, in containers too.

`terse` and `panic`: DETAIL lines and failing statements would carry dates of birth and postcodes into the log.
"""

FAST_BUT_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
CLUSTER = ("--encoding=UTF8", "--locale=C.UTF-8")


class NotInstalled(Exception):
    """A program that is needed is not on this machine; the message is one sentence that says which."""


def find_binaries() -> Path:
    """The directory with `initdb` and `postgres` of the newest PostgreSQL 13 to 17; else NotInstalled."""
    candidates = [Path(f"/usr/lib/postgresql/{version}/bin") for version in VERSIONS]
    candidates += [Path(f"/usr/pgsql-{version}/bin") for version in VERSIONS]
    candidates += [Path(path) for path in os.environ.get("PATH", "").split(":") if path]
    for directory in candidates:
        if all(os.access(directory / name, os.X_OK) for name in ("initdb", "postgres")) and _is_known(directory):
            return directory
    raise NotInstalled("PostgreSQL 13 to 17 (initdb and postgres) is not installed on this machine.")


class PrivatePostgres:
    """One cluster in a directory. Passwords are made once and lie in `<directory>.json`, readable by its owner only.

    `durable=False` is for tests: commits are not flushed.
    """

    name = "postgres"

    def __init__(self, directory: Path, port: int, *, durable: bool = True, log: Path | None = None) -> None:
        self.port = port
        self._directory = directory.resolve()
        self._durable = durable
        self._log = log or self._directory.with_name(self._directory.name + ".log")
        self._address = PostgresAddress(LOOPBACK, port, self._directory.with_name(self._directory.name + ".json"))
        self._account = account()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server, making the cluster first where there is none; returns when it answers."""
        self._reap()
        binaries = self._binaries()
        data = home_for(self._directory, self._account) / "data"
        if not (data / "PG_VERSION").exists():
            self._initialise(binaries, data)
        self._configure(data)
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(self.port)]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self._account.arguments(),
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Ends every connection and stops (fast shutdown); kills after 20 s."""
        if found := self.process():
            found.end(20.0, first=signal.SIGINT)
        self._reap()

    def kill(self) -> None:
        """`kill -9` of the postmaster: its children notice and end, the next start recovers."""
        if found := self.process():
            children = found.children()
            os.kill(found.pid, signal.SIGKILL)
            for process in [found, *children]:
                process.has_ended_within(5.0)
        self._reap()

    def wipe(self) -> None:
        """Stops it and deletes all data."""
        self.stop()
        remove_home(self._directory)

    def process(self) -> Running | None:
        """The postmaster of this cluster, also when another run started it; None when it does not run."""
        try:
            lines = (home_for(self._directory, self._account) / "data" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return None
        found = running(int(lines[0]))
        return found if found and _is_postgres(found.pid) else None

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process() is not None

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """The address of a database for a role; the superuser's by default."""
        return self._address.url(database, role)

    def password(self, role: str) -> str:
        """The role's password, made when it is first asked for."""
        return self._address.password(role)

    def _binaries(self) -> Path:
        """The programs of the version that made the cluster, else the newest."""
        made_by = home_for(self._directory, self._account) / "data" / "PG_VERSION"
        if made_by.exists():
            exact = Path(f"/usr/lib/postgresql/{made_by.read_text().strip()}/bin")
            if (exact / "postgres").exists():
                return exact
        return find_binaries()

    def _initialise(self, binaries: Path, data: Path) -> None:
        password = data.with_name("password")
        password.touch(mode=0o600)
        password.write_text(self.password(SUPERUSER))
        if self._account.uid is not None and self._account.gid is not None:
            os.chown(password, self._account.uid, self._account.gid)
        command = [str(binaries / "initdb"), "-D", str(data), "-U", SUPERUSER, *CLUSTER]
        command += ["--auth=scram-sha-256", f"--pwfile={password}", *([] if self._durable else ["--no-sync"])]
        said = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd="/", **self._account.arguments()
        )
        password.unlink()
        if said.returncode != 0:
            raise RuntimeError(f"initdb failed: {said.stderr.strip()}")

    def _configure(self, data: Path) -> None:
        """Writes our settings beside initdb's; the socket lies in the cluster, where its path is short enough."""
        socket = data if len(str(data)) < 80 else ""
        settings = SETTINGS | {"listen_addresses": LOOPBACK, "unix_socket_directories": str(socket)}
        settings |= {} if self._durable else FAST_BUT_UNSAFE
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        (data / "clinic.conf").write_text("".join(lines))
        main = data / "postgresql.conf"
        if "include 'clinic.conf'" not in (text := main.read_text()):
            main.write_text(f"{text}\ninclude 'clinic.conf'\n")

    def _wait_until_it_answers(self, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if self._process and self._process.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended while starting; see {self._log}")
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def _reap(self) -> None:
        if self._process and self.process() is None:
            self._process.wait(10)
            self._process = None


def _is_known(directory: Path) -> bool:
    said = subprocess.run(
        [str(directory / "postgres"), "--version"], capture_output=True, text=True, check=False
    ).stdout
    number = re.search(r"(\d+)", said)
    return number is not None and int(number.group(1)) in VERSIONS


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return False
