"""Sentences of what was asked for and refused (F53): who, what, and by which rule. Nobody's guess is repeated."""

from clinic.appointments.application.projections.staff_sentences import status_words, utc_words, when, window_words
from clinic.contracts.refusals import ChangeRefused

BECAUSE = {
    "portal_off": "the portal was off",
    "changes_not_offered": "changes were not offered online",
    "cancellations_not_offered": "cancellations were not offered online",
    "messages_not_offered": "messages were not offered online",
    "forbidden": "it was not theirs to ask for",
    "clinician_not_available_online": "the clinician was not available online",
    "slot_taken": "the time was taken",
    "slot_not_offered": "the time was not offered",
    "changed_meanwhile": "the appointment had changed meanwhile",
    "already_cancelled": "it was cancelled already",
    "in_the_past": "it had started already",
    "not_found": "there was no such appointment",
    "invalid": "what was asked for was not valid",
    "unavailable": "it could not be checked just then",
}


def refusal_sentence(who: str, fact: ChangeRefused) -> str:
    """Who asked for what, and why it was refused; then how many like it were not recorded one by one."""
    said = f"{who} {_asked(fact)}. It was refused: {_because(fact)}."
    if fact.unrecorded_before:
        more = "time" if fact.unrecorded_before == 1 else "times"
        said += f" Before that, something was refused {fact.unrecorded_before} more {more}."
    return said


def _asked(fact: ChangeRefused) -> str:
    if fact.wanted == "cancel":
        return f"asked to cancel the appointment on {when(fact.slot)}"
    to = f" to {utc_words(fact.wanted_starts_at)}" if fact.wanted_starts_at else ""
    return f"asked to move the appointment from {when(fact.slot)}{to}"


def _because(fact: ChangeRefused) -> str:
    match fact.code:
        case "too_late_to_change":
            return f"changes were {window_words(fact.policy.edit_window)}"
        case "too_late_to_cancel":
            return f"cancellations were {window_words(fact.policy.cancellation_window)}"
        case code:
            return BECAUSE.get(code, f"by the rule {status_words(code)}")
