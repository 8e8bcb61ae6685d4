"""Words and answers around erasing a client (F52)."""

from collections.abc import Mapping
from typing import Any

LONGEST = 200


def read_reason(form: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The reason, and what is wrong with it."""
    reason = " ".join(form.get("reason", "").split())
    if not 3 <= len(reason) <= LONGEST or not reason.isprintable():
        return reason, {"reason": f"Enter a reason of 3 to {LONGEST} characters, without the client’s name."}
    return reason, {}


def say_why_not(code: str, facts: Mapping[str, Any]) -> str | None:
    """Why an erasure was refused; None for what is told elsewhere."""
    match code:
        case "legal_hold":
            return f"There is a legal hold: {facts.get('reason', '')}. Nothing was erased."
        case "appointments_ahead":
            return "The client has appointments ahead. Cancel them first, or tick the box that keeps them in the diary."
        case _:
            return None
