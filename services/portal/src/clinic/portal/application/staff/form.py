"""What a form of settings is read into, and what a service refused of any form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clinic.portal.application.staff.words import REASONS, say_refusal


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read: the settings to send, and what is wrong per field (nothing is sent while there is any)."""

    settings: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def told_errors(facts: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """A service's refusal by field: `{field: sentence}`; deeper structures are told at their field.

    One that names no field is told on top of the page, under the empty name. With `labels`, a reason that is a
    predicate gets its subject: `Mobile number is not a possible telephone number`.
    """
    told = {}
    for name, reason in (facts.get("errors") or {}).items():
        text = str(_first(reason))
        text = REASONS.get(text, text)
        label = (labels or {}).get(str(name))
        told[str(name)] = f"{label} {text}" if label and text.startswith("is ") else _sentence(text)
    return told or {"": say_refusal("invalid")}


def _first(reason: Any) -> Any:
    while isinstance(reason, (list, tuple, dict)) and reason:
        reason = next(iter(reason.values())) if isinstance(reason, dict) else reason[0]
    return reason


def _sentence(reason: Any) -> str:
    text = str(reason or "This was refused.")
    return text[:1].upper() + text[1:]
