"""Who calls a service: a person by a short signed token from identity, or another service by the key of the pair."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from clinic.kernel.ids import id_of

TOKEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """The proven caller of a request.

    A client has `client_id` and, in a session that is limited to one appointment, `appointment_id`; staff have
    `user_id` and `role`; a service has `service` and names the practice itself.
    """

    kind: Literal["client", "staff", "service"]
    practice_id: UUID | None = None
    client_id: UUID | None = None
    appointment_id: UUID | None = None
    user_id: UUID | None = None
    role: str | None = None
    service: str | None = None
    session_id: UUID | None = None


class NotAllowedIn(Exception):
    """No token, a wrong one, or an expired one."""


def read_token(token: str, *, audience: str, public_keys: Mapping[str, str]) -> Caller:
    """The caller that an identity token (JWT, EdDSA) proves to `audience`; NotAllowedIn otherwise."""
    try:
        key = public_keys[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, Any] = jwt.decode(
            token,
            Ed25519PublicKey.from_public_bytes(base64.b64decode(key)),
            algorithms=["EdDSA"],
            audience=audience,
            options={"require": ["exp", "aud", "kind", "practice"]},
        )
        return Caller(
            kind=claims["kind"],
            practice_id=UUID(claims["practice"]),
            client_id=id_of(claims.get("client")),
            appointment_id=id_of(claims.get("appointment")),
            user_id=id_of(claims.get("user")),
            role=claims.get("role"),
            session_id=id_of(claims.get("session")),
        )
    except (jwt.PyJWTError, KeyError, ValueError) as error:
        raise NotAllowedIn(type(error).__name__) from error


def read_service_key(service: str, key: str, *, accepted: Mapping[str, str]) -> Caller:
    """The calling service, if the key is the one agreed with it (`accepted`: service → SHA-256 in hex)."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    if not hmac.compare_digest(digest, accepted.get(service, "")):
        raise NotAllowedIn("service key")
    return Caller(kind="service", service=service)


def read_authorization(
    header: str | None, *, audience: str, public_keys: Mapping[str, str], accepted: Mapping[str, str]
) -> Caller:
    """The caller that an Authorization header proves: `Bearer <token>` or `Service <name>:<key>`."""
    scheme, _, rest = (header or "").partition(" ")
    match scheme:
        case "Bearer":
            return read_token(rest, audience=audience, public_keys=public_keys)
        case "Service":
            name, _, key = rest.partition(":")
            return read_service_key(name, key, accepted=accepted)
        case _:
            raise NotAllowedIn("no credentials")
