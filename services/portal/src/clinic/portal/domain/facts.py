"""Date of birth and postcode as the client typed them: complete enough to be asked about?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

PARTS = ("day", "month", "year")
MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a form; `field` is the element's id."""

    field: str
    text: str


def check_facts(facts: Mapping[str, str]) -> list[FieldError]:
    """What the client must complete first: such a post does not count as a try (F14).

    The postcode has no format (F15). The date only has to be one that exists.
    """
    errors = []
    missing = [part for part in PARTS if not facts[part]]
    if len(missing) == len(PARTS):
        errors.append(FieldError("day", "Enter the date of birth"))
    elif missing:
        errors.append(FieldError(missing[0], f"The date of birth must include a {' and a '.join(missing)}"))
    elif not _exists(facts):
        errors.append(FieldError("day", "The date of birth must be a real date"))
    if not facts["postcode"]:
        errors.append(FieldError("postcode", "Enter the postcode"))
    elif len(facts["postcode"]) > MAX_LENGTH:
        errors.append(FieldError("postcode", f"The postcode must have {MAX_LENGTH} characters or fewer"))
    return errors


def _exists(facts: Mapping[str, str]) -> bool:
    if not all(facts[part].isascii() and facts[part].isdigit() and len(facts[part]) <= 4 for part in PARTS):
        return False
    try:
        date(int(facts["year"]), int(facts["month"]), int(facts["day"]))
    except ValueError:
        return False
    return True
