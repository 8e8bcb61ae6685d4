"""The supervisor's process: `python -m clinic.deploy.run DIRECTORY`; it ends everything when it is told to end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from clinic.deploy.facts import prepare_sample, tell
from clinic.deploy.postgres import NotInstalled
from clinic.deploy.running import running
from clinic.deploy.sample import CommandFailed
from clinic.deploy.stack import AlreadyRunning, Stack
from clinic.kernel.errors import Refused, Unavailable

EXPECTED = (NotInstalled, AlreadyRunning, CommandFailed, TimeoutError, Refused, Unavailable, RuntimeError, OSError)
READY = "Ready"


class ToldToEnd(BaseException):
    """SIGTERM or SIGINT came."""


def run(directory: Path) -> int:
    """Runs the product until SIGTERM or SIGINT; 0 then, 1 where it could not start (said in one sentence)."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
    stack = Stack(directory, say=_say)
    try:
        with stack:
            if own := running(os.getpid()):
                own.write(directory / "run" / "supervisor.json")
            facts = prepare_sample(stack)
            for line in tell(facts):
                _say(line)
            _say(f"\n{READY}. Logs: {directory / 'log'}")
            while True:
                time.sleep(3600)
    except ToldToEnd:
        _say("Stopped.")
        return 0
    except EXPECTED as error:
        _say(f"It could not start: {error}")
        return 1


def run_detached(directory: Path) -> int:
    """Starts `run` as a process of its own, shows what it says, and returns when it is ready (0) or failed (1)."""
    log = directory / "log" / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "clinic.deploy.run", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )
    with log.open(encoding="utf-8") as said:
        while True:
            ended = supervisor.poll() is not None
            for line in said:
                _say(line.rstrip("\n"))
                if line.startswith(READY):
                    return 0
            if ended:
                return 1
            time.sleep(0.1)


def _end(number: int, frame: FrameType | None) -> None:
    """Only the first signal counts: stopping is not cut off."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    _say("Stopping …")
    raise ToldToEnd


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
