"""The worker's process judges requests by the clock, whether or not there is a broker."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world import eventually


@pytest.fixture
def worker(identity: Any, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m clinic.identity.entrypoints.worker` with the worker's rights, far from any broker."""
    environment = {
        **os.environ,
        "DATABASE_URL": identity.database.url("worker"),
        "AMQP_URL": "amqp://nobody:nothing@127.0.0.1:1/x",
        "APPOINTMENTS_URL": "http://127.0.0.1:1",
        "CLINIC_TEST": "1",
    }
    command = [sys.executable, "-m", "clinic.identity.entrypoints.worker"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def test_a_request_is_announced_within_seconds_without_a_broker_and_leaves_no_contact_in_the_log(
    identity: Any, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    identity.ask("pat@harbour-street.org")
    identity.ask("nobody@harbour-street.org")
    eventually(lambda: len(identity.requested()) == 1, seconds=20)
    eventually(lambda: not identity.execute("SELECT FROM sign_in_queue"), seconds=20)
    identity.ask("07700 900001")
    begun = time.monotonic()
    eventually(lambda: len(identity.requested()) == 2, seconds=20)
    assert time.monotonic() - begun < 5
    worker.terminate()
    assert worker.wait(timeout=15) == 0
    said = (tmp_path / "log").read_text()
    assert "harbour-street.org" not in said
    assert "7700" not in said
    assert "Traceback" not in said, said
