"""A link's token on its way from the address bar to the form: sealed in a cookie that opens nothing (F12)."""

import base64
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken

SECONDS = 12 * 60 * 60
MAX_TOKEN = 200


@dataclass(frozen=True, slots=True)
class SealedLink:
    """What the cookie held. `is_sign_in`: the address said so; only words depend on it, never what is allowed."""

    token: str
    is_sign_in: bool


class LinkSeal:
    """Fernet (AES-CBC + HMAC) with a key of 32 bytes. What is sealed for one practice opens for that one only."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, slug: str, token: str, *, is_sign_in: bool = False) -> str | None:
        """The sealed token as the text of a cookie; None for what cannot be a token."""
        if len(token) > MAX_TOKEN or len(slug) > MAX_TOKEN or "\n" in token:
            return None
        kind = "\nsign-in" if is_sign_in else ""
        return self._fernet.encrypt(f"{slug}\n{token}{kind}".encode()).decode()

    def open(self, slug: str, sealed: str | None) -> SealedLink | None:
        """The link; None where the cookie is missing, forged, older than 12 hours or another practice's."""
        if not sealed:
            return None
        try:
            kept_slug, _, rest = self._fernet.decrypt(sealed.encode(), ttl=SECONDS).decode().partition("\n")
        except (InvalidToken, ValueError):
            return None
        token, _, kind = rest.partition("\n")
        return SealedLink(token, kind == "sign-in") if kept_slug == slug else None
