"""What each outcome says to the client: once, here. Codes are those of docs/http.md and of identity's answers.

`{phone}`, `{window}`, `{weeks}`, `{new}` and `{paid}` are filled by `Wording.fill`. Without a phone number
the clinic is still named as the way on.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """One outcome in the client's words: the page's heading, what it means, and how to go on (may be empty)."""

    heading: str
    text: str
    way_on: str = ""

    def fill(self, *, phone: str, **values: str) -> "Wording":
        """The same with its values put in, by plain replacement: a value is never read as a pattern."""
        return Wording(*(_fill(text, phone, values) for text in (self.heading, self.text, self.way_on)))


def _fill(text: str, phone: str, values: dict[str, str]) -> str:
    if not phone:
        text = (
            text.replace("Call the clinic on {phone}", "Contact the clinic")
            .replace(" If it is urgent: call {phone}.", "")
            .replace(": call {phone}", "")
        )
    for name, value in (values | {"phone": phone}).items():
        text = text.replace(f"{{{name}}}", value)
    return text


CALL = "Call the clinic on {phone} and they will help you."

WORDINGS = {
    "ok_changed": Wording(
        "Your appointment is now {new}",
        "The clinic has been told. If you get messages from the clinic, a confirmation is on its way.",
    ),
    "ok_cancelled": Wording(
        "Your appointment is cancelled",
        "The clinic has been told. If you get messages from the clinic, a confirmation is on its way.",
    ),
    "unchanged": Wording(
        "Your appointment is already at that time", "Nothing was changed and nobody was told anything."
    ),
    "link_unknown_or_expired": Wording(
        "This link does not work any more",
        "It may be incomplete, or the appointment it was for has started or passed.",
        "Open the link in your newest message, or ask for a link to all your appointments. You can also contact the "
        "clinic: call {phone}.",
    ),
    "sign_in_link_ended": Wording(
        "This link does not work any more",
        "A link works for 30 minutes and lets you in once. When you ask for a new one, the older one ends.",
        "We can send a new link to where this one went.",
    ),
    "link_asked_for": Wording(
        "If it is on record, a link is on its way",
        "If the clinic knows what you entered, a message with a link arrives there in a few minutes.",
        "You can always contact the clinic: call {phone}.",
    ),
    "contact_missing": Wording("There is a problem", "Enter an e-mail address or a mobile number"),
    "contact_unreadable": Wording(
        "There is a problem",
        "Enter an e-mail address, like name@example.org, or a mobile number, like 07700 900123",
    ),
    "choose_client": Wording(
        "Whose appointments do you want to see?",
        "The details that you confirmed belong to more than one person on the clinic’s record.",
    ),
    "no_client_chosen": Wording("There is a problem", "Choose a name"),
    "no_upcoming": Wording("You have no upcoming appointments", "", "To book one, contact the clinic: call {phone}."),
    "no_previous": Wording("You have no previous appointments", ""),
    "upcoming_not_shown": Wording("The clinic does not show upcoming appointments here", "", CALL),
    "previous_not_shown": Wording("The clinic does not show previous appointments here", "", CALL),
    "cancel_paid": Wording(
        "{paid}",
        "Nothing is refunded by cancelling here: whether you get money back is for the clinic to decide.",
    ),
    "mismatch": Wording(
        "There is a problem",
        "The details do not match what the clinic has on record. Check the date of birth and the postcode.",
    ),
    "too_many_tries": Wording(
        "Too many tries",
        "The details were entered wrongly too often, so this is closed for your protection for a while.",
        CALL,
    ),
    "some_incomplete": Wording(
        "Something may be missing on the clinic’s record",
        "If these details are right, the clinic’s record may be missing one of them.",
        "Call the clinic on {phone}. As soon as they have added it, your link works.",
    ),
    "record_incomplete": Wording(
        "Please contact the clinic",
        "The clinic's record is missing a detail that we need to confirm who you are.",
        "Call the clinic on {phone}. As soon as they have added it, your link works.",
    ),
    "portal_off": Wording("Managing appointments online is switched off", "", CALL),
    "changes_not_offered": Wording(
        "You cannot change this appointment online",
        "The clinic does not offer changes online for this appointment.",
        CALL,
    ),
    "cancellations_not_offered": Wording(
        "You cannot cancel this appointment online",
        "The clinic does not offer cancellations online for this appointment.",
        CALL,
    ),
    "messages_not_offered": Wording(
        "The clinic does not take messages here", "Nothing was changed. Try again without a message.", CALL
    ),
    "too_late_to_change": Wording(
        "It is too late to change this appointment online",
        "Changes online end {window} before the start.",
        CALL,
    ),
    "too_late_to_cancel": Wording(
        "It is too late to cancel this appointment online",
        "Cancellations online end {window} before the start.",
        CALL,
    ),
    "clinician_not_available_online": Wording(
        "This clinician's times are not online at the moment", "The time cannot be changed here.", CALL
    ),
    "no_free_times": Wording("There are no free times in the next {weeks}", "", CALL),
    "slot_taken": Wording(
        "That time has just been taken", "Your appointment is unchanged. Choose another time; your message is kept."
    ),
    "slot_not_offered": Wording(
        "That time is not on offer any more",
        "Your appointment is unchanged. Choose another time; your message is kept.",
    ),
    "no_time_chosen": Wording("There is a problem", "Choose a time"),
    "changed_meanwhile": Wording(
        "The clinic has changed your appointment in the meantime",
        "So what you sent was not done.",
    ),
    "already_cancelled": Wording("This appointment is already cancelled", "Nothing was changed.", CALL),
    "in_the_past": Wording("This appointment is in the past", "It cannot be changed or cancelled any more.", CALL),
    "session_ended": Wording(
        "You have been signed out",
        "This happens when nothing was opened for a while, so that nobody else can see your appointment.",
        "Open the link in your message again and confirm your details.",
    ),
    "session_ended_ask": Wording(
        "You have been signed out",
        "This happens when nothing was opened for a while, so that nobody else can see your appointments.",
        "Ask for a new link to come back, or open the link in a message about your appointment.",
    ),
    "unavailable": Wording(
        "Sorry, something is not working at the moment",
        "Nothing was changed.",
        "Try again in a minute. If it is urgent: call {phone}.",
    ),
    "unavailable_unknown": Wording(
        "Sorry, something is not working at the moment",
        "We do not know yet whether this was done.",
        "Send it again: it is done once at most. " + CALL,
    ),
    "unexpected": Wording(
        "Sorry, there is a problem with this page", "Nothing was changed.", "Try again later. " + CALL
    ),
    "not_found": Wording(
        "Page not found", "If you typed the address, check it. If you followed a link, open it again from your message."
    ),
    "body_too_large": Wording("That was too much text", "Nothing was changed. Go back and send a shorter text."),
    "form_too_old": Wording(
        "This page was open for too long",
        "Nothing was changed.",
        "Go back, load the page again, and send it once more.",
    ),
    "invalid": Wording("That could not be understood", "Nothing was changed.", "Go back and try again. " + CALL),
    "command_reused": Wording("This form was already sent", "Nothing was changed by sending it again.", ""),
    "forbidden": Wording("You cannot do this", "Nothing was changed.", ""),
}
"""Every outcome of features.md, "Outcomes that need wording", and what HTTP itself can answer."""


def wording_of(code: str) -> Wording:
    """The wording of a code; a code that has none is told as an unexpected problem."""
    return WORDINGS.get(code, WORDINGS["unexpected"])
