"""Erasing a client's record (F52): what stands in its way, and the receipt that stays."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

ERASED_HERE = "was erased here: it stays erased"
"""Why a row of an import is left alone."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a client was erased: nothing in it is personal.

    `ref_hash` stands for the client's reference in the system that the practice came from, so that an import does not
    bring the client back.
    """

    practice_id: UUID
    client_id: UUID
    key_id: UUID
    ref_hash: bytes


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure that was decided. `finished_at` is None until key, record and receipts are done."""

    receipt: Receipt
    reason: str
    asked_by: UUID | None
    begun_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Why a client's record must not be erased."""

    hold_id: UUID
    client_id: UUID
    reason: str
    placed_at: datetime
    placed_by: UUID | None


def ref_hash_of(practice_id: UUID, external_ref: str) -> bytes:
    """What is kept of a reference: enough to know it again, nothing to read."""
    return hashlib.sha256(f"{practice_id} {external_ref}".encode()).digest()
