"""Telephone numbers in the one form in which records keep them and requests are compared: E.164."""

import phonenumbers


class NotANumber(ValueError):
    """What was given is no telephone number; the message says it without repeating the number."""


def e164(given: str) -> str:
    """`+447700900001`, whatever spaces, brackets and zeros it was given with; a number without a country is British.

    A row of zeros is none. Read again until it is its own canonical form: of `+44 (0)016977 2030` one reading takes
    away one zero only, and whoever types the number in another way would not be found.
    """
    try:
        number = phonenumbers.parse(given, "GB")
    except phonenumbers.NumberParseException:
        raise NotANumber("is not a telephone number") from None
    if not phonenumbers.is_possible_number(number) or number.national_number == 0:
        raise NotANumber("is not a possible telephone number")
    canonical = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return canonical if canonical == given else e164(canonical)
