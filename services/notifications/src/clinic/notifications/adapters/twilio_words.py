"""Twilio's error codes in words for staff (https://www.twilio.com/docs/api/errors): what to do about the number."""

REFUSED = "Twilio refused it"

WORDS = {
    21211: "the mobile number is not valid",
    21214: "the mobile number cannot be reached",
    21217: "the mobile number is not valid",
    21265: "the mobile number must not be a short code",
    21408: "text messages to this country are switched off at Twilio",
    21610: "the client has unsubscribed from text messages (STOP)",
    21612: "the mobile number cannot be reached from our sender",
    21614: "the number is not a mobile number",
    21617: "the text is too long",
    30003: "the phone cannot be reached: switched off or without reception",
    30004: "the phone or its network blocks the message",
    30005: "the mobile number is unknown or no longer in use",
    30006: "the number is a landline or its network cannot be reached",
    30007: "the mobile network filtered the message",
    30008: "the mobile network gave no reason",
    30036: "it could not be delivered in time",
}
"""About the recipient or the text: it will not go, now or later."""

OURS = {
    20003: "Twilio does not accept our credentials",
    21212: "our sender is not valid at Twilio",
    21603: "our sender is missing at Twilio",
    21606: "our sender cannot send text messages at Twilio",
    21609: "our address for delivery reports is not valid at Twilio",
    21611: "our sender's queue at Twilio is full",
    21659: "our sender is not one of our numbers at Twilio",
    20429: "Twilio asks to wait",
    30001: "Twilio's queue is full",
    30002: "our account at Twilio is suspended",
}
"""About ourselves: nothing was taken, and an operator can put it right while the message waits."""


def in_words(code: object) -> str:
    """The words for a code; where there are none, the code itself."""
    try:
        number = int(str(code))
    except ValueError:
        return REFUSED
    return WORDS.get(number) or OURS.get(number) or (f"{REFUSED} (code {number})" if number > 999 else REFUSED)


def is_ours(code: object) -> bool:
    """Whether a refusal is our own set-up's fault, not the recipient's."""
    return code in OURS
