"""Staff sign in with a password and set it at a one-time address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest, new_set_up_token
from clinic.identity.application.sessions import open_staff_session
from clinic.identity.application.ways_in import find_practice
from clinic.identity.domain.limits import SIGN_INS_PER_SOURCE, SIGN_INS_PER_USER, source_of
from clinic.identity.domain.users import SET_UP_ADDRESS_LIVES, User, is_weak_password
from clinic.kernel.errors import Refused


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """The outcome of a sign-in; `session` is the new secret."""

    outcome: Literal["signed_in", "mismatch", "too_many_tries"]
    session: str | None = None


@dataclass(frozen=True, slots=True)
class SetUp:
    """The outcome of setting a password at a one-time address."""

    outcome: Literal["done", "expired", "unknown", "weak_password"]
    email: str | None = None


@dataclass(frozen=True, slots=True)
class _Try:
    """A sign-in that is counted before its password is looked at."""

    user_window: str
    source: str
    at: datetime


def sign_in(ports: Ports, slug: str, email: str, password: str, source_address: str) -> SignedIn:
    """Signs a staff member in. An unknown address takes the same path and time as a wrong password.

    Every try is counted first and taken back when it was right: so parallel posts never look at more passwords than
    the limits allow, and a crash in between counts.
    """
    practice = find_practice(ports, slug)
    if practice is None:
        ports.passwords.matches(password, None)
        return SignedIn("mismatch")
    address = email.strip().lower()
    window = f"sign-in:{digest(address).hex()}"
    source = f"staff {source_of(source_address)}"
    with ports.store.rows(practice.practice_id) as rows:
        attempt = _count_sign_in(rows, window, source)
        found = rows.user_by_email(address)
    if attempt is None:
        return SignedIn("too_many_tries")
    user, kept = found or (None, None)
    if not ports.passwords.matches(password, kept) or user is None:
        return SignedIn("mismatch")
    with ports.store.rows(practice.practice_id) as rows:
        _take_back(rows, attempt)
        return SignedIn("signed_in", open_staff_session(rows, practice.practice_id, user.user_id, rows.now()))


def set_up(ports: Ports, slug: str, token: str, password: str) -> SetUp:
    """Sets the first or a new password at a one-time address; a weak one does not use the address up."""
    practice = find_practice(ports, slug)
    if practice is None:
        return SetUp("unknown")
    with ports.store.rows(practice.practice_id) as rows:
        address = rows.set_up_address(digest(token))
        user = rows.user(address[0]) if address else None
        now = rows.now()
    if address is None or user is None:
        return SetUp("unknown")
    _, created_at, used_at = address
    if used_at is not None or now >= created_at + SET_UP_ADDRESS_LIVES:
        return SetUp("expired")
    if is_weak_password(password, user.email):
        return SetUp("weak_password")
    kept = ports.passwords.hash(password)
    with ports.store.rows(practice.practice_id) as rows:
        if not rows.use_set_up_address(digest(token), now):
            return SetUp("expired")
        _keep_password(rows, user.user_id, kept)
    return SetUp("done", user.email)


def new_set_up_address(ports: Ports, practice_id: UUID, email: str) -> str:
    """A new one-time address for a user, good for 7 days; the older ones stop working. `not_found` for nobody."""
    with ports.store.rows(practice_id) as rows:
        practice = rows.practice()
        found = rows.user_by_email(email.strip().lower())
        if practice is None or found is None:
            raise Refused("not_found")
        return add_set_up_address(rows, ports.staff_url, practice.slug, found[0])


def add_set_up_address(rows: Rows, staff_url: str, slug: str, user: User) -> str:
    """Keeps a new one-time address and answers it: it is nowhere else."""
    token = new_set_up_token()
    rows.add_set_up_address(digest(token), user.user_id, rows.now())
    return f"{staff_url}/p/{slug}/set-up/{token}"


def set_password(ports: Ports, practice_id: UUID, email: str, password: str) -> None:
    """Sets a user's password without an address: for demonstrations and tests only. `not_found` for nobody."""
    kept = ports.passwords.hash(password)
    with ports.store.rows(practice_id) as rows:
        found = rows.user_by_email(email.strip().lower())
        if found is None:
            raise Refused("not_found")
        _keep_password(rows, found[0].user_id, kept)


def _keep_password(rows: Rows, user_id: UUID, kept: str) -> None:
    """A new password ends what was opened with the old one."""
    rows.keep_password(user_id, kept)
    rows.end_sessions_of_user(user_id, rows.now())


def _count_sign_in(rows: Rows, window: str, source: str) -> _Try | None:
    """Counts a try under both limits, None where one is reached; locks are taken in the order source, user."""
    by_source = rows.lock_source_tries(source)
    by_user = rows.lock_tries(window)
    now = rows.now()
    if SIGN_INS_PER_SOURCE.reached(by_source, now) or SIGN_INS_PER_USER.reached(by_user, now):
        return None
    rows.keep_source_tries(source, SIGN_INS_PER_SOURCE.with_one_more(by_source, now))
    rows.keep_tries(window, SIGN_INS_PER_USER.with_one_more(by_user, now))
    return _Try(window, source, now)


def _take_back(rows: Rows, attempt: _Try) -> None:
    by_source = rows.lock_source_tries(attempt.source)
    by_user = rows.lock_tries(attempt.user_window)
    rows.keep_source_tries(attempt.source, _without(by_source, attempt.at))
    rows.keep_tries(attempt.user_window, _without(by_user, attempt.at))


def _without(instants: list[datetime], one: datetime) -> list[datetime]:
    """The instants without one of those that equal `one`."""
    kept = list(instants)
    if one in kept:
        kept.remove(one)
    return kept
