"""The worker's part of signing in: looks contacts up, applies the limits, announces what is to be sent (F9, F14)."""

from typing import Protocol
from uuid import UUID

from clinic.contracts.identity import SignInLinkRequested
from clinic.identity.application.ports import Alarms, Store
from clinic.identity.domain.sign_in_requests import judge, windows_of
from clinic.kernel.recorded import SYSTEM
from clinic.kernel.streams import stream_id

BATCH = 200


class Queue(Protocol):
    """The marks of requests that wait, over all practices."""

    def practices_waiting(self) -> list[UUID]:
        """Practices with at least one waiting request."""


def judge_waiting(queue: Queue, store: Store, alarms: Alarms) -> int:
    """Judges what waits, at most 200 requests of each practice; how many were taken.

    A practice whose batch fails keeps no other one waiting: its error is raised when all have had their turn.
    """
    taken, failures = 0, []
    for practice_id in queue.practices_waiting():
        try:
            taken += judge_batch(store, alarms, practice_id)
        except Exception as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
    return taken


def judge_batch(store: Store, alarms: Alarms, practice_id: UUID) -> int:
    """One transaction: marks, windows, requests and events change together or not at all.

    Only one process at a time judges a practice, so limits are exact; where another one does, nothing is taken.
    """
    with store.rows(practice_id) as rows:
        requests = rows.take_sign_in_requests(BATCH)
        if not requests:
            return 0
        now = rows.now()
        known = rows.known_contacts([request.contact for request in requests])
        judged = judge(requests, known, rows.request_windows(windows_of(requests)), now)
        rows.keep_request_windows(judged.windows)
        accepted = [request.request_id for request in judged.accepted]
        rows.settle_sign_in_requests([request.request_id for request in requests], accepted, now)
        facts = [
            (stream_id("sign_in", request.request_id), SignInLinkRequested(request.request_id, request.contact.channel))
            for request in judged.accepted
        ]
        if facts:
            rows.record(SYSTEM, facts, now)
        alarm = judged.over_budget and rows.raise_request_alarm(now)
    if alarm:
        alarms.sign_in_budget_reached(practice_id)
    return len(requests)
