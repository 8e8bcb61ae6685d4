"""How money is said to a client: `£45.00`, and what was paid (F34)."""

from clinic.portal.domain.appointment import Paid

SIGNS = {"GBP": "£", "EUR": "€"}


def say_money(pence: int, currency: str) -> str:
    """`£45.00`; a currency without a sign of its own here by its code: `SEK 450.00`."""
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{sign}{pence // 100:,}.{pence % 100:02}"


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
