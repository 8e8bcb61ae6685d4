"""The consumer of appointments' events, as the listing needs it: positions, and one kind of failure."""

from uuid import UUID

from clinic.infra.consumer import Consumer
from clinic.infra.delivery_rule import Stopped
from clinic.kernel.errors import Unavailable


class ConsumerFollower:
    """The follower of `clinic.availability.application.ports`. A stopped practice is as good as no answer."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def checkpoint(self, practice_id: UUID) -> int:
        """The position up to which the copy is true."""
        return self._consumer.checkpoint(practice_id).position

    def catch_up(self, practice_id: UUID, *, deadline_seconds: float | None = None) -> int:
        """The position reached; Unavailable when the ledger or the database does not answer, or after a rewind."""
        try:
            return self._consumer.catch_up(practice_id, deadline_seconds=deadline_seconds)
        except Stopped as stopped:
            raise Unavailable(f"appointments are not followed: {stopped}") from stopped
