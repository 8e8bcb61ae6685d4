"""Decides one complete post of date of birth and postcode (F8, F10, F14), on what is known under the locks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from clinic.identity.domain.facts import Facts, same_facts
from clinic.identity.domain.limits import PER_CLIENT, PER_SOURCE, TRIES_PER_LINK
from clinic.identity.domain.links import AppointmentTime, Link, state_of_link

Outcome = Literal[
    "confirmed", "mismatch", "incomplete", "too_many_tries", "record_incomplete", "expired", "unknown", "portal_off"
]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known while source, link and client are locked: nobody else can change it before the verdict is kept."""

    link: Link | None
    appointment: AppointmentTime | None
    source_tries: Sequence[datetime]
    client_tries: Sequence[datetime]
    now: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told, and what is kept: `counts` adds one to source and practice, `counts_client` to link and client."""

    outcome: Outcome
    counts: bool = False
    counts_client: bool = False
    tries_left: int | None = None


class MustWait(Exception):
    """The source address is past its limit: wait, without any lock, and post again as `waited` (F14)."""


def confirm(known: Known, entered: Facts, *, waited: bool) -> Verdict:
    """The verdict on a complete post. Both facts are compared whatever the state is: one path, one duration (F16).

    Only a wrong post through a usable link moves the client's counter, so nobody without one can lock a client out.
    """
    link = known.link
    same = same_facts(entered, link.date_of_birth if link else None, link.postcode if link else "")
    past_limit = PER_SOURCE.reached(known.source_tries, known.now)
    if past_limit and not waited:
        raise MustWait
    locked = PER_CLIENT.reached(known.client_tries, known.now)
    state = state_of_link(link, known.appointment, client_locked=locked, now=known.now)
    if link is None or state == "unknown":
        return Verdict("too_many_tries" if past_limit else "unknown", counts=True)
    if state != "ready":
        return Verdict(state)
    if same:
        return Verdict("confirmed")
    left_by_link = TRIES_PER_LINK - link.wrong_tries - 1
    left_by_client = PER_CLIENT.most - PER_CLIENT.counted(known.client_tries, known.now) - 1
    return Verdict("mismatch", counts=True, counts_client=True, tries_left=min(left_by_link, left_by_client))
