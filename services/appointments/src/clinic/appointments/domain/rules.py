"""Which rules hold for an appointment: its own over its type's over the practice's, each rule for itself (F18).

Docs: ADR 0020. The portal's switch, the edition and the clinician's switch are no rules: nothing here overrides them.
"""

from dataclasses import dataclass, fields
from uuid import UUID

from clinic.contracts.appointments import Level, PortalSettings, Rules, RulesFrom, Window

MAX_WINDOW_MINUTES = 365 * 24 * 60
MAX_TYPE_RULES = 200
NO_RULES = Rules()
"""Everything is as on the level above."""

WINDOWS = ("edit_window", "cancellation_window")
RULES = tuple(field.name for field in fields(Rules))


@dataclass(frozen=True, slots=True)
class EffectiveRules:
    """What holds, and which level decided each of it."""

    may_change: bool
    may_cancel: bool
    may_leave_message: bool
    edit_window: Window
    cancellation_window: Window
    rules_from: RulesFrom


def rules_of_type(settings: PortalSettings, appointment_type_id: UUID) -> Rules:
    """What the practice decided for one type; nothing where it decided nothing."""
    for one in settings.type_rules:
        if one.appointment_type_id == appointment_type_id:
            return one.rules
    return NO_RULES


def effective_rules(settings: PortalSettings, appointment_type_id: UUID, own: Rules) -> EffectiveRules:
    """The most specific word on each rule; it may narrow or widen what is above it."""
    levels: tuple[tuple[Level, Rules], ...] = (
        ("appointment", own),
        ("type", rules_of_type(settings, appointment_type_id)),
    )
    values: dict[str, bool | Window] = {name: getattr(settings, name) for name in RULES}
    decided: dict[str, Level] = dict.fromkeys(RULES, "practice")
    for name in RULES:
        for level, rules in levels:
            value = getattr(rules, name)
            if value is not None:
                values[name], decided[name] = value, level
                break
    return EffectiveRules(**values, rules_from=RulesFrom(**decided))  # type: ignore[arg-type]


def broken_window(window: Window) -> str | None:
    """Why a window cannot be, None where it can."""
    if not 0 <= window.minutes <= MAX_WINDOW_MINUTES:
        return "Between 0 minutes and one year."
    if window.kind != "minutes" and window.minutes:
        return "Minutes belong to the kind 'minutes' only."
    return None


def broken_rules_of(rules: Rules) -> dict[str, list[str]]:
    """The reasons why these rules of a type or an appointment cannot be, per rule."""
    errors = {}
    for name in WINDOWS:
        window: Window | None = getattr(rules, name)
        reason = broken_window(window) if window is not None else None
        if reason is not None:
            errors[name] = [reason]
    return errors
