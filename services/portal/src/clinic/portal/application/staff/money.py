"""Amounts as staff type and read them, and a payment or refund as a form (F34)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from clinic.kernel.client_time import in_zone, say_instant_for_staff, utc_text
from clinic.kernel.money import say_money
from clinic.portal.application.staff.history import Names, say_actor
from clinic.portal.application.staff.moments import at_wall, read_date, read_instant

METHODS = {"online": "Online", "card": "Card", "cash": "Cash", "transfer": "Bank transfer", "other": "Other"}
MOST_PENCE = 10_000_000
NOON = time(12)
NO_AMOUNT = "Enter an amount in pounds and pence, for example 55 or 55.00."


@dataclass(frozen=True, slots=True)
class ReadMoney:
    """A payment or refund that was read: the amount, when, for a payment how; and what is wrong per field."""

    amount_pence: int
    at: str
    method: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidMoney:
    """One payment or refund in words, with the instant to sort by."""

    said: str
    note: str
    at: datetime


def plain_amount(pence: int) -> str:
    """`55.00`, as it is typed."""
    return f"{pence // 100}.{pence % 100:02}"


def refund_is_for_the_practice(pence: int, currency: str, *, some_back: bool = False) -> str:
    """What was paid for a cancelled appointment, less what went back; the portal never refunds (F34)."""
    paid = f"{say_money(pence, currency)} {'of what was paid is not refunded' if some_back else 'was paid'}"
    return f"{paid}: whether it is refunded is for the practice to decide."


def paid_before_cancelling(paid: Mapping[str, Any]) -> str:
    """What had been paid for what was cancelled, what of it was back already, and who decides about the rest (F34)."""
    amount, back, currency = paid["amount_pence"], paid["refunded_pence"], paid["currency"]
    if not back:
        return refund_is_for_the_practice(amount, currency)
    said = f"{say_money(amount, currency)} was paid"
    if back == amount:
        return f"{said} and all of it was already refunded."
    already = f"{said}, {say_money(back, currency)} of it was already refunded"
    return f"{already}: whether the rest is refunded is for the practice to decide."


def read_pence(text: str) -> int | None:
    """`55`, `55.5`, `£1,055.00` in pence; None for anything else, for nothing and for more than any bill."""
    match = re.fullmatch(r"£?\s*(\d{1,3}(?:,\d{3})+|\d{1,7})(?:\.(\d{1,2}))?", text.strip(), re.ASCII)
    if match is None:
        return None
    pence = int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))
    return pence if 0 < pence <= MOST_PENCE else None


def read_payment(form: Mapping[str, str], now: datetime, zone: str) -> ReadMoney:
    """A payment's form: the amount, the day, the method."""
    read = read_refund(form, now, zone)
    method = form.get("method", "")
    errors = read.errors if method in METHODS else {**read.errors, "method": "Choose how it was paid."}
    return ReadMoney(read.amount_pence, read.at, method, errors)


def read_refund(form: Mapping[str, str], now: datetime, zone: str) -> ReadMoney:
    """A refund's form. Today is this moment, an earlier day its noon; a day to come is refused."""
    errors = {}
    pence = read_pence(form.get("amount", ""))
    if pence is None:
        errors["amount"] = NO_AMOUNT
    day, today = read_date(form.get("date", "")), in_zone(now, zone).date()
    if day is None or day.year < 1970:
        errors["date"] = "Enter a date, for example 2/12/2026."
    elif day > today:
        errors["date"] = "Enter today or an earlier day."
    at = "" if "date" in errors or day is None else utc_text(_moment(day, today, now, zone))
    return ReadMoney(pence or 0, at, errors=errors)


def _moment(day: date, today: date, now: datetime, zone: str) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0) if day == today else at_wall(day, NOON, zone)


def left_to_refund(paid: Mapping[str, Any] | None) -> int:
    """What was paid and not refunded, in pence."""
    return int(paid["amount_pence"]) - int(paid["refunded_pence"]) if paid else 0


def told_money(answer: Mapping[str, Any], names: Names, zone: str) -> list[SaidMoney]:
    """Payments and refunds, newest first."""
    told = [_said(one, "paid_at", f"paid, {METHODS.get(one['method'], one['method']).lower()}", names, zone)
            for one in answer["payments"]]  # fmt: skip
    told += [_said(one, "refunded_at", "refunded by hand", names, zone) for one in answer["refunds"]]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _said(one: Mapping[str, Any], key: str, what: str, names: Names, zone: str) -> SaidMoney:
    at = read_instant(one[key])
    return SaidMoney(
        said=f"{say_money(one['amount_pence'], one['currency'])} {what}",
        note=f"{say_instant_for_staff(at, zone)}, recorded by {say_actor(one['actor'], names)}",
        at=at,
    )
