"""Whether a consumer has followed its source since this process started: a restored copy must not be shown before."""

import threading
from collections.abc import Mapping
from uuid import UUID

from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Database
from clinic.infra.delivery_rule import Checkpoint
from clinic.infra.sources import EventSource
from clinic.kernel.errors import Unavailable


class CaughtUp:
    """Judges, practice by practice, once: what was followed to the source's end stays so while this process lives.

    The consumer may run in another process; only its checkpoint is read. Everything that was put back to an older time
    is behind, ahead of, or beside the source's feed then, and is told from one that has kept up.
    """

    def __init__(self, database: Database, consumer: str, source: EventSource) -> None:
        self._database = database
        self._rows = ConsumerRows(consumer, source.name)
        self._source = source
        self._targets: Mapping[UUID, int] | None = None
        self._seen: set[UUID] = set()
        self._lock = threading.Lock()

    def judge(self, practice_id: UUID) -> None:
        """Unavailable while the practice has not been followed to where its events ended when this was first asked.

        A practice that had none then has nothing that could have been put back.
        """
        if practice_id in self._seen:
            return
        with self._lock:
            self._judge(practice_id, self._wanted().get(practice_id, 0))

    def judge_all(self) -> None:
        """The same for every practice but those that are stopped: their own calls say so."""
        with self._lock:
            wanted = self._wanted()
            with self._database.connection() as connection:
                found = self._rows.checkpoints(connection)
            stopped = {practice for practice, point in found.items() if point.stopped_reason}
            for practice_id in wanted.keys() - self._seen - stopped:
                self._judge(practice_id, wanted[practice_id])

    def _wanted(self) -> Mapping[UUID, int]:
        if self._targets is None:
            self._targets = {practice: head.position for practice, head in self._source.heads().items()}
        return self._targets

    def _judge(self, practice_id: UUID, head: int) -> None:
        if practice_id in self._seen:
            return
        with self._database.connection() as connection:
            point = self._rows.checkpoint(connection, practice_id) or Checkpoint()
        if point.stopped_reason:
            raise Unavailable(f"{self._rows.consumer} is stopped: {point.stopped_reason}")
        if point.position < head:
            raise Unavailable(f"{self._rows.consumer} has not caught up with {self._source.name} yet")
        if point.position:
            there = self._source.events(practice_id, point.position - 1, 1)
            if not there or there[0].event_id != point.event_id:
                raise Unavailable(f"{self._source.name} was put back to an older time: `clinic consumers repair`")
        self._seen.add(practice_id)
