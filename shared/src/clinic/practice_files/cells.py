"""One cell of a CSV file to one value; `Invalid` says what is wrong and what would be right."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from unicodedata import category
from zoneinfo import ZoneInfo

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from clinic.infra.clock import utc_now
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
    if any(category(character) in BREAKS for character in trimmed):
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


def pence(cell: str) -> int:
    """An amount in pounds such as `45.00`, as whole pence."""
    try:
        amount = Decimal(cell.strip() or "0") * 100
    except InvalidOperation:
        raise Invalid(f"{cell.strip()!r} is not an amount such as 45.00") from None
    if amount != amount.to_integral_value() or not 0 <= amount < 10_000_000:
        raise Invalid(f"{cell.strip()!r} is not an amount in pounds and whole pence")
    return int(amount)


def iso_date(cell: str) -> date:
    """`YYYY-MM-DD`, a day that exists."""
    trimmed = cell.strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", trimmed):
        raise Invalid(f"{trimmed!r} is not a date such as 1984-11-04")
    try:
        return date.fromisoformat(trimmed)
    except ValueError:
        raise Invalid(f"{trimmed} is a date that does not exist") from None


def birth_date(cell: str) -> date | None:
    """A date of birth, or None for an empty cell."""
    if not cell.strip():
        return None
    born = iso_date(cell)
    if born.year < 1890 or born > utc_now().date():
        raise Invalid("cannot be a date of birth: it is in the future or before 1890")
    return born


def wall_time(cell: str) -> time | None:
    """`HH:MM`; None for `24:00` (and for `23:59`, which other systems write when they mean it)."""
    trimmed = cell.strip()
    if trimmed in {"24:00", "23:59"}:
        return None
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", trimmed):
        raise Invalid(f"{trimmed!r} is not a time such as 09:30")
    return time.fromisoformat(trimmed)


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


def instant(cell: str, zone_name: str) -> datetime:
    """`YYYY-MM-DDTHH:MM` in the zone, or with an offset (`+01:00`, `Z`), as a UTC instant.

    Refused: a wall time that the clock change skips, and one that it repeats when no offset says which is meant.
    """
    trimmed = cell.strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})?", trimmed):
        raise Invalid(f"{trimmed!r} is not a time such as 2026-12-02T10:20")
    try:
        found = datetime.fromisoformat(trimmed)
    except ValueError:
        raise Invalid(f"{trimmed} is a date or time that does not exist") from None
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    first = found.replace(tzinfo=ZoneInfo(zone_name))
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(ZoneInfo(zone_name)).replace(tzinfo=None) != found:
        raise Invalid(f"{trimmed} does not exist in {zone_name}: the clocks go forward over it")
    raise Invalid(f"{trimmed} happens twice in {zone_name}: give it with its offset, for example {trimmed}+01:00")


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
    """A telephone number in E.164, or empty. Numbers without a country are British."""
    trimmed = text(cell)
    if not trimmed:
        return ""
    try:
        number = phonenumbers.parse(trimmed, "GB")
    except phonenumbers.NumberParseException:
        raise Invalid("is not a telephone number") from None
    if not phonenumbers.is_possible_number(number):
        raise Invalid("is not a possible telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def elapsed_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """The whole minutes between two instants."""
    return int((ends_at - starts_at) / timedelta(minutes=1))
