"""Mints the tokens that `clinic.infra.caller.read_token` reads: JWT, EdDSA, one audience each, 60 s."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clinic.identity.domain.sessions import Session
from clinic.identity.domain.users import User
from clinic.infra.caller import TOKEN_SECONDS
from clinic.infra.settings import SERVICES


class SigningKeyMissing(Exception):
    """TOKEN_SIGNING_KEY is not `kid:base64` of a raw Ed25519 private key."""


class SignedTokens:
    """Signs with identity's Ed25519 key. `clock` is the machine's: it is what those who check a token compare with."""

    def __init__(self, signing_key: str, clock: Callable[[], datetime]) -> None:
        kid, _, key = signing_key.partition(":")
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))
        except ValueError:
            raise SigningKeyMissing from None
        self._kid = kid
        self._clock = clock

    def mint(self, practice_id: UUID, session: Session, user: User | None) -> dict[str, str]:
        """Audience → token. A client's names client and, under one-appointment scope, the appointment.

        PermissionError for a session that is nobody's yet (F13): nobody should have asked.
        """
        if not session.is_somebody_s:
            raise PermissionError("no client has been chosen for this session")
        now = self._clock()
        claims: dict[str, object] = {
            "iat": now,
            "exp": now + timedelta(seconds=TOKEN_SECONDS),
            "kind": session.face,
            "practice": str(practice_id),
            "session": str(session.session_id),
        }
        if user:
            claims |= {"user": str(user.user_id), "role": user.role}
        else:
            claims["client"] = str(session.client_id)
        if session.appointment_id:
            claims["appointment"] = str(session.appointment_id)
        return {audience: self._sign({**claims, "aud": audience}) for audience in SERVICES}

    def _sign(self, claims: dict[str, object]) -> str:
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._kid})
