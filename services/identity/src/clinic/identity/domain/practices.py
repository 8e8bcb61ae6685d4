"""A practice as identity knows it, and its part of an address."""

import re
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice with the effective state of its portal; `portal_off_text` is what to show while it is off."""

    practice_id: UUID
    slug: str
    name: str
    phone: str
    email: str
    zone: str
    nation: str
    portal_on: bool = False
    portal_off_text: str = ""


def is_slug(text: str) -> bool:
    """Whether a text can be a practice's part of an address: lower-case letters, digits and dashes."""
    return re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", text) is not None
