"""Which requests for a sign-in link are answered with one (F9, F14): limits that nobody is ever told about."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.identity.domain.contacts import Contact
from clinic.identity.domain.limits import Limit

OLDEST = timedelta(minutes=15)
"""A request that is older is dropped: nobody is waiting for it any more."""
PER_CONTACT_SHORTLY = Limit(3, timedelta(minutes=15))
PER_CONTACT_A_DAY = Limit(10, timedelta(days=1))
REQUESTS_PER_SOURCE = Limit(60, timedelta(hours=1))
"""Generous: many people share a carrier's address."""
LINKS_PER_PRACTICE = Limit(1000, timedelta(days=1))
"""The daily budget: what an attack can cost a practice at most. Reaching it is told to the operators."""
LINKS_BY_SMS = Limit(300, timedelta(days=1))
"""Part of it for text messages: whoever asks for links never spends what reminders are sent from (ADR 0022)."""
PRACTICE_WINDOW, SMS_WINDOW = "practice", "practice by sms"


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """Somebody asked for a link to be sent to a contact. `source` is what the address that they came from counts as."""

    request_id: UUID
    contact: Contact
    source: str
    requested_at: datetime
    accepted_at: datetime | None = None

    @property
    def contact_window(self) -> str:
        """The name of the window in which links to this contact count."""
        return f"contact:{hashlib.sha256(self.contact.address.encode()).hexdigest()}"

    @property
    def source_window(self) -> str:
        """The name of the window in which what this source asks for counts."""
        return f"source:{self.source}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of some requests: the accepted ones (all others are dropped) and the windows that changed."""

    accepted: tuple[SignInRequest, ...]
    windows: Mapping[str, Sequence[datetime]]
    over_budget: bool


def is_too_old(request: SignInRequest, now: datetime) -> bool:
    """Whether nothing is sent for it any more."""
    return now - request.requested_at >= OLDEST


def windows_of(requests: Sequence[SignInRequest]) -> list[str]:
    """The names of all windows that these requests count in."""
    names = {PRACTICE_WINDOW, SMS_WINDOW}
    for request in requests:
        names |= {request.contact_window, request.source_window}
    return sorted(names)


def judge(
    requests: Sequence[SignInRequest],
    known: Collection[Contact],
    windows: Mapping[str, Sequence[datetime]],
    now: datetime,
) -> Judged:
    """Judges requests in their order.

    Everything counts against the source that asked; only what is accepted counts against a contact and the budget, so
    that asking for somebody else's contact always sends that person a link and never uses their limit up in silence.
    """
    counted = _Counted(windows, now)
    accepted: list[SignInRequest] = []
    over_budget = False
    for request in requests:
        if is_too_old(request, now) or counted.reached(request.source_window, REQUESTS_PER_SOURCE):
            continue
        counted.add(request.source_window, REQUESTS_PER_SOURCE)
        if request.contact not in known:
            continue
        if counted.reached(request.contact_window, PER_CONTACT_SHORTLY, PER_CONTACT_A_DAY):
            continue
        budgets = _budgets_of(request)
        if any(counted.reached(name, limit) for name, limit in budgets.items()):
            over_budget = True
            continue
        counted.add(request.contact_window, PER_CONTACT_A_DAY)
        for name, limit in budgets.items():
            counted.add(name, limit)
        accepted.append(request)
    return Judged(tuple(accepted), counted.changed, over_budget)


def _budgets_of(request: SignInRequest) -> Mapping[str, Limit]:
    """The practice's budgets that a link costs."""
    if request.contact.channel == "sms":
        return {PRACTICE_WINDOW: LINKS_PER_PRACTICE, SMS_WINDOW: LINKS_BY_SMS}
    return {PRACTICE_WINDOW: LINKS_PER_PRACTICE}


class _Counted:
    """The windows as they fill up."""

    def __init__(self, windows: Mapping[str, Sequence[datetime]], now: datetime) -> None:
        self._windows = windows
        self._now = now
        self.changed: dict[str, Sequence[datetime]] = {}

    def reached(self, name: str, *limits: Limit) -> bool:
        return any(limit.reached(self._window(name), self._now) for limit in limits)

    def add(self, name: str, limit: Limit) -> None:
        self.changed[name] = limit.with_one_more(self._window(name), self._now)

    def _window(self, name: str) -> Sequence[datetime]:
        return self.changed.get(name, self._windows.get(name, ()))
