"""What staff are told, each thing said once: refusals, confirmations, roles and states."""

from collections.abc import Mapping

REFUSALS = {
    "slot_taken": "This overlaps another appointment of the same clinician.",
    "changed_meanwhile": "Somebody else changed this while you were working on it. Nothing of yours was saved.",
    "already_cancelled": "This appointment has been cancelled already.",
    "in_the_past": "This appointment is in the past.",
    "invalid": "Check the answers that are marked.",
    "command_reused": "This page was already sent with other answers. Look at the present state before you try again.",
    "too_many_tries": "Too many attempts. Wait a little, then try again.",
    "clinician_not_available_online": "This clinician is not available for online booking.",
    "no_contact": "The client has no e-mail address or mobile number, or has not opted in to messages.",
    "not_opted_in": "The client has not opted in to messages.",
    "client_erased": "This client was erased. Nothing can be changed any more.",
    "forbidden": "Your role does not allow this.",
    "unavailable": "Something we need is not answering. Nothing was changed. Try again in a minute.",
}
"""The refusal's code and the sentence for it; any other code is told by `OTHER_REFUSAL`."""

OTHER_REFUSAL = "This was refused. Nothing was changed."

REASONS = {
    "more_than_paid": "This is more than was paid and not refunded yet.",
    "other_currency": "This appointment was paid in another currency.",
    "in_the_future": "Enter today or an earlier day.",
    "unknown_status": "Choose one of the statuses.",
}
"""A service's code for what is wrong with one field, and the sentence beside it."""

DONE = {
    "booked": "The appointment is booked.",
    "rescheduled": "The appointment has its new time.",
    "unchanged": "The appointment is at that time already. Nothing was changed.",
    "cancelled": "The appointment is cancelled.",
    "status_changed": "The appointment has its new status.",
    "status_unchanged": "The appointment has that status already. Nothing was changed.",
    "rules_changed": "This appointment’s own rules are saved.",
    "rules_unchanged": "These are its rules already. Nothing was changed.",
    "payment_recorded": "The payment is recorded.",
    "refund_recorded": "The refund that you made is noted.",
    "dealt_with": "The message is marked as dealt with.",
    "reopened": "The message is to be dealt with again.",
    "confirmation": "The confirmation goes to the client if they have opted in to messages.",
    "resent": "The message is tried again. Whether it was sent stands below.",
    "client": "The client’s details are saved.",
    "unlocked": "The client can try again: earlier wrong attempts no longer count.",
    "held": "The legal hold is placed: the record cannot be erased.",
    "released": "The legal hold is lifted.",
    "erased": "The client is erased. Every part of the system follows within seconds.",
    "read": "Marked as read.",
    "all_read": "Everything is marked as read.",
    "profile": "The online profile is saved.",
    "alert_switches": "The alerts are saved.",
    "settings": "The portal settings are saved.",
    "communications": "It is saved.",
    "trigger": "It is saved. It holds for whatever happens from now on.",
    "trigger_removed": "It is removed. Nothing more is sent by it.",
    "template": "The text is saved. Messages that wait to be sent keep the one they have.",
    "template_removed": "The text is removed. The built-in one is sent in its place.",
    "set_up": "Your password is set. Sign in with it.",
    "signed_out": "You are signed out.",
}
"""What was done, as the banner of the page that follows says it."""

SIGN_IN_MISMATCH = "The e-mail address and the password do not match."
SIGN_IN_LIMIT = "There were too many wrong attempts. Wait an hour, then try again."

SET_UP = {
    "weak_password": "Choose a password of at least 12 characters that is not easy to guess.",
    "expired": (
        "This set-up address was used, was replaced by a newer one, or has expired. "
        "Ask whoever runs this portal for a new one."
    ),
    "unknown": "This set-up address is not valid. Check that it is complete.",
    "differ": "The two passwords are not the same.",
}

ROLES = {
    "site_administrator": "Site administrator",
    "clinician": "Clinician",
    "receptionist": "Receptionist",
    "auditor": "Auditor",
}

MESSAGE_STATES = {
    "queued": "Queued",
    "sending": "Sending",
    "sent": "Sent",
    "failed": "Failed",
    "unknown": "Unknown",
    "suppressed": "Not sent",
}
"""Honest words for the delivery states (F47)."""

UNKNOWN_DELIVERY = "The provider’s answer did not arrive: it may or may not have been delivered."

CHANNELS = {"email": "E-mail", "sms": "Text message"}

MESSAGE_KINDS = {
    "confirmation": "Booking confirmation",
    "changed": "Change of date or time",
    "cancelled": "Cancellation",
    "status_changed": "Change of status",
    "reminder": "Reminder",
}

REFUSED_BECAUSE = {
    "too_late_to_change": "It was too late to change it online.",
    "too_late_to_cancel": "It was too late to cancel it online.",
    "changes_not_offered": "Changing it online was not offered.",
    "cancellations_not_offered": "Cancelling it online was not offered.",
    "messages_not_offered": "Leaving a message with it was not offered.",
    "slot_not_offered": "That time was not on offer.",
    "slot_taken": "That time was taken.",
    "clinician_not_available_online": "The clinician was not available for online booking.",
    "changed_meanwhile": "The appointment or the policy had changed meanwhile.",
    "already_cancelled": "It had been cancelled already.",
    "in_the_past": "It was in the past.",
}
"""Why a change or a cancellation was refused, by the code of the broken rule (F53)."""

NOT_CONFIRMED = {
    "mismatch": "Date of birth and postcode did not both match the record.",
    "too_many_tries": "There had been too many wrong attempts.",
    "record_incomplete": "The record lacks a date of birth or a postcode.",
}
"""Why somebody who held a link was not let in (F53)."""

LINKS = {"appointment": "the link of an appointment", "sign_in": "a sign-in link"}

ACTORS = {"system": "the system", "import": "the import from another system"}


def say_broken_rule(code: str, sentences: Mapping[str, str]) -> str:
    """The sentence for a recorded refusal; a code that this release does not know is shown as it is."""
    return sentences.get(code, f"Refused: {code.replace('_', ' ')}.")


def say_refusal(code: str) -> str:
    """The sentence for a refusal."""
    return REFUSALS.get(code, OTHER_REFUSAL)
