"""Clients' keys and what is sealed to them."""

from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from clinic.infra.sealing import CannotUnseal, unseal


def new_key_pair() -> tuple[bytes, bytes]:
    """A new X25519 key pair, raw: private, public."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def unseal_or_none(sealed: Any, private_key: bytes, event_id: UUID) -> str | None:
    """The text; None where key, event or bytes do not fit."""
    try:
        return unseal(sealed, private_key, event_id)
    except CannotUnseal:
        return None
