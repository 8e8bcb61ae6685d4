"""Holds answers back without letting anybody take all threads of the process (F14)."""

import time
from collections.abc import Callable
from threading import BoundedSemaphore

ROOM_WITH_LINK = 6
ROOM_WITHOUT_LINK = 3


class WaitingRooms:
    """Two rooms for those who wait: ten thousand posts without a link never take a place from somebody with one."""

    def __init__(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._with_link = BoundedSemaphore(ROOM_WITH_LINK)
        self._without_link = BoundedSemaphore(ROOM_WITHOUT_LINK)

    def wait(self, *, with_link: bool) -> bool:
        """Waits its seconds; False at once where the room is full."""
        room = self._with_link if with_link else self._without_link
        if not room.acquire(blocking=False):
            return False
        try:
            self._sleep(self._seconds)
        finally:
            room.release()
        return True
