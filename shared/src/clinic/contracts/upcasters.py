"""Data of an earlier schema version, turned into the next one: pure JSON to JSON.

An upcaster is never deleted and never changed: the events that it reads are for ever (ADR 0030). It returns a new
object and leaves the one that it was given alone: what was recorded is shown as it was recorded.
"""

from collections.abc import Callable
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""One schema version to the next."""


def appointment_cancelled_1_to_2(data: dict[str, Any]) -> dict[str, Any]:
    """`paid_pence` and `currency` become `paid`.

    Version 1 kept only what was paid and not refunded, so that is what was paid, and nothing was refunded. Its earliest
    events have neither field: nobody's payment was recorded then.
    """
    kept = data.get("paid_pence") or 0
    paid = {"amount_pence": kept, "refunded_pence": 0, "currency": data.get("currency", "GBP")} if kept else None
    return {name: value for name, value in data.items() if name not in {"paid_pence", "currency"}} | {"paid": paid}
