"""Passwords as argon2id (OWASP's parameters: 19 MiB, 2 passes), at most four at a time so that memory stays bounded."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 4


class Argon2Passwords:
    """argon2id. Where nothing is kept a dummy is checked, so that the answer takes as long."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turn = BoundedSemaphore(_AT_ONCE)
        self._dummy = ""

    def hash(self, password: str) -> str:
        """With a new salt."""
        with self._turn:
            return self._hasher.hash(_bytes(password))

    def matches(self, password: str, kept: str | None) -> bool:
        """False for nothing kept, after the same work."""
        self._dummy = self._dummy or self.hash("nobody's password")
        try:
            with self._turn:
                return self._hasher.verify(kept or self._dummy, _bytes(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def _bytes(password: str) -> bytes:
    """Whatever characters somebody sent."""
    return password.encode("utf-8", "surrogatepass")
