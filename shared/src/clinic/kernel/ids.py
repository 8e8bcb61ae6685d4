"""Identifiers are UUIDv7 (RFC 9562 section 5.7): unique everywhere and close together in an index."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new UUIDv7 as a standard library UUID."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
