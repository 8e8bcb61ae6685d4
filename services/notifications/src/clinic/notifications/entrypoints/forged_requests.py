"""An address that keeps sending requests which prove nothing is not listened to for the rest of the minute."""

import ipaddress
from threading import Lock

MOST = 30
ADDRESSES = 10_000
WINDOW_SECONDS = 60


class ForgedRequests:
    """Counts per address and minute, in this process: of IPv6 per /64, in which whoever has one address has them all.

    Beyond 10,000 at once new ones go uncounted.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._window = 0
        self._counts: dict[str, int] = {}
        self._turn = Lock()

    def too_many(self, address: str, now: float) -> bool:
        """Whether the address has used up its minute."""
        with self._turn:
            self._turn_over(now)
            return self._counts.get(_source_of(address), 0) >= self._most

    def count(self, address: str, now: float) -> None:
        """One more from this address."""
        with self._turn:
            self._turn_over(now)
            source = _source_of(address)
            if source in self._counts or len(self._counts) < ADDRESSES:
                self._counts[source] = self._counts.get(source, 0) + 1

    def _turn_over(self, now: float) -> None:
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, {}


def _source_of(address: str) -> str:
    """What an address is counted as; one that is none (a socket's name) as itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
