"""Signed heads: what a ledger was, said with a key that the database does not have (ADR 0031)."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from clinic.infra.proof.leaf import FORMAT, instant_text
from clinic.kernel.canonical import canonical_json

PUBLIC_KEYS = "public-keys.json"
PublicKeys = Mapping[str, Ed25519PublicKey]


class BadHead(Exception):
    """What claims to be a signed head is none; the text says why."""


class BadKey(Exception):
    """What was given as a key is none; the text says what was expected."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """How much of a practice's ledger a head speaks of: in which epoch (it rises with each reseal), how many events."""

    epoch: int
    size: int


@dataclass(frozen=True, slots=True)
class Head:
    """That a practice's first `place.size` events have this root; `sealed_at` is the database's word."""

    service: str
    practice_id: UUID
    place: Place
    root: bytes
    last_event_id: UUID
    sealed_at: datetime
    key_id: str = ""
    signature: bytes = b""

    def says(self) -> dict[str, Any]:
        """What is signed, as JSON."""
        return {
            "format": FORMAT,
            "kind": "head",
            "service": self.service,
            "practice_id": str(self.practice_id),
            "epoch": self.place.epoch,
            "size": self.place.size,
            "root": self.root.hex(),
            "last_event_id": str(self.last_event_id),
            "sealed_at": instant_text(self.sealed_at),
            "key_id": self.key_id,
        }

    def to_json(self) -> dict[str, Any]:
        """The head with its signature."""
        return signed_json(self.says(), self.signature)


class Signer:
    """Holds a private key; only a sealer has one."""

    def __init__(self, private_key_b64: str) -> None:
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key_b64, validate=True))
        except (ValueError, binascii.Error):
            raise BadKey("the signing key must be the base64 of 32 bytes (a raw Ed25519 private key)") from None
        self.public_key = self._key.public_key()
        self.key_id = key_id_of(self.public_key)

    def sign(self, says: dict[str, Any]) -> bytes:
        """The signature of what is said."""
        return self._key.sign(_signed_bytes(says))


def signed_json(says: dict[str, Any], signature: bytes) -> dict[str, Any]:
    """What is said, with its signature."""
    return {**says, "signature": base64.b64encode(signature).decode()}


def check_signature(said: Mapping[str, Any], keys: PublicKeys) -> None:
    """BadHead unless `said` carries a signature by one of the keys over everything else in it."""
    key_id = said.get("key_id")
    key = keys.get(str(key_id))
    if key is None:
        known = ", ".join(sorted(keys)) or "none"
        raise BadHead(f"it is signed with a foreign key {key_id} (keys that are trusted here: {known})")
    try:
        signature = base64.b64decode(str(said.get("signature")), validate=True)
        key.verify(signature, _signed_bytes({name: value for name, value in said.items() if name != "signature"}))
    except (InvalidSignature, ValueError, TypeError, binascii.Error):
        raise BadHead(f"its signature is not one of key {key_id}: it was changed or forged") from None


def head_from_json(said: Mapping[str, Any]) -> Head:
    """The head of such a JSON object; BadHead where it is not complete and well formed. Signatures are not judged."""
    try:
        if said["format"] != FORMAT or said["kind"] != "head":
            raise BadHead(f"it is no head of the format {FORMAT!r}")
        head = Head(
            service=str(said["service"]),
            practice_id=UUID(said["practice_id"]),
            place=Place(_number(said["epoch"]), _number(said["size"])),
            root=_digest(said["root"]),
            last_event_id=UUID(said["last_event_id"]),
            sealed_at=datetime.fromisoformat(said["sealed_at"]),
            key_id=str(said["key_id"]),
            signature=base64.b64decode(said["signature"], validate=True),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise BadHead(f"it is no signed head ({type(error).__name__}: {error})") from None
    return head


def key_id_of(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the raw public key."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def keys_by_id(keys: Iterable[Ed25519PublicKey]) -> dict[str, Ed25519PublicKey]:
    """The keys by their ids."""
    return {key_id_of(key): key for key in keys}


def read_public_keys(given: str) -> dict[str, Ed25519PublicKey]:
    """Keys from a `public-keys.json`, from a file with one key in base64, or from that base64 itself; else BadKey."""
    file = Path(given)
    text = given
    try:
        if file.is_file():
            text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise BadKey(f"{given} cannot be read") from None
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else {"": text.strip()}
        return keys_by_id(Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
                          for key in found.values())  # fmt: skip
    except (ValueError, TypeError, AttributeError, binascii.Error):
        what = "it must be a public-keys.json, or the base64 of a raw Ed25519 public key (32 bytes)"
        raise BadKey(f"{given[:80]} is no public key: {what}") from None


def _signed_bytes(says: Mapping[str, Any]) -> bytes:
    return f"{FORMAT}\n{canonical_json(dict(says))}".encode()


def _number(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise ValueError(f"{given!r} is no number from 1")
    return given


def _digest(given: Any) -> bytes:
    digest = bytes.fromhex(given)
    if len(digest) != 32:
        raise ValueError(f"{given!r} is no SHA-256")
    return digest
