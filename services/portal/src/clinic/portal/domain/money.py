"""What was paid, as it is said to a client (F34)."""

from clinic.kernel.money import say_money
from clinic.portal.domain.appointment import Paid


def say_paid(paid: Paid | None) -> str:
    """`Paid £45.00`, and what of it was given back; empty where nothing was paid."""
    if paid is None or paid.amount_pence <= 0:
        return ""
    said = f"Paid {say_money(paid.amount_pence, paid.currency)}"
    if paid.refunded_pence <= 0:
        return said
    if paid.kept_pence == 0:
        return f"{said}, all of which was refunded"
    return f"{said}, of which {say_money(paid.refunded_pence, paid.currency)} was refunded"
