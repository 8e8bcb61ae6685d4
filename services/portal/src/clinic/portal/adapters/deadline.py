"""How much time a page still has: every outside call gets what is left, so that a page answers in 3 s (A1)."""

import time
from contextvars import ContextVar

from clinic.kernel.errors import Unavailable

PAGE_SECONDS = 3.0
CALL_SECONDS = 2.0
_ends: ContextVar[float | None] = ContextVar("page_deadline", default=None)


def start(seconds: float = PAGE_SECONDS) -> None:
    """The page that this thread works on has so many seconds from now."""
    _ends.set(time.monotonic() + seconds)


def remaining() -> float:
    """Seconds for the next call, at most 2; Unavailable when the page's time is up."""
    ends = _ends.get()
    if ends is None:
        return CALL_SECONDS
    left = ends - time.monotonic()
    if left <= 0.05:
        raise Unavailable("the page's time is up")
    return min(left, CALL_SECONDS)
