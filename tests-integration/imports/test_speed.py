"""A large practice is taken over in minutes, in little memory, and a second run changes nothing.

PROVE=1 takes over 10,000 clients with more than 120,000 appointments; otherwise it is a twentieth of it, and
the clock is not looked at.
"""

import resource
import shutil
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from proving import PROVING, evidence

from clinic.practice_files.sample import write_sample_practice

CLIENTS, APPOINTMENTS = (10_000, 120_000) if PROVING else (500, 5_000)
SECONDS = 180
MEGABYTES = 1_500


@pytest.mark.prove
def test_a_large_practice_is_taken_over_and_a_second_run_changes_nothing(operator: Any) -> None:
    shutil.rmtree(operator.directory)
    today = datetime.now(UTC).date()
    count = write_sample_practice(operator.directory, clients=CLIENTS, months=10, seed=1, today=today)
    assert count > APPOINTMENTS
    times = []
    for new in (True, False):
        began, worked = time.monotonic(), time.process_time()
        numbers = operator.numbers()
        times.append((time.monotonic() - began, time.process_time() - worked))
        assert all(changed == 0 and (written > 0) is new for written, changed in numbers.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    first, second = times
    seen = (
        f"{CLIENTS:,} clients, {count:,} appointments: {first[0]:.0f} s ({first[1]:.0f} s of this process's CPU), "
        f"again {second[0]:.0f} s, {memory} MB"
    )
    evidence("import", "A large practice is taken over", [seen])
    if PROVING:
        assert max(first[0], second[0]) < SECONDS
    assert memory < MEGABYTES
