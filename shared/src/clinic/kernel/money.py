"""How money is said: one place for page, mail and history (F34)."""

SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def say_money(pence: int, currency: str) -> str:
    """`£1,045.00`; a currency without a sign of its own here by its code: `SEK 450.00`."""
    return f"{SIGNS.get(currency, f'{currency} ')}{pence // 100:,}.{pence % 100:02}"
