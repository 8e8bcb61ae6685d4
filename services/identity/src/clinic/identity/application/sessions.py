"""Looks up and ends sessions (architecture.md section 6)."""

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
    """A live session, whose it is, and the tokens by which services know the person for 60 s."""

    session: Session
    practice: Practice
    client: Client | None
    user: User | None
    tokens: dict[str, str]

    def __repr__(self) -> str:
        return f"LookedUp({self.session.session_id})"


def look_up_session(ports: Ports, secret: str, face: Face) -> LookedUp:
    """The live session of a secret on its own face; `session_ended` for every other text. Writes once a minute."""
    practice_id = practice_of_session_secret(secret)
    if practice_id is None:
        raise Refused("session_ended")
    with ports.store.rows(practice_id) as rows:
        session = rows.session(digest(secret))
        now = rows.now()
        if session is None or not is_live(session, face, now):
            raise Refused("session_ended")
        if is_worth_noting(session, now):
            rows.see_session(session.session_id, now)
            session = replace(session, last_seen_at=now)
        practice = rows.practice()
        client = rows.client(session.client_id) if session.client_id else None
        user = rows.user(session.user_id) if session.user_id else None
    if practice is None or (client is None and user is None):
        raise Refused("session_ended")
    return LookedUp(session, practice, client, user, ports.tokens.mint(practice_id, session, user))


def end_session(ports: Ports, secret: str) -> None:
    """Ends the session of a secret at once; any other text is no trouble."""
    practice_id = practice_of_session_secret(secret)
    if practice_id is not None:
        with ports.store.rows(practice_id) as rows:
            rows.end_session(digest(secret), rows.now())


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
