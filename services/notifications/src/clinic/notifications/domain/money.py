"""What was paid, in words for people."""

SIGNS = {"GBP": "£", "EUR": "€"}


def say_money(pence: int, currency: str) -> str:
    """`£45.00`; a currency without a sign of its own here by its code: `SEK 450.00`."""
    return f"{SIGNS.get(currency, f'{currency} ')}{pence // 100:,}.{pence % 100:02}"
