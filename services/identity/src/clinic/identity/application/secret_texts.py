"""Secrets that identity hands out: link tokens, set-up tokens, session secrets. Only their SHA-256 is kept."""

import base64
import hashlib
import secrets
from uuid import UUID

LINK_TOKEN_BYTES = 18
SET_UP_TOKEN_BYTES = 32
SESSION_BYTES = 32
_PRACTICE_LENGTH = 22


def new_link_token() -> str:
    """144 bits in 24 characters: short enough for an SMS."""
    return secrets.token_urlsafe(LINK_TOKEN_BYTES)


def new_set_up_token() -> str:
    """256 bits."""
    return secrets.token_urlsafe(SET_UP_TOKEN_BYTES)


def new_session_secret(practice_id: UUID) -> str:
    """256 bits after the practice's id, which tells whose rows to look in and proves nothing."""
    practice = base64.urlsafe_b64encode(practice_id.bytes).decode().rstrip("=")
    return practice + secrets.token_urlsafe(SESSION_BYTES)


def practice_of_session_secret(secret: str) -> UUID | None:
    """The practice that a session secret names, None where it is no such text."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(secret[:_PRACTICE_LENGTH].encode("ascii") + b"=="))
    except ValueError:
        return None


def digest(secret: str) -> bytes:
    """The SHA-256 by which a secret is found again, whatever characters somebody sent."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
