"""The worker process keeps the copy without a broker, and ends when told to."""

import json
import os
import signal
import subprocess
import sys

from harbour_practice import Practice
from world import eventually


def test_a_worker_without_a_broker_copies_taken_times_within_ten_seconds(practice: Practice) -> None:
    practice.ledger.book(practice.at(1, 10))
    worker = subprocess.Popen(
        [sys.executable, "-m", "clinic.availability.entrypoints.worker"],
        env={
            **os.environ,
            "DATABASE_URL": practice.database.url("worker"),
            "AMQP_URL": "amqp://nobody:nothing@127.0.0.1:9/",
            "APPOINTMENTS_URL": practice.ledger.url,
            "SERVICE_KEYS": json.dumps({"appointments": "another-key"}),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: worker.poll() is not None or practice.execute("SELECT 1 FROM busy WHERE occupies"))
        assert worker.poll() is None, "the worker ended"
    finally:
        worker.send_signal(signal.SIGTERM)
        try:
            _, said = worker.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()
            raise
    assert worker.returncode == 0, said
