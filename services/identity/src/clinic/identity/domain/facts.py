"""The two facts that confirm identity: date of birth and postcode, as typed and as recorded (F8, F10, F15)."""

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Errors = Mapping[str, list[str]]
"""Per field (`day`, `month`, `year`, `date_of_birth`, `postcode`) the codes of what is wrong with it."""

_DIGITS = {"day": 2, "month": 2, "year": 4}


@dataclass(frozen=True, slots=True)
class Facts:
    """A complete pair of facts. The postcode is in its canonical form. Never printed: `repr` shows neither."""

    date_of_birth: date
    postcode: str

    def __repr__(self) -> str:
        return "Facts(…)"


class IncompleteFacts(Exception):
    """What was typed is no complete pair of facts: it counts no try (F12). `errors` says which field and why."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("incomplete")
        self.errors = errors


def read_facts(day: str, month: str, year: str, postcode: str, today: date) -> Facts:
    """The facts as typed; IncompleteFacts for anything empty, malformed, impossible (31 June) or after `today`."""
    errors: dict[str, list[str]] = {}
    numbers: dict[str, int] = {}
    for name, typed in (("day", day.strip()), ("month", month.strip()), ("year", year.strip())):
        if not typed:
            errors[name] = ["missing"]
        elif not (typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS[name]):
            errors[name] = ["not_a_number"]
        else:
            numbers[name] = int(typed)
    canonical = canonical_postcode(postcode)
    if not canonical:
        errors["postcode"] = ["missing"]
    born = _born(numbers, today, errors) if len(numbers) == len(_DIGITS) else None
    if errors or born is None:
        raise IncompleteFacts(errors)
    return Facts(born, canonical)


def canonical_postcode(postcode: str) -> str:
    """A postcode without case and spaces, whatever its format (F15: people live abroad)."""
    return "".join(unicodedata.normalize("NFKC", postcode).casefold().split())


def same_facts(entered: Facts, date_of_birth: date | None, postcode: str) -> bool:
    """Whether both are the record's: compares both always, in constant time; a missing fact matches none."""
    recorded = date_of_birth.isoformat() if date_of_birth else "0000-00-00"
    born = hmac.compare_digest(entered.date_of_birth.isoformat().encode(), recorded.encode())
    lives = hmac.compare_digest(_bytes(entered.postcode), _bytes(canonical_postcode(postcode)))
    return born & lives


def is_complete(date_of_birth: date | None, postcode: str) -> bool:
    """Whether a record has both facts: without them nobody gets in (F10)."""
    return date_of_birth is not None and canonical_postcode(postcode) != ""


def _bytes(text: str) -> bytes:
    """Whatever characters somebody sent."""
    return text.encode("utf-8", "surrogatepass")


def _born(numbers: Mapping[str, int], today: date, errors: dict[str, list[str]]) -> date | None:
    """A year of fewer than four digits is impossible: nobody alive was born before the year 1000."""
    try:
        born = date(numbers["year"], numbers["month"], numbers["day"])
    except ValueError:
        errors["date_of_birth"] = ["impossible"]
        return None
    if born.year < 1000:
        errors["date_of_birth"] = ["impossible"]
    elif born > today:
        errors["date_of_birth"] = ["in_future"]
    return born
