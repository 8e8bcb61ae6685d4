"""Sentences of what staff note about an appointment, and the words that all sentences share."""

from datetime import UTC, datetime

from clinic.contracts.appointments import (
    AppointmentStatusChanged,
    Paid,
    PaymentRecorded,
    RefundRecorded,
    Rules,
    Slot,
    Window,
)
from clinic.kernel.client_time import DAYS, MONTHS
from clinic.kernel.money import say_money

METHODS = {"online": "online", "card": "by card", "cash": "in cash", "transfer": "by transfer", "other": "otherwise"}
ABILITIES = {
    "may_change": "changing",
    "may_cancel": "cancelling",
    "may_leave_message": "leaving a message",
}
WINDOWS = {"edit_window": "changes", "cancellation_window": "cancellations"}


def when(slot: Slot) -> str:
    """The wall time that the event recorded."""
    return _moment(datetime.fromisoformat(slot.local_start))


def status_words(code: str) -> str:
    """A status as it was recorded: its name may have been another then."""
    return f"“{code.replace('_', ' ')}”"


def status_sentence(who: str, fact: AppointmentStatusChanged) -> str:
    """From which to which, and what that does to the time."""
    changed = f"{status_words(fact.old_status)} to {status_words(fact.status)}"
    takes = "takes its time" if fact.occupies else "takes no time"
    return f"{who} changed the status of the appointment on {when(fact.slot)} from {changed}; it {takes} in the diary."


def rules_sentence(who: str, rules: Rules) -> str:
    """Every rule that this appointment has of its own."""
    said = [
        f"{name} {'is' if getattr(rules, rule) else 'is not'} offered"
        for rule, name in ABILITIES.items()
        if getattr(rules, rule) is not None
    ]
    said += [
        f"{name} are {_window(getattr(rules, rule))}"
        for rule, name in WINDOWS.items()
        if getattr(rules, rule) is not None
    ]
    if not said:
        return f"{who} took back the appointment's own rules; its type's and the practice's hold."
    return f"{who} set rules for this appointment alone: {', '.join(said)}."


def payment_sentence(who: str, fact: PaymentRecorded) -> str:
    """How much, how and when."""
    amount = say_money(fact.amount_pence, fact.currency)
    return f"{who} recorded that {amount} was paid {METHODS[fact.method]} on {_utc(fact.paid_at)}."


def refund_sentence(who: str, fact: RefundRecorded) -> str:
    """How much and when; the portal never refunds."""
    amount = say_money(fact.amount_pence, fact.currency)
    return f"{who} recorded that {amount} was refunded by hand on {_utc(fact.refunded_at)}."


def paid_sentence(paid: Paid) -> str:
    """What had been paid for what was cancelled, what of it was back already, and who decides about the rest."""
    said = f"{say_money(paid.amount_pence, paid.currency)} was paid"
    if not paid.refunded_pence:
        return f"{said}; whether anything is refunded is for the practice to decide."
    if not paid.kept_pence:
        return f"{said} and all of it was already refunded."
    back = say_money(paid.refunded_pence, paid.currency)
    return f"{said}, {back} of it was already refunded; whether the rest is refunded is for the practice to decide."


def _window(window: Window) -> str:
    if window.kind != "minutes":
        return {"always": "allowed until the start", "never": "never allowed"}[window.kind]
    hours, minutes = divmod(window.minutes, 60)
    parts = [
        f"{number} {unit}{'' if number == 1 else 's'}"
        for number, unit in ((hours, "hour"), (minutes, "minute"))
        if number or (unit == "minute" and not hours)
    ]
    return f"allowed until {' '.join(parts)} before the start"


def _utc(instant: datetime) -> str:
    return f"{_moment(instant.astimezone(UTC))} UTC"


def _moment(at: datetime) -> str:
    return f"{DAYS[at.weekday()][:3]} {at.day} {MONTHS[at.month - 1][:3]} {at.year}, {at:%H:%M}"
