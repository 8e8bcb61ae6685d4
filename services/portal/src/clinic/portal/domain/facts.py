"""Date of birth and postcode as the client typed them: complete enough to be asked about?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PARTS = ("day", "month", "year")
MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a form; `field` is the element's id."""

    field: str
    text: str


def check_facts(facts: Mapping[str, str]) -> list[FieldError]:
    """What the client must complete before identity is asked: such a post does not count as a try (F14).

    The postcode has no format (F15); whether the date exists is identity's word.
    """
    errors = []
    missing = [part for part in PARTS if not facts[part]]
    if len(missing) == len(PARTS):
        errors.append(FieldError("day", "Enter the date of birth"))
    elif missing:
        errors.append(FieldError(missing[0], f"The date of birth must include a {' and a '.join(missing)}"))
    if not facts["postcode"]:
        errors.append(FieldError("postcode", "Enter the postcode"))
    too_long = [name for name, typed in facts.items() if len(typed) > MAX_LENGTH]
    return errors + [FieldError(name, f"This must have {MAX_LENGTH} characters or fewer") for name in too_long]


def say_incomplete(errors: Mapping[str, Sequence[str]]) -> list[FieldError]:
    """Identity's word on facts that were not complete: codes per field, one sentence for the date as a whole."""
    said = []
    codes = {code for name, found in errors.items() if name != "postcode" for code in found}
    if "in_future" in codes:
        said.append(FieldError("day", "The date of birth must be in the past"))
    elif codes:
        said.append(FieldError("day", "The date of birth must be a real date"))
    if "postcode" in errors:
        said.append(FieldError("postcode", "Enter the postcode"))
    return said
