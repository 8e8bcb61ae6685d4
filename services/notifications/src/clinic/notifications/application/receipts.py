"""Receipts are recorded as they come: repeated, late or about nothing that we know, they do no harm (ADR 22)."""

import logging
from collections.abc import Iterable
from typing import Protocol

from clinic.notifications.domain.receipts import Receipt

log = logging.getLogger(__name__)


class Forged(Exception):
    """A request proves nothing: unsigned, wrongly signed, or too old. Nothing in it was read."""


class Receipts(Protocol):
    """Where receipts are recorded; each call commits."""

    def record(self, receipt: Receipt) -> bool:
        """What becomes of the message; False where nothing changed, also because the practice has none such."""


def record_receipts(receipts: Receipts, said: Iterable[Receipt]) -> int:
    """Records one after the other; the number of messages changed. Stopped half-way it is safe to begin again."""
    changed = 0
    for receipt in said:
        if receipts.record(receipt):
            changed += 1
            log.info("message %s: its provider says %s", receipt.message_id, receipt.said)
    return changed
