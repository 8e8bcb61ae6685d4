"""Keeps processes alive: starts them, restarts what dies with a growing pause, holds what stays down, stops all."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from clinic.deploy.processes import Process
from clinic.deploy.running import read_running, running
from clinic.infra.clock import utc_now

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 10.0
STOP_SECONDS = 10.0
LOG_BYTES = 10 * 1024 * 1024


class Member(Protocol):
    """Something to keep alive."""

    @property
    def name(self) -> str:
        """Its name in logs, files and commands."""

    def start(self) -> None:
        """Starts it; raises where that fails."""

    def is_alive(self) -> bool:
        """Whether it runs now."""

    def stop(self) -> None:
        """Ends it and everything that it started."""

    def kill(self) -> None:
        """`kill -9`."""


class ChildProcess:
    """A process of the product, in a group of its own, with a log file and a file that names its pid."""

    def __init__(self, process: Process, directory: Path) -> None:
        self.process = process
        self._directory = directory
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The process' name."""
        return self.process.name

    @property
    def pid_file(self) -> Path:
        """The file that names the running process."""
        return self._directory / "run" / f"{self.name}.json"

    def start(self) -> None:
        """Starts it; what an earlier run left behind is ended first."""
        if left := read_running(self.pid_file):
            left.end(STOP_SECONDS)
        log = self._directory / "log" / f"{self.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                self.process.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self._directory,
                env=self.process.environment,
                start_new_session=True,
            )
        if found := running(self._child.pid):
            found.write(self.pid_file)

    def is_alive(self) -> bool:
        """Whether it runs. When it has ended, the rest of its group is killed before its pid is given back."""
        with self._lock:
            if self._child is None:
                return False
            if os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return True
            self._end_group()
            return False

    def stop(self) -> None:
        """SIGTERM to the group, after 10 s SIGKILL."""
        self._send(signal.SIGTERM, group=True)
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_alive():
            if time.monotonic() > deadline:
                self._end_group()
                return
            time.sleep(0.05)

    def kill(self) -> None:
        """`kill -9` of the process itself, not of its children."""
        self._send(signal.SIGKILL, group=False)

    def _send(self, number: signal.Signals, *, group: bool) -> None:
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._child is not None:
                (os.killpg if group else os.kill)(self._child.pid, number)

    def _end_group(self) -> None:
        with self._lock:
            self._send(signal.SIGKILL, group=True)
            if self._child is not None:
                self._child.wait()
                self._child = None
            self.pid_file.unlink(missing_ok=True)


class Supervisor:
    """One thread for each member. A file `<directory>/held/<name>` keeps that member down while it exists."""

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self._held = directory / "held"
        self._held.mkdir(parents=True, exist_ok=True)
        self._say = say
        self._ending = threading.Event()
        self._members: dict[str, Member] = {}
        self._threads: list[threading.Thread] = []

    def keep(self, member: Member) -> None:
        """Starts a member and keeps it alive until `stop`. A member that is alive already is kept as it is."""
        self._members[member.name] = member
        thread = threading.Thread(target=self._watch, args=(member,), name=member.name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def hold(self, name: str) -> None:
        """Stops a member and keeps it down, also over a restart of the supervisor; returns when it is down."""
        (self._held / name).touch()
        while self._members[name].is_alive():
            time.sleep(0.05)

    def release(self, name: str) -> None:
        """Lets a held member start again; returns at once."""
        (self._held / name).unlink(missing_ok=True)

    def member(self, name: str) -> Member:
        """The member of that name; KeyError where there is none."""
        return self._members[name]

    def names(self) -> list[str]:
        """All members."""
        return list(self._members)

    def stop(self, last: tuple[str, ...] = ()) -> None:
        """Stops every member at the same time, the ones named `last` after the others."""
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._together([member for name, member in self._members.items() if name not in last])
        self._together([self._members[name] for name in last if name in self._members])

    def _together(self, members: list[Member]) -> None:
        threads = [threading.Thread(target=member.stop) for member in members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _watch(self, member: Member) -> None:
        pause = FIRST_PAUSE_SECONDS
        started_at = time.monotonic()
        was_alive = member.is_alive()
        while not self._ending.wait(0.1):
            if (self._held / member.name).exists():
                if member.is_alive():
                    member.stop()
                    self._note(f"{member.name} is held")
                was_alive = False
            elif not member.is_alive():
                if was_alive:
                    self._note(f"{member.name} ended; starting it again")
                    pause = FIRST_PAUSE_SECONDS if time.monotonic() - started_at > STEADY_SECONDS else pause
                    if self._ending.wait(pause):
                        return
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                started_at = time.monotonic()
                was_alive = self._start(member)

    def _start(self, member: Member) -> bool:
        """True also when it failed: the next try waits."""
        try:
            member.start()
        except Exception as error:
            self._note(f"{member.name} did not start: {error}")
        return True

    def _note(self, text: str) -> None:
        self._say(f"{utc_now():%Y-%m-%d %H:%M:%S} {text}")
