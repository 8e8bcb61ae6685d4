"""Looks up and ends sessions (architecture.md section 6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest, new_session_secret, practice_of_session_secret
from clinic.identity.domain.clients import Client
from clinic.identity.domain.practices import Practice
from clinic.identity.domain.sessions import Face, Session, is_live, is_worth_noting
from clinic.identity.domain.users import User
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A live session, whose it is, and the tokens by which services know the person for 60 s.

    While it is nobody's yet, there is no client and no token. `choices`: id and first name of who may be chosen.
    """

    session: Session
    practice: Practice
    client: Client | None
    user: User | None
    tokens: dict[str, str]
    choices: Sequence[tuple[UUID, str]] = ()

    def __repr__(self) -> str:
        return f"LookedUp({self.session.session_id})"


def look_up_session(ports: Ports, secret: str, face: Face) -> LookedUp:
    """The live session of a secret on its own face; `session_ended` for every other text. Writes once a minute."""
    practice_id = practice_of_session_secret(secret)
    if practice_id is None:
        raise Refused("session_ended")
    with ports.store.rows(practice_id) as rows:
        session, now = _live(rows, secret, face)
        if is_worth_noting(session, now):
            rows.see_session(session.session_id, now)
            session = replace(session, last_seen_at=now)
        practice = rows.practice()
        client = rows.client(session.client_id) if session.client_id else None
        user = rows.user(session.user_id) if session.user_id else None
        choices = _choices(rows, session)
    if practice is None or (session.is_somebody_s and client is None and user is None):
        raise Refused("session_ended")
    tokens = ports.tokens.mint(practice_id, session, user) if session.is_somebody_s else {}
    return LookedUp(session, practice, client, user, tokens, choices)


def choose_client(ports: Ports, secret: str, client_id: UUID) -> str:
    """The secret of a new session for one of the session's choices; the old one ends (F13).

    It keeps the time of opening, so that choosing never prolongs the eight hours, and the choices, so that another twin
    can be chosen. `session_ended` for any other text, `not_found` for any other client.
    """
    practice_id = practice_of_session_secret(secret)
    if practice_id is None:
        raise Refused("session_ended")
    new_secret = new_session_secret(practice_id)
    with ports.store.rows(practice_id) as rows:
        session, now = _live(rows, secret, "client")
        if client_id not in session.choices:
            raise Refused("not_found")
        chosen = replace(session, session_id=new_id(), client_id=client_id, last_seen_at=now)
        if not rows.replace_session(digest(secret), chosen, digest(new_secret)):
            raise Refused("session_ended")
    return new_secret


def end_session(ports: Ports, secret: str) -> None:
    """Ends the session of a secret at once; any other text is no trouble."""
    practice_id = practice_of_session_secret(secret)
    if practice_id is not None:
        with ports.store.rows(practice_id) as rows:
            rows.end_session(digest(secret), rows.now())


def _live(rows: Rows, secret: str, face: Face) -> tuple[Session, datetime]:
    """The live session of a secret, and the time by which it lives."""
    session, now = rows.session(digest(secret)), rows.now()
    if session is None or not is_live(session, face, now):
        raise Refused("session_ended")
    return session, now


def _choices(rows: Rows, session: Session) -> list[tuple[UUID, str]]:
    """In the order in which they were offered."""
    if not session.choices:
        return []
    names = rows.names(session.choices, [])["clients"]
    return [(client_id, names[client_id][0]) for client_id in session.choices if client_id in names]


def open_staff_session(rows: Rows, practice_id: UUID, user_id: UUID, now: datetime) -> str:
    """A new session of a staff member; answers its secret, which is nowhere kept."""
    secret = new_session_secret(practice_id)
    session = Session(
        session_id=new_id(),
        face="staff",
        client_id=None,
        appointment_id=None,
        user_id=user_id,
        created_at=now,
        last_seen_at=now,
        ended_at=None,
    )
    rows.add_session(session, digest(secret))
    return secret
