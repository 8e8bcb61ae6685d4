"""How events take effect: tried under a lock, counted before they are tried, committed together with the checkpoint."""

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import psycopg

from clinic.infra.consumer_rows import Begun, ConsumerRows, last_error_of, tries_of
from clinic.infra.database import SERVER_TROUBLE, Connection, Database
from clinic.infra.delivery_rule import Checkpoint
from clinic.infra.turns import Fenced, Turns
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Recorded

Handle = Callable[[Connection, Recorded], None]
"""Applies one event; the connection is inside the transaction that also moves the checkpoint, `app.practice` is set."""

HandleMany = Callable[[Connection, Sequence[Recorded]], None]
"""Applies several events that have a handle, in order, with the same effect as one after the other."""

MAX_ATTEMPTS = 3
PAUSE_SECONDS = 0.05

log = logging.getLogger(__name__)


class Stopping(Exception):
    """The process is to end: raised between batches, nothing is lost."""


class Applier:
    """Applies events that continue a checkpoint, in batches; after a failure one by one.

    An event that failed `MAX_ATTEMPTS` times, or ended the process as often, is parked with its reason, and so is
    every later event of its stream. Trouble with the database or the network is `Unavailable`: not counted, but told.
    """

    def __init__(
        self,
        database: Database,
        rows: ConsumerRows,
        turns: Turns,
        handles: Mapping[str, Handle],
        batch: int,
        handle_many: HandleMany | None = None,
    ) -> None:
        self.breathe: Callable[[], None] = lambda: None
        self._database = database
        self._rows = rows
        self._handles = handles
        self._handle_many = handle_many
        self._batch = batch
        self._turns = turns
        self._unforgiven: list[tuple[UUID, int, int]] = []

    def apply(
        self,
        practice_id: UUID,
        checkpoint: Checkpoint,
        events: Sequence[Recorded],
        unfit: Mapping[int, str],
        deadline: float | None = None,
    ) -> Checkpoint:
        """The checkpoint after all events, or after those that `deadline` (of the monotonic clock) left time for.

        `unfit` are the positions that must not be tried, with the reason for parking them. Fenced where somebody else
        was faster.
        """
        done = 0
        while done < len(events) and not (deadline and time.monotonic() >= deadline):
            self.breathe()
            applied = self._step(practice_id, checkpoint, events[done : done + self._batch], unfit, deadline)
            done += applied
            if applied:
                checkpoint = checkpoint.moved_to(events[done - 1])
            else:
                time.sleep(PAUSE_SECONDS)
        return checkpoint

    def _step(
        self,
        practice_id: UUID,
        seen: Checkpoint,
        events: Sequence[Recorded],
        unfit: Mapping[int, str],
        deadline: float | None,
    ) -> int:
        """Tries a batch, or the first event alone where it was tried before; how many took effect or were parked."""
        first = events[0]
        self._forgive()
        with self._turns.turn(practice_id, deadline) as connection:
            with connection.transaction():
                self._rows.enter(connection, practice_id)
                checkpoint, begun = self._rows.state(connection, practice_id)
                if (checkpoint.position, checkpoint.event_id) != (seen.position, seen.event_id):
                    raise Fenced
                tries = tries_of(begun, first.position)
                if tries:
                    events = events[:1]
                if tries < MAX_ATTEMPTS:
                    self._rows.begin(connection, practice_id, events)
            given_up = tries if tries >= MAX_ATTEMPTS else 0
            if given_up:
                unfit = {first.position: _why(begun, first)}
                log.error("parks %s %s at %s: %s", first.type, first.event_id, first.position, unfit[first.position])
            return self._try(connection, practice_id, checkpoint, events, unfit, given_up)

    def _try(
        self,
        connection: Connection,
        practice_id: UUID,
        seen: Checkpoint,
        events: Sequence[Recorded],
        unfit: Mapping[int, str],
        given_up: int,
    ) -> int:
        span = (practice_id, events[0].position, events[-1].position)
        try:
            with connection.transaction():
                self._rows.enter(connection, practice_id)
                self._commit(connection, practice_id, seen, events, unfit, given_up)
        except (Fenced, Stopping):
            self._unforgiven.append(span)
            raise
        except (Unavailable, *SERVER_TROUBLE, psycopg.InterfaceError) as error:
            self._unforgiven.append(span)
            raise Unavailable(f"{self._rows.consumer}: {type(error).__name__}") from error
        except Exception as error:
            if connection.closed:
                self._unforgiven.append(span)
                raise Unavailable(f"{self._rows.consumer}: connection lost") from error
            log.warning("%s failed at %s-%s: %s", self._rows.consumer, *span[1:], said(error))
            with connection.transaction():
                self._rows.enter(connection, practice_id)
                self._rows.failed(connection, *span, said(error))
            return 0
        return len(events)

    def _commit(
        self,
        connection: Connection,
        practice_id: UUID,
        seen: Checkpoint,
        events: Sequence[Recorded],
        unfit: Mapping[int, str],
        given_up: int,
    ) -> None:
        """Checkpoint and effects: inside one transaction."""
        if not self._rows.move(connection, practice_id, seen, events[-1]):
            raise Fenced
        parked = self._rows.parked_streams(connection, practice_id) if seen.parked else {}
        applicable = []
        for event in events:
            if event.stream_id in parked:
                because = parked[event.stream_id]
                self._rows.park(connection, event, f"position {because} of its stream is parked", because)
            elif event.position in unfit:
                parked[event.stream_id] = event.position
                self._rows.park(connection, event, unfit[event.position], attempts=given_up)
            elif event.type in self._handles:
                applicable.append(event)
        self._take_effect(connection, applicable)
        self._rows.finish(connection, practice_id, events[-1].position)

    def _take_effect(self, connection: Connection, events: Sequence[Recorded]) -> None:
        if self._handle_many and len(events) > 1:
            self._handle_many(connection, events)
            return
        for event in events:
            self._handles[event.type](connection, event)

    def _forgive(self) -> None:
        """Takes back the attempts that failed for the database's sake, now that it answers."""
        while self._unforgiven:
            span = self._unforgiven.pop()
            try:
                with self._database.transaction(span[0]) as connection:
                    self._rows.forgive(connection, *span)
            except Unavailable:
                self._unforgiven.append(span)
                raise


def said(error: BaseException) -> str:
    """What failed and where, without the exception's text: it may quote a person's data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _why(begun: Sequence[Begun], event: Recorded) -> str:
    return f"failed {MAX_ATTEMPTS} times: {last_error_of(begun, event.position)}"
