"""Confirms who holds a link: date of birth and postcode open a session for one appointment (F8, F12, F14)."""

from dataclasses import dataclass
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest, new_session_secret
from clinic.identity.application.ways_in import Seen, client_window, open_link
from clinic.identity.domain.confirmation import Known, MustWait, Outcome, Verdict, confirm
from clinic.identity.domain.facts import Errors, Facts, IncompleteFacts, read_facts
from clinic.identity.domain.limits import ALARM, PER_CLIENT, PER_SOURCE, source_of
from clinic.identity.domain.links import Link
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
    """What is told. `session` is the new secret: it is nowhere kept."""

    outcome: Outcome
    tries_left: int | None = None
    session: str | None = None
    appointment_id: UUID | None = None
    errors: Errors | None = None


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
    """One transaction under locks, always taken in the order source, link, client, practice."""
    alarm = False
    session: str | None = None
    with ports.store.rows(practice_id) as rows:
        source_tries = rows.lock_source_tries(source)
        link = rows.lock_link(token_hash)
        client_tries = rows.lock_tries(client_window(link.client_id)) if link else []
        now = rows.now()
        known = Known(link, seen.appointment, source_tries, client_tries, now)
        verdict = confirm(known, entered, waited=waited)
        if verdict.counts:
            rows.keep_source_tries(source, PER_SOURCE.with_one_more(source_tries, now))
            alarm = _count(rows, known, verdict)
        if verdict.outcome == "confirmed" and link:
            session = _open_session(rows, practice_id, link, known)
    if alarm:
        ports.alarms.many_wrong_posts(practice_id)
    landing = link.appointment_id if session and link else None
    return Answer(verdict.outcome, verdict.tries_left, session, landing)


def _count(rows: Rows, known: Known, verdict: Verdict) -> bool:
    """Counts a wrong post; whether the practice's alarm is to be raised."""
    if verdict.counts_client and known.link:
        rows.count_link_try(known.link.link_id)
        window = PER_CLIENT.with_one_more(known.client_tries, known.now)
        rows.keep_tries(client_window(known.link.client_id), window)
    wrong_posts = ALARM.with_one_more(rows.lock_tries(PRACTICE_WINDOW), known.now)
    rows.keep_tries(PRACTICE_WINDOW, wrong_posts)
    return ALARM.reached(wrong_posts, known.now) and rows.raise_alarm(known.now)


def _open_session(rows: Rows, practice_id: UUID, link: Link, known: Known) -> str:
    """A session of its own for every confirmation, limited to the link's appointment (F8)."""
    secret = new_session_secret(practice_id)
    rows.add_session(
        Session(
            session_id=new_id(),
            face="client",
            client_id=link.client_id,
            appointment_id=link.appointment_id,
            user_id=None,
            created_at=known.now,
            last_seen_at=known.now,
            ended_at=None,
        ),
        digest(secret),
    )
    return secret
