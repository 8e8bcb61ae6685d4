"""How often somebody may be wrong (F14): sliding windows of the instants of wrong, complete posts."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` wrong posts within `period`, counted backwards from now."""

    most: int
    period: timedelta

    def counted(self, instants: Sequence[datetime], now: datetime) -> int:
        """How many of the instants still count."""
        return len(self._recent(instants, now))

    def reached(self, instants: Sequence[datetime], now: datetime) -> bool:
        """Whether no further wrong post is allowed."""
        return self.counted(instants, now) >= self.most

    def with_one_more(self, instants: Sequence[datetime], now: datetime) -> list[datetime]:
        """The instants to keep after one more wrong post: never more than `most`."""
        return [*self._recent(instants, now), now][-self.most :]

    def _recent(self, instants: Sequence[datetime], now: datetime) -> list[datetime]:
        return [instant for instant in instants if instant > now - self.period]


TRIES_PER_LINK = 5
"""In the whole life of a link."""
PER_CLIENT = Limit(10, timedelta(hours=24))
"""Over all appointment links of a client, and over all sign-in links of a contact."""
PER_SOURCE = Limit(20, timedelta(hours=1))
ALARM = Limit(50, timedelta(hours=1))
"""Per practice: reaching it is told to the operators, nobody is refused."""
SIGN_INS_PER_USER = Limit(10, timedelta(hours=1))
SIGN_INS_PER_SOURCE = Limit(20, timedelta(hours=1))
DELAY_SECONDS = 5.0
"""How long an answer to a source address past its limit is held back."""


def source_of(address: str) -> str:
    """What an address is counted as: itself, for IPv6 its /64, for a mapped IPv4 the IPv4; ValueError otherwise."""
    parsed = ipaddress.ip_address(address.strip().partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
