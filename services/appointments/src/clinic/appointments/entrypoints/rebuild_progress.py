"""How far a rebuild is: a bar on a terminal, plain lines elsewhere; on standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clinic.appointments.entrypoints.cli_support import log

LINE_SECONDS = 5.0


@contextmanager
def shown_progress(total: int, done: int) -> Iterator[Callable[[int], None]]:
    """Gives the function that hears how many events were passed, out of `total`, after the `done` ones."""
    if not log.is_terminal:
        yield _lines(total, done)
        return
    columns = (
        TextColumn("events"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    began, passed = time.monotonic(), 0
    with Progress(*columns, console=log) as progress:
        task = progress.add_task("rebuild", total=total, completed=done, rate="")

        def told(positions: int) -> None:
            nonlocal passed
            passed += positions
            rate = f"{_rate(passed, began):,}/s"
            progress.update(task, completed=min(total, done + passed), rate=rate)

        yield told


def _lines(total: int, done: int) -> Callable[[int], None]:
    began = last = time.monotonic()
    passed = 0

    def told(positions: int) -> None:
        nonlocal passed, last
        passed += positions
        now = time.monotonic()
        if now - last >= LINE_SECONDS:
            last = now
            rate, at = _rate(passed, began), min(total, done + passed)
            log.print(f"{at:,} of {total:,} events, {rate:,}/s, about {(total - at) // max(1, rate)} s left")

    return told


def _rate(passed: int, began: float) -> int:
    return int(passed / max(0.001, time.monotonic() - began))
