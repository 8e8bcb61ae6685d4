"""Processes that are named in a file, so that another run can find and end them: pid, start time, process group."""

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Running:
    """A process; `started` is its start time in clock ticks since boot, so a reused pid is never mistaken for it."""

    pid: int
    started: int

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return _start_time(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        """Signals the process' group, where it leads one, else the process; a process that ended is passed over."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                if os.getpgid(self.pid) == self.pid:
                    os.killpg(self.pid, number)
                else:
                    os.kill(self.pid, number)

    def end(self, seconds: float = 10.0, first: signal.Signals = signal.SIGTERM) -> None:
        """Asks it to end; kills it when it has not after `seconds`."""
        self.send(first)
        if not self.has_ended_within(seconds):
            self.send(signal.SIGKILL)
            self.has_ended_within(5.0)

    def has_ended_within(self, seconds: float) -> bool:
        """Waits for its end, at most so long."""
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def children(self) -> list["Running"]:
        """The processes that it started and that still run."""
        try:
            pids = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        except OSError:
            return []
        return [child for pid in pids if (child := running(int(pid)))]

    def write(self, file: Path) -> None:
        """Names it in a file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self)), encoding="ascii")


def running(pid: int) -> Running | None:
    """The process that has this pid now, None where there is none."""
    started = _start_time(pid)
    return None if started is None else Running(pid, started)


def read_running(file: Path) -> Running | None:
    """The living process that a file names; None where there is no such file or the process has ended."""
    try:
        found = Running(**json.loads(file.read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.is_alive() else None


def _start_time(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat; the second field may contain spaces and brackets. None for zombies too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
