"""One cell of a CSV file to one value; `Invalid` says what is wrong and what would be right."""

import re
from decimal import Decimal, DecimalException
from unicodedata import category
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from clinic.kernel.telephone import NotANumber, e164
from clinic.practice_files.faults import Invalid

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAX_TEXT = 500
MINUTES_OF_A_DAY = 1440
BREAKS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of what ends a line somewhere: in a mail's header, a calendar file, a log."""


def text(cell: str) -> str:
    """Any text, trimmed, up to 500 characters, without control characters."""
    trimmed = cell.strip()
    if len(trimmed) > MAX_TEXT:
        raise Invalid(f"has {len(trimmed)} characters; {MAX_TEXT} are allowed")
    if not trimmed.isprintable() and any(category(character) in BREAKS for character in trimmed):
        raise Invalid("has a control character or a line break")
    return trimmed


def needed(cell: str) -> str:
    """A text that may not be empty."""
    if not (found := text(cell)):
        raise Invalid("is empty")
    return found


def references(cell: str) -> tuple[str, ...]:
    """References separated by spaces."""
    return tuple(cell.split())


def no_unless_yes(cell: str) -> bool:
    """`yes` or `no`; an empty cell is no."""
    return yes_or_no(cell or "no")


def yes_or_no(cell: str) -> bool:
    """`yes` or `no`."""
    match cell.strip().lower():
        case "yes":
            return True
        case "no":
            return False
        case other:
            raise Invalid(f"{other!r} is neither yes nor no")


def whole_number(cell: str) -> int:
    """A whole number from 0 to 100,000."""
    trimmed = cell.strip()
    if not re.fullmatch(r"\d{1,6}", trimmed) or int(trimmed) > 100_000:
        raise Invalid(f"{trimmed!r} is not a whole number from 0 to 100,000")
    return int(trimmed)


def minutes_over_zero(cell: str) -> int:
    """A length in minutes, from 1 to 1,440."""
    if (number := minutes(cell)) == 0:
        raise Invalid("0 is not a length from 1 minute")
    return number


def minutes(cell: str) -> int:
    """A length in minutes, from 0 to 1,440."""
    number = whole_number(cell)
    if number > MINUTES_OF_A_DAY:
        raise Invalid(f"{number} is not a length from 0 to {MINUTES_OF_A_DAY} minutes")
    return number


def pence_over_zero(cell: str) -> int:
    """An amount that was paid."""
    if (amount := pence(cell)) == 0:
        raise Invalid("0 was not paid: leave the row out")
    return amount


def currency(cell: str) -> str:
    """Three letters of ISO 4217; an empty cell is GBP."""
    code = cell.strip().upper() or "GBP"
    if not re.fullmatch("[A-Z]{3}", code):
        raise Invalid(f"{cell.strip()!r} is not a currency such as GBP")
    return code


def pence(cell: str) -> int:
    """An amount in pounds such as `45.00`, as whole pence."""
    try:
        amount = Decimal(cell.strip() or "0") * 100
    except DecimalException:
        raise Invalid(f"{cell.strip()!r} is not an amount such as 45.00") from None
    if amount != amount.to_integral_value() or not 0 <= amount < 10_000_000:
        raise Invalid(f"{cell.strip()!r} is not an amount in pounds and whole pence")
    return int(amount)


def weekday(cell: str) -> int:
    """The English name of a weekday; Monday is 0."""
    try:
        return WEEKDAYS.index(cell.strip().lower())
    except ValueError:
        raise Invalid(f"{cell.strip()!r} is not a weekday such as Monday") from None


def zone(cell: str) -> str:
    """An IANA time zone that this machine's tz database knows."""
    name = needed(cell)
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise Invalid(f"{name!r} is not a time zone such as Europe/London") from None


def email(cell: str) -> str:
    """An e-mail address in lower case, or empty. Its syntax is checked, not whether it exists."""
    trimmed = text(cell)
    if not trimmed:
        return ""
    try:
        return validate_email(trimmed, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        raise Invalid("is not an address such as name@example.com") from None


def mobile(cell: str) -> str:
    """A telephone number in E.164, or empty. `07…` is British; `+…` and `00…` name their country."""
    trimmed = text(cell)
    if not trimmed:
        return ""
    if not re.match(r"[\s().-]*[0+]", trimmed):
        raise Invalid(
            "has no country: it starts neither with 0 (then it is British) nor with + or 00 and a country code"
        )
    try:
        return e164(trimmed)
    except NotANumber as error:
        raise Invalid(str(error)) from None
