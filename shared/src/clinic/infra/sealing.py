"""Texts that only identity can read: sealed to a client's public key, so that destroying the private key erases them.

X25519 with an ephemeral key, HKDF-SHA256 bound to both public keys, AES-256-GCM; the additional data is the id of the
event that carries the text, so a sealed text cannot be moved into another event (architecture.md section 3).
"""

import base64
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clinic.contracts.appointments import Sealed

_PURPOSE = b"clinic client message v1"


class CannotUnseal(Exception):
    """The key is not the one that the text was sealed to, or the text or its event was altered."""


def seal(text: str, key_id: UUID, public_key_b64: str, event_id: UUID) -> Sealed:
    """Seals a text for the holder of the private key of `public_key_b64` (raw X25519, base64; ValueError otherwise)."""
    recipient = X25519PublicKey.from_public_bytes(_bytes(public_key_b64))
    ephemeral = X25519PrivateKey.generate()
    key = _derive(ephemeral.exchange(recipient), ephemeral.public_key(), recipient)
    nonce = os.urandom(12)
    ciphertext = AESGCM(key).encrypt(nonce, text.encode(), str(event_id).encode())
    return Sealed(key_id, _text(ephemeral.public_key().public_bytes_raw()), _text(nonce), _text(ciphertext))


def unseal(sealed: Sealed, private_key_bytes: bytes, event_id: UUID) -> str:
    """The text; CannotUnseal where key, event or bytes do not fit."""
    try:
        private = X25519PrivateKey.from_private_bytes(private_key_bytes)
        ephemeral = X25519PublicKey.from_public_bytes(_bytes(sealed.ephemeral_public_key))
        key = _derive(private.exchange(ephemeral), ephemeral, private.public_key())
        text = AESGCM(key).decrypt(_bytes(sealed.nonce), _bytes(sealed.ciphertext), str(event_id).encode())
        return text.decode()
    except (InvalidTag, ValueError) as error:
        raise CannotUnseal(type(error).__name__) from None


def _derive(secret: bytes, ephemeral: X25519PublicKey, recipient: X25519PublicKey) -> bytes:
    info = _PURPOSE + ephemeral.public_bytes_raw() + recipient.public_bytes_raw()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
