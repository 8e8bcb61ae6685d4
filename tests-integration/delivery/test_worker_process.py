"""A nameko worker as its own process: green, started in any order, ended politely, killed without loss (A7)."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


class Worker:
    def __init__(self, log, *arguments):
        self.log = log
        script = Path(__file__).with_name("green_worker.py")
        with log.open("ab") as out:
            self.process = subprocess.Popen([sys.executable, str(script), *arguments], stdout=out, stderr=out)

    def said(self, text):
        return re.search(text, self.log.read_text()) is not None

    def end(self, number=signal.SIGTERM):
        """How many seconds it took to end."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=15)
        return time.monotonic() - begun


@pytest.fixture
def start_worker(tmp_path, broker, ledger, effects):
    started = []

    def start():
        log = tmp_path / f"worker-{len(started)}.log"
        started.append(Worker(log, broker.url("notifications"), ledger.url("api"), effects.url("worker")))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait()


def test_a_worker_follows_waits_green_and_ends_within_ten_seconds(
    ledger, effects, delivery, threads, eventually, start_worker
):
    practice = ledger.practice()
    worker = start_worker()
    threads.run(delivery.run_relay)
    ledger.append(practice, *"ab")
    eventually(lambda: effects.of(practice) == [1, 2])
    eventually(lambda: worker.said(r"ten sleeps took (0\.[5-9]|1\.[0-5]) s"))
    assert worker.end() < 10
    assert worker.process.returncode == 0, worker.log.read_text()
    assert "Traceback" not in worker.log.read_text()


def test_a_worker_starts_and_ends_while_the_broker_is_down(ledger, effects, eventually, start_worker, broker):
    practice = ledger.practice()
    ledger.append(practice, "a")
    broker.node.stop()
    worker = start_worker()
    eventually(lambda: effects.of(practice) == [1])
    ledger.append(practice, "b")
    assert eventually(lambda: effects.of(practice) == [1, 2]) <= 6
    assert worker.end() < 10
    assert worker.process.returncode == 0, worker.log.read_text()


def test_kill_9_in_the_middle_loses_nothing_and_doubles_nothing(
    ledger, effects, delivery, threads, eventually, start_worker
):
    practices = [ledger.practice() for _ in range(5)]
    threads.run(delivery.run_relay)
    for practice in practices:
        for _ in range(10):
            ledger.append(practice, *("abcdefghij" * 4))
    for kills in range(1, 4):
        worker = start_worker()
        eventually(lambda kills=kills: sum(len(effects.of(practice)) for practice in practices) >= 200 * kills, 30)
        worker.end(signal.SIGKILL)
    start_worker()
    eventually(lambda: all(len(effects.of(practice)) >= 400 for practice in practices), 30)
    for practice in practices:
        assert effects.of(practice) == list(range(1, 401))
        assert effects.parked(practice) == {}


def test_a_stopped_worker_holds_nobody_up_for_long(ledger, effects, delivery, eventually, start_worker, make_consumer):
    """SIGSTOP at any point: another process under the same name goes on after some 3 s."""
    practice = ledger.practice()
    for _ in range(10):
        ledger.append(practice, *("abcdefghij" * 20))
    worker = start_worker()
    eventually(lambda: len(effects.of(practice)) > 0, 30)
    worker.process.send_signal(signal.SIGSTOP)

    def goes_on():
        try:
            make_consumer().catch_up(practice)
        except Exception:
            return False
        return len(effects.of(practice)) == 2000

    assert eventually(goes_on, 20) < 10
    worker.process.send_signal(signal.SIGCONT)
    ledger.append(practice, "a")
    eventually(lambda: 2001 in effects.of(practice), 30)
    assert effects.of(practice) == list(range(1, 2002))
