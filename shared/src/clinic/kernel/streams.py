"""Stream names: `<category>-<uuid>`, as in message-db."""

from typing import Literal
from uuid import UUID

Category = Literal[
    "appointment",
    "message",
    "settings",
    "practice",
    "user",
    "client",
    "clinician",
    "location",
    "type",
    "rules",
    "sign_in",
    "refusal",
    "confirmation",
]


def stream_id(category: Category, entity_id: UUID) -> str:
    """The name of an entity's stream, for example `appointment-018f…`."""
    return f"{category}-{entity_id}"


def category_of(stream: str) -> str:
    """The part before the first dash."""
    return stream.partition("-")[0]
