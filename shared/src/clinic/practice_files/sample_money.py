"""What was paid in a made-up practice."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

PAYMENTS_HEADER = ("ref", "appointment", "amount", "method", "paid_at")
METHODS = ("card", "card", "card", "cash", "online", "transfer")
PAID_OF_SEVEN = 5
PREPAID_CLIENT = "C00002"
"""Has paid online for the next appointment: a demonstration of F34."""


def payments(
    draw: random.Random, visits: Sequence[tuple[str, str, datetime, str]], prices: Mapping[str, str], today: date
) -> list[Sequence[str]]:
    """Rows of payments.csv for visits (client, type, start, status), in the order of appointments.csv.

    Most of those who came have paid right after; the first visit ahead of one client is paid for.
    """
    rows: list[Sequence[str]] = []
    prepaid = False
    for number, (client, kind, starts, status) in enumerate(visits, start=1):
        paid_at = ""
        if status == "arrived" and draw.randrange(7) < PAID_OF_SEVEN:
            paid_at = f"{starts + timedelta(minutes=5):%Y-%m-%dT%H:%M}"
        elif client == PREPAID_CLIENT and status == "booked" and starts.date() > today and not prepaid:
            paid_at, prepaid = (today - timedelta(days=1)).isoformat(), True
        if paid_at:
            method = "online" if client == PREPAID_CLIENT else draw.choice(METHODS)
            rows.append((f"P{len(rows) + 1:06}", f"A{number:06}", prices[kind], method, paid_at))
    return rows
