"""Confirms who holds a link: date of birth and postcode open a session (F8, F9, F12–F14)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.reaching import window_of
from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest, new_session_secret
from clinic.identity.application.ways_in import Seen, open_link, reach_of
from clinic.identity.domain.clients import Client
from clinic.identity.domain.confirmation import Known, MustWait, Outcome, Verdict, confirm
from clinic.identity.domain.facts import Errors, Facts, IncompleteFacts, read_facts
from clinic.identity.domain.limits import ALARM, PER_CLIENT, PER_SOURCE, source_of
from clinic.identity.domain.links import Link, Reach
from clinic.identity.domain.refusals import confirmation_refused
from clinic.identity.domain.sessions import Session
from clinic.kernel.client_time import in_zone
from clinic.kernel.errors import Unavailable
from clinic.kernel.ids import new_id

PRACTICE_WINDOW = "practice"


@dataclass(frozen=True, slots=True, repr=False)
class Post:
    """What was posted, as typed; never printed."""

    practice_slug: str
    token: str
    day: str
    month: str
    year: str
    postcode: str
    source_address: str


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What is told. `session` is the new secret: it is nowhere kept. `choices`: who may be chosen (F13)."""

    outcome: Outcome
    tries_left: int | None = None
    session: str | None = None
    appointment_id: UUID | None = None
    errors: Errors | None = None
    choices: Sequence[Client] = ()
    some_incomplete: bool = False


def confirm_link(ports: Ports, post: Post) -> Answer:
    """Judges one post. Incomplete ones count no try; a source address past its limit is kept waiting first.

    Unavailable where too many holders of links are waiting already: nothing is judged and nothing is counted.
    """
    source = source_of(post.source_address)
    seen = open_link(ports, post.practice_slug, post.token)
    if seen.practice is None or seen.state == "portal_off":
        return Answer("portal_off" if seen.state == "portal_off" else "unknown")
    practice_id = seen.practice.practice_id
    try:
        with ports.store.rows(practice_id) as rows:
            today = in_zone(rows.now(), seen.practice.zone).date()
        entered = read_facts(post.day, post.month, post.year, post.postcode, today)
    except IncompleteFacts as incomplete:
        return Answer("incomplete", errors=incomplete.errors) if seen.state == "ready" else Answer(seen.state)
    token_hash = digest(post.token)
    try:
        return _judge(ports, practice_id, token_hash, seen, source, entered, waited=False)
    except MustWait:
        if not ports.patience.wait(with_link=seen.state == "ready"):
            if seen.state == "ready":
                raise Unavailable("too many are waiting") from None
            return Answer("too_many_tries" if seen.state == "unknown" else seen.state)
        return _judge(ports, practice_id, token_hash, seen, source, entered, waited=True)


def _judge(
    ports: Ports, practice_id: UUID, token_hash: bytes, seen: Seen, source: str, entered: Facts, *, waited: bool
) -> Answer:
    """One transaction under locks, always taken in the order source, link, window of client or contact, practice, head.

    What fails at a link that stands is recorded in it (F53).
    """
    alarm = False
    session: str | None = None
    with ports.store.rows(practice_id) as rows:
        source_tries = rows.lock_source_tries(source)
        link = rows.lock_link(token_hash)
        tries = rows.lock_tries(window_of(link)) if link else []
        now = rows.now()
        reach = replace(reach_of(rows, link, tries, now), appointment=seen.appointment) if link else Reach()
        known = Known(link, reach, source_tries, now)
        verdict = confirm(known, entered, waited=waited)
        if verdict.counts:
            rows.keep_source_tries(source, PER_SOURCE.with_one_more(source_tries, now))
            alarm = _count(rows, known, verdict)
        if verdict.clients and link:
            session = _open_session(rows, practice_id, link, verdict, now)
        if link and (refusal := confirmation_refused(link, verdict.outcome, new_id())):
            rows.record_refusal(refusal, now)
    if alarm:
        ports.alarms.many_wrong_posts(practice_id)
    landing = link.appointment_id if session and link else None
    choices = verdict.clients if len(verdict.clients) > 1 else ()
    return Answer(
        verdict.outcome,
        verdict.tries_left,
        session,
        landing,
        choices=choices,
        some_incomplete=verdict.some_incomplete,
    )


def _count(rows: Rows, known: Known, verdict: Verdict) -> bool:
    """Counts a wrong post; whether the practice's alarm is to be raised."""
    if verdict.counts_holder and known.link:
        rows.count_link_try(known.link.link_id)
        rows.keep_tries(window_of(known.link), PER_CLIENT.with_one_more(known.reach.tries, known.now))
    wrong_posts = ALARM.with_one_more(rows.lock_tries(PRACTICE_WINDOW), known.now)
    rows.keep_tries(PRACTICE_WINDOW, wrong_posts)
    return ALARM.reached(wrong_posts, known.now) and rows.raise_alarm(known.now)


def _open_session(rows: Rows, practice_id: UUID, link: Link, verdict: Verdict, now: datetime) -> str:
    """A session of its own for every confirmation, limited to an appointment link's appointment (F8).

    A sign-in link is used up by it. Where several records fit, the session is nobody's until one is chosen (F13).
    """
    if link.kind == "sign_in":
        rows.use_link(link.link_id, now)
    fitting = tuple(client.client_id for client in verdict.clients)
    several = len(fitting) > 1
    secret = new_session_secret(practice_id)
    rows.add_session(
        Session(
            session_id=new_id(),
            face="client",
            client_id=None if several else fitting[0],
            appointment_id=link.appointment_id,
            user_id=None,
            created_at=now,
            last_seen_at=now,
            ended_at=None,
            choices=fitting if several else (),
        ),
        digest(secret),
    )
    return secret
