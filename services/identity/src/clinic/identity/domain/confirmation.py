"""Decides one complete post of date of birth and postcode (F8–F10, F13, F14), on what is known under the locks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from clinic.identity.domain.clients import Client
from clinic.identity.domain.facts import Facts, same_facts
from clinic.identity.domain.limits import PER_CLIENT, PER_SOURCE, TRIES_PER_LINK
from clinic.identity.domain.links import Link, Reach, is_complete_record, state_of_link

Outcome = Literal[
    "confirmed", "choose_client", "mismatch", "incomplete", "too_many_tries", "record_incomplete", "expired", "unknown",
    "portal_off",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What is known while source, link and window are locked: nobody else can change it before the verdict is kept."""

    link: Link | None
    reach: Reach
    source_tries: Sequence[datetime]
    now: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told, and what is kept: `counts` adds one to source and practice, `counts_holder` to link and window.

    `clients` are those whose record fits: one is confirmed, among several the holder chooses (F13).
    """

    outcome: Outcome
    clients: tuple[Client, ...] = ()
    counts: bool = False
    counts_holder: bool = False
    tries_left: int | None = None
    some_incomplete: bool = False


class MustWait(Exception):
    """The source address is past its limit: wait, without any lock, and post again as `waited` (F14)."""


def confirm(known: Known, entered: Facts, *, waited: bool) -> Verdict:
    """The verdict on a complete post. Every reachable record is compared whatever the state is: one path (F16).

    Only a wrong post through a usable link moves a window, so nobody without one can lock anybody out; and a sign-in
    link moves its contact's window only, never a client's.
    """
    link, reach = known.link, known.reach
    fitting = _fitting(reach, entered)
    past_limit = PER_SOURCE.reached(known.source_tries, known.now)
    if past_limit and not waited:
        raise MustWait
    state = state_of_link(link, reach, known.now)
    if link is None or state == "unknown":
        return Verdict("too_many_tries" if past_limit else "unknown", counts=True)
    if state != "ready":
        return Verdict(state)
    if fitting:
        return Verdict("confirmed" if len(fitting) == 1 else "choose_client", fitting)
    left_by_link = TRIES_PER_LINK - link.wrong_tries - 1
    left_by_window = PER_CLIENT.most - PER_CLIENT.counted(reach.tries, known.now) - 1
    return Verdict(
        "mismatch",
        counts=True,
        counts_holder=True,
        tries_left=min(left_by_link, left_by_window),
        some_incomplete=not all(is_complete_record(record) for record in reach.records),
    )


def _fitting(reach: Reach, entered: Facts) -> tuple[Client, ...]:
    """Compares with every record, or with nothing at all, without an early exit; a locked client's never fits."""
    same = [same_facts(entered, record.date_of_birth, record.postcode) for record in reach.records]
    if not same:
        same_facts(entered, None, "")
    return tuple(
        record
        for record, fits in zip(reach.records, same, strict=True)
        if fits and record.client_id not in reach.locked
    )
