"""A link's token on its way from the address bar to the form: sealed in a cookie that opens nothing (F12)."""

import base64

from cryptography.fernet import Fernet, InvalidToken

SECONDS = 12 * 60 * 60
MAX_TOKEN = 200


class LinkSeal:
    """Fernet (AES-CBC + HMAC) with a key of 32 bytes. What is sealed for one practice opens for that one only."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, slug: str, token: str) -> str | None:
        """The sealed token as the text of a cookie; None for what is too long to be a token."""
        if len(token) > MAX_TOKEN or len(slug) > MAX_TOKEN:
            return None
        return self._fernet.encrypt(f"{slug}\n{token}".encode()).decode()

    def open(self, slug: str, sealed: str | None) -> str | None:
        """The token; None where the cookie is missing, forged, older than 12 hours or another practice's."""
        if not sealed:
            return None
        try:
            kept_slug, _, token = self._fernet.decrypt(sealed.encode(), ttl=SECONDS).decode().partition("\n")
        except (InvalidToken, ValueError):
            return None
        return token if kept_slug == slug else None
