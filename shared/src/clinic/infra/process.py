"""What every long-running process does: it logs one line per fact to standard error and ends when it is told to."""

import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType


def log_to_standard_error(level: int = logging.INFO) -> None:
    """One line per fact: time, level, logger, text."""
    logging.basicConfig(
        stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )


def told_to_stop() -> Callable[[], bool]:
    """Catches SIGTERM and SIGINT from now on; the function says whether one came."""
    told: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    signal.signal(signal.SIGTERM, remember)
    signal.signal(signal.SIGINT, remember)
    return lambda: bool(told)
