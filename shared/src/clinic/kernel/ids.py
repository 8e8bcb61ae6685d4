"""Identifiers are UUIDv7 (RFC 9562 section 5.7): unique everywhere and close together in an index."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new UUIDv7 as a standard library UUID."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def id_text(value: UUID | None) -> str | None:
    """An id as text; None stays None."""
    return None if value is None else str(value)


def id_of(text: str | None) -> UUID | None:
    """The id that a text writes; None stays None. ValueError for any other text."""
    return None if text is None else UUID(text)
