"""Where a consumer asks for events: another service's feed over HTTP, or the service's own ledger."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from clinic.contracts.codec import MalformedEvent
from clinic.infra import event_store, wire
from clinic.infra.database import Database
from clinic.infra.service_client import ServiceClient
from clinic.kernel.errors import Refused, Unavailable
from clinic.kernel.ids import id_of
from clinic.kernel.recorded import Head, Recorded


class EventSource(Protocol):
    """A ledger that can be asked. Trouble of any kind is `Unavailable`.

    `trusted` says that data need no check against the published shape, because this service recorded them itself.
    """

    @property
    def name(self) -> str:
        """The publishing service."""

    @property
    def trusted(self) -> bool:
        """Whether the data come from this service's own ledger."""

    def heads(self) -> Mapping[UUID, Head]:
        """The end of every practice's ledger."""

    def events(
        self, practice_id: UUID, after: int, limit: int, *, timeout_seconds: float | None = None
    ) -> Sequence[Recorded]:
        """Up to `limit` events with position > `after`, in order."""


class HttpSource:
    """Another service's feed (`GET /v1/heads`, `GET /v1/events`)."""

    trusted = False

    def __init__(self, client: ServiceClient, name: str) -> None:
        self._client = client
        self.name = name

    def heads(self) -> Mapping[UUID, Head]:
        """The end of every practice's ledger; a release before this one told no event ids."""
        answer = self._get("/v1/heads", None)
        last = answer.get("last_event_ids", {})
        return {
            UUID(practice): Head(int(position), id_of(last.get(practice)))
            for practice, position in answer["heads"].items()
        }

    def events(
        self, practice_id: UUID, after: int, limit: int, *, timeout_seconds: float | None = None
    ) -> Sequence[Recorded]:
        """Up to `limit` events with position > `after`, in order. An envelope that cannot be read is `Unavailable`."""
        answer = self._get("/v1/events", timeout_seconds, practice=str(practice_id), after=after, limit=limit)
        try:
            return [wire.from_json(body) for body in answer["events"]]
        except MalformedEvent as error:
            raise Unavailable(f"{self.name} answered what is no event") from error

    def _get(self, path: str, timeout_seconds: float | None, **query: Any) -> Any:
        try:
            return self._client.get(path, timeout=timeout_seconds, **query)
        except Refused as refusal:
            raise Unavailable(f"{self.name} refused {path}: {refusal.code}") from refusal


class LocalSource:
    """The service's own events, read from its own database: what the projector follows."""

    trusted = True

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self.name = name

    def heads(self) -> Mapping[UUID, Head]:
        """The end of every practice's ledger."""
        with self._database.connection() as connection:
            return event_store.last_events(connection)

    def events(
        self, practice_id: UUID, after: int, limit: int, *, timeout_seconds: float | None = None
    ) -> Sequence[Recorded]:
        """Up to `limit` events with position > `after`, in order."""
        with self._database.transaction(practice_id) as connection:
            return event_store.read_after(connection, practice_id, after, limit)
