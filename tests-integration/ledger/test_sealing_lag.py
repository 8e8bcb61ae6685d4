"""Every event is sealed within a second of its commit, while twenty practices are written to at once (F51)."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from proving import PROVING, evidence, rounds
from sealing_bench import SERVICE, Bench

from clinic.infra.proof.sealer import Sealer, follow
from clinic.infra.wake_up import Listener, knock

PRACTICES = 20
A_SECOND = 50
WRITERS = 4
LONGEST = 1.0
Committed = list[tuple[UUID, int, float]]


class Watched(Sealer):
    """Notes when each round that sealed something had committed, and how far each practice was then."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.seen: list[tuple[float, dict[UUID, int]]] = []

    def seal(self) -> int:
        sealed = super().seal()
        if sealed:
            self.seen.append((time.monotonic(), {of: tree.frontier.size for of, tree in self._trees.items()}))
        return sealed

    def sealed_at(self, practice_id: UUID, position: int) -> float:
        """When the first round that covers a position had committed."""
        return next(at for at, sizes in self.seen if sizes.get(practice_id, 0) >= position)


def written(bench: Bench, practices: list[UUID], writer: int, seconds: int) -> Committed:
    """Appends at an even pace, a knock after each; what was committed when."""
    found: Committed = []
    pace, begun = WRITERS / A_SECOND, time.monotonic()
    for number in range(seconds * A_SECOND // WRITERS):
        time.sleep(max(0.0, begun + number * pace - time.monotonic()))
        practice_id = practices[(number * WRITERS + writer) % len(practices)]
        appended = bench.append(practice_id)
        assert appended
        found.append((practice_id, appended.position, time.monotonic()))
        knock(bench.api)
    return found


@pytest.mark.prove
def test_every_event_is_sealed_within_a_second(bench: Bench) -> None:
    seconds = rounds(gate=5, full=30)
    practices = [bench.practice() for _ in range(PRACTICES)]
    ended = threading.Event()
    with bench.sealer(Watched) as sealer, ThreadPoolExecutor(WRITERS + 1) as threads:
        assert isinstance(sealer, Watched)
        listener = Listener(bench.rows.url("sealer"), name="test-sealer")
        follows = threads.submit(follow, sealer, listener, ended.is_set)
        try:
            writers = [threads.submit(written, bench, practices, writer, seconds) for writer in range(WRITERS)]
            committed = [each for writer in writers for each in writer.result()]
            wait_for(bench, practices)
        finally:
            ended.set()
            follows.result()
    lags = sorted(sealer.sealed_at(of, position) - at for of, position, at in committed)
    assert len(lags) == seconds * A_SECOND // WRITERS * WRITERS
    heads = bench.asked("SELECT count(*) AS heads FROM sealed_heads")[0]["heads"]
    assert all(bench.verify(practice_id).faults == [] for practice_id in practices)
    if PROVING:  # a time, so not asserted in the gate
        assert lags[-1] <= LONGEST
    evidence(
        "sealing",
        "Events are sealed within a second of their commit",
        [
            f"{PRACTICES} practices, {WRITERS} writers, {A_SECOND} appends a second for {seconds} s, one sealer of "
            f"`{SERVICE}` in a thread of the same machine; files flushed (fsync) before each commit.",
            "",
            "From the append's commit to the commit of the head that covers it:",
            "",
            "| events | heads | median | 95 % | 99 % | longest | promised |",
            "|---|---|---|---|---|---|---|",
            f"| {len(lags)} | {heads} | {at(lags, 0.5)} | {at(lags, 0.95)} | {at(lags, 0.99)} | {at(lags, 1)} | "
            f"{LONGEST * 1000:.0f} ms |",
            "",
            "Every practice was verified afterwards against the database's heads and the files: no faults.",
        ],
    )


def wait_for(bench: Bench, practices: list[UUID]) -> None:
    """Until everything is sealed, ten seconds at most."""
    until = time.monotonic() + 10
    while any(bench.verify(practice_id).not_yet_sealed for practice_id in practices):
        assert time.monotonic() < until, "not everything was sealed"


def at(lags: list[float], part: float) -> str:
    """The lag that so large a part of the events does not exceed."""
    return f"{lags[max(0, round(part * len(lags)) - 1)] * 1000:.0f} ms"
