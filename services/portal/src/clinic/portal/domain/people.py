"""Several records that the same facts fit, by first name (F13)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.portal.domain.session import Choice


@dataclass(frozen=True, slots=True)
class NamedChoice:
    """One radio: the record it stands for and what is said beside it."""

    client_id: UUID
    said: str


def name_choices(choices: Sequence[Choice]) -> list[NamedChoice]:
    """By first name; equal names are told apart by a number, since a clinic may keep two records of one person."""
    ordered = sorted(choices, key=lambda each: (each.first_name.casefold(), each.client_id))
    how_many, so_far = Counter(each.first_name for each in ordered), Counter[str]()
    named = []
    for each in ordered:
        so_far[each.first_name] += 1
        number = f" (record {so_far[each.first_name]})" if how_many[each.first_name] > 1 else ""
        named.append(NamedChoice(each.client_id, f"{each.first_name}{number}"))
    return named
