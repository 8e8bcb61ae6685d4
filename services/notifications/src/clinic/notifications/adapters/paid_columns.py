"""What had been paid for what was cancelled, as `messages` and `alerts` keep it: no amount where nobody paid."""

from collections.abc import Mapping
from typing import Any

from clinic.contracts.appointments import Paid


def paid_columns(paid: Paid | None) -> dict[str, Any]:
    """The columns of what was paid and refunded."""
    if paid is None:
        return {"paid_pence": 0, "refunded_pence": 0, "currency": "GBP"}
    return {"paid_pence": paid.amount_pence, "refunded_pence": paid.refunded_pence, "currency": paid.currency}


def paid_from(row: Mapping[str, Any]) -> Paid | None:
    """What a row says was paid and refunded; None where nobody paid."""
    return Paid(row["paid_pence"], row["refunded_pence"], row["currency"]) if row["paid_pence"] else None
