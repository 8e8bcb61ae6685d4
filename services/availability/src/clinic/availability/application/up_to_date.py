"""Keeps the copy of taken times close to the ledger, also while the broker is down (architecture.md section 6)."""

import threading
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from clinic.availability.application.ports import Follower
from clinic.kernel.errors import Unavailable

CHECK_AFTER_SECONDS = 0.2
DEADLINE_SECONDS = 0.3


class UpToDate:
    """Asks the ledger for a practice's missing events unless it was asked a moment ago.

    `monotonic` gives seconds. One thread asks for a practice at a time; those who waited take its answer.
    """

    def __init__(self, follower: Follower, monotonic: Callable[[], float]) -> None:
        self._follower = follower
        self._monotonic = monotonic
        self._checked_at: dict[UUID, float] = {}
        self._locks: defaultdict[UUID, threading.Lock] = defaultdict(threading.Lock)

    def bring(self, practice_id: UUID, min_position: int) -> bool:
        """Whether the copy is now as true as the ledger was 200 ms ago, and at least at `min_position`.

        False when the ledger does not answer, or not all of it could be applied, within 300 ms.
        """
        lock = self._locks[practice_id]
        if not lock.acquire(timeout=DEADLINE_SECONDS):
            return False
        try:
            return self._bring(practice_id, min_position)
        except Unavailable:
            return False
        finally:
            lock.release()

    def _bring(self, practice_id: UUID, min_position: int) -> bool:
        started = self._monotonic()
        fresh = started - self._checked_at.get(practice_id, float("-inf")) < CHECK_AFTER_SECONDS
        if fresh and (min_position == 0 or self._follower.checkpoint(practice_id) >= min_position):
            return True
        reached = self._follower.catch_up(practice_id, deadline_seconds=DEADLINE_SECONDS)
        if self._monotonic() - started >= DEADLINE_SECONDS:
            return False
        self._checked_at[practice_id] = started
        return reached >= min_position
