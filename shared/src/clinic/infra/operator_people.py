"""What identity does for the operators' commands of other services, found by an entry point: they never import it.

The entry point `people` of the group `clinic.operating` gives the `People`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol, cast
from uuid import UUID

from clinic.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class PracticeFound:
    """A practice with its zone."""

    id: UUID
    slug: str
    name: str
    zone: str


class People(Protocol):
    """Unavailable where a database is away or its address is not set."""

    def practice(self, said: str) -> PracticeFound | None:
        """The practice of an id or of the name in its address (`harbour-street`)."""

    def names(self, practice_id: UUID, clients: Sequence[UUID], users: Sequence[UUID]) -> Mapping[UUID, str]:
        """Today's names of clients and users."""

    def unseal(
        self, practice_id: UUID, client_id: UUID, reason: str, messages: Sequence[tuple[UUID, Mapping[str, Any]]]
    ) -> Mapping[UUID, str | None]:
        """Messages (event id, sealed) in clear, None where the key is gone; recorded with the reason before."""


def people() -> People:
    """Identity's answers to operators."""
    for point in entry_points(group="clinic.operating", name="people"):
        return cast(People, point.load()())
    raise Unavailable("identity is not installed here")
