"""The supervisor keeps processes alive, holds them down, and leaves nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinic.deploy.processes import Process
from clinic.deploy.running import read_running, running
from clinic.deploy.supervisor import ChildProcess, Supervisor

SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")
HAS_A_CHILD = (
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True)\n"
    "time.sleep(600)",
)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, lambda line: None)
    yield made
    made.stop()


def member(directory: Path, command: tuple[str, ...] = SLEEPS, name: str = "one") -> ChildProcess:
    return ChildProcess(
        Process(name, command, {"PATH": os.environ["PATH"], "TOKEN": "from its environment"}), directory
    )


def pid_of(child: ChildProcess) -> int:
    found = read_running(child.pid_file)
    return found.pid if found else 0


def eventually(look: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_dies_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    child = member(tmp_path)
    supervisor.keep(child)
    eventually(lambda: pid_of(child))
    first = pid_of(child)
    child.kill()
    eventually(lambda: pid_of(child) not in {0, first})


def test_a_held_process_stays_down_until_it_is_released(supervisor: Supervisor, tmp_path: Path) -> None:
    child = member(tmp_path)
    supervisor.keep(child)
    eventually(child.is_alive)
    supervisor.hold("one")
    time.sleep(0.5)
    assert not child.is_alive()
    supervisor.release("one")
    eventually(child.is_alive)


def test_a_hold_outlives_the_supervisor(tmp_path: Path) -> None:
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "one").touch()
    again = Supervisor(tmp_path, lambda line: None)
    child = member(tmp_path)
    again.keep(child)
    time.sleep(0.5)
    assert not child.is_alive()
    again.stop()


def test_the_children_of_a_process_that_died_end_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    child = member(tmp_path, HAS_A_CHILD)
    supervisor.keep(child)
    log = tmp_path / "log" / "one.log"
    eventually(lambda: log.exists() and log.read_text().strip())
    grandchild = running(int(log.read_text().split()[0]))
    assert grandchild
    child.kill()
    eventually(lambda: not grandchild.is_alive())


def test_stop_ends_a_process_that_ignores_being_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.deploy.supervisor.STOP_SECONDS", 0.3)
    deaf = (
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, 1); print('deaf', flush=True); time.sleep(600)",
    )
    supervisor, child = Supervisor(tmp_path, lambda line: None), member(tmp_path, deaf)
    supervisor.keep(child)
    eventually(lambda: (tmp_path / "log" / "one.log").exists() and (tmp_path / "log" / "one.log").read_text())
    eventually(lambda: read_running(child.pid_file))
    found = read_running(child.pid_file)
    supervisor.stop()
    assert found
    assert not found.is_alive()
    assert not child.pid_file.exists()


def test_what_an_earlier_supervisor_left_is_ended_before_a_new_start(tmp_path: Path) -> None:
    left = member(tmp_path)
    left.start()
    old = read_running(left.pid_file)
    again = member(tmp_path)
    again.start()
    assert old
    assert not old.is_alive()
    again.stop()
    left.stop()


def test_a_start_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    supervisor.keep(member(tmp_path, (str(tmp_path / "missing"),)))
    eventually(lambda: len([line for line in said if "did not start" in line]) > 1)
    supervisor.stop()


def test_a_reused_pid_is_not_taken_for_the_process() -> None:
    own = running(os.getpid())
    assert own
    assert own.is_alive()
    assert not type(own)(own.pid, own.started + 1).is_alive()
    type(own)(own.pid, own.started + 1).send(signal.SIGKILL)
