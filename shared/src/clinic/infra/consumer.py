"""A consumer: follows the events of one source, practice by practice, by the one rule (architecture.md section 5)."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from clinic.contracts.catalog import UnknownEvent, upcast
from clinic.contracts.codec import MalformedEvent, check_wire
from clinic.infra.applying import Applier, Handle, HandleMany
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Database
from clinic.infra.delivery_rule import Checkpoint, Stopped, ask_after, head_reason_to_stop, reason_to_stop, sort_out
from clinic.infra.parking import UNKNOWN, Parking
from clinic.infra.sources import EventSource
from clinic.infra.turns import Fenced, Turns
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Head, Recorded

PAGE = 500
COMPLAIN_SECONDS = 60.0

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class SourceUnavailable(Unavailable):
    """The ledger did not answer, the own database is well: the events stay there and are asked for again."""


class Consumer:
    """Applies every event of `source` once, in order per practice: effects and checkpoint commit together.

    `handles` names a function per event type; other known types are passed over. Several processes and threads may run
    the same `name` at once. An event that fails three times, or ends the process three times, is parked with every
    later event of its stream; database and network trouble (`Unavailable`) is never counted and reaches the caller.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        source: EventSource,
        handles: Mapping[str, Handle],
        *,
        batch: int = 100,
        handle_many: HandleMany | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.behind = False
        self._started = False
        self._complained: dict[UUID, float] = {}
        self._database = database
        self.handles = handles
        self._rows = ConsumerRows(name, source.name)
        turns = Turns(database, self._rows)
        self._applier = Applier(database, self._rows, turns, handles, batch, handle_many)
        self._parking = Parking(database, self._rows, handles, self._reason_unfit, turns)

    def breathe_with(self, breathe: Callable[[], None]) -> None:
        """Calls `breathe` before every batch: it may send a heartbeat, or raise `Stopping` to end a long catch-up."""
        self._applier.breathe = breathe

    def checkpoint(self, practice_id: UUID) -> Checkpoint:
        """How far this consumer has followed the practice."""
        with self._database.connection() as connection:
            return self._rows.checkpoint(connection, practice_id) or Checkpoint()

    def receive(self, events: Sequence[Recorded]) -> None:
        """Takes a delivery of the broker; when it returns, every event in it may be acknowledged.

        What does not fit is fetched from the source. Where the source is down, or a practice is stopped, the delivery
        can still be forgotten: the ledger has the events, and `catch_up_all` comes back to them.
        """
        practices: defaultdict[UUID, list[Recorded]] = defaultdict(list)
        for event in events:
            practices[event.practice_id].append(event)
        for practice_id, delivered in practices.items():
            try:
                self._receive(practice_id, delivered)
            except SourceUnavailable as error:
                self.behind = True
                log.warning("%s: something is missing and cannot be asked for now: %s", self.name, error)
            except Stopped as stopped:
                self._complain(practice_id, stopped)

    def pass_over(self, messages: int) -> None:
        """Counts messages that were no events; the source is asked for the real ones."""
        self.behind = True
        with self._database.connection() as connection:
            self._rows.count_unreadable(connection, messages)

    def catch_up(self, practice_id: UUID, *, until: int | None = None, deadline_seconds: float | None = None) -> int:
        """Follows the source up to `until` (its end when None) and gives the position reached.

        Gives less than `until` when `deadline_seconds` have passed or the source has no more. Stopped where the ledger
        was rewound; Unavailable where the source or the database does not answer.
        """
        deadline = None if deadline_seconds is None else time.monotonic() + deadline_seconds
        checkpoint = self._to_follow(practice_id)
        while until is None or checkpoint.position < until:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                break
            try:
                fetched = self._fetch(practice_id, checkpoint, left)
                if not fetched:
                    break
                unfit = self._unfit(fetched)
                checkpoint = self._applier.apply(practice_id, checkpoint, fetched, unfit, deadline)
            except Fenced:
                checkpoint = self._to_follow(practice_id)
        return checkpoint.position

    def catch_up_all(self) -> None:
        """Asks the source for its heads and fetches what is missing, practice by practice; then retries what is marked.

        A practice that is stopped, or whose ledger was rewound, is logged and the others go on. Unavailable where the
        source or the database does not answer.
        """
        with self._database.connection() as connection:
            checkpoints = self._rows.checkpoints(connection)
        heads = self._ask(self.source.heads)
        self.behind = False
        for practice_id in heads.keys() | checkpoints.keys():
            seen = checkpoints.get(practice_id, Checkpoint())
            try:
                self._check(practice_id, seen, heads.get(practice_id, Head(0)))
            except Stopped as stopped:
                self._complain(practice_id, stopped)
            except SourceUnavailable as error:
                log.warning("%s: practice %s cannot be followed now: %s", self.name, practice_id, error)
                self._ask(self.source.heads)
        self._started = True

    def _check(self, practice_id: UUID, seen: Checkpoint, head: Head) -> None:
        if seen.stopped_reason:
            raise Stopped(seen.stopped_reason)
        try:
            if reason := head_reason_to_stop(seen, head):
                self._stop(practice_id, seen, reason)
            if head.position > seen.position:
                self.catch_up(practice_id, until=head.position)
            if seen.parked and not self._started:
                self._parking.mark_known(practice_id)
            if seen.parked:
                self._parking.retry_marked(practice_id)
        except Fenced:
            self.behind = True

    def stopped(self) -> dict[UUID, str]:
        """The practices that are followed no further, with the reason: anything here is red."""
        with self._database.connection() as connection:
            found = self._rows.checkpoints(connection)
        return {practice: point.stopped_reason for practice, point in found.items() if point.stopped_reason}

    def _receive(self, practice_id: UUID, delivered: Sequence[Recorded]) -> None:
        checkpoint = self._to_follow(practice_id)
        unfit = self._unfit(delivered)
        sound = [event for event in delivered if event.position not in unfit]
        while True:
            found = sort_out(checkpoint, sound)
            try:
                checkpoint = self._applier.apply(practice_id, checkpoint, found.applicable, {})
                break
            except Fenced:
                checkpoint = self._to_follow(practice_id)
        last = max(event.position for event in delivered)
        if found.missing or checkpoint.position < last:
            self.catch_up(practice_id, until=max(last, checkpoint.position + 1))

    def _fetch(self, practice_id: UUID, checkpoint: Checkpoint, seconds: float | None) -> Sequence[Recorded]:
        """The events that come next, proven to continue the checkpoint."""
        fetched = self._ask(
            lambda: self.source.events(practice_id, ask_after(checkpoint), PAGE, timeout_seconds=seconds)
        )
        if reason := reason_to_stop(checkpoint, fetched):
            self._stop(practice_id, checkpoint, reason)
        return [event for event in fetched if event.position > checkpoint.position]

    def _unfit(self, events: Sequence[Recorded]) -> dict[int, str]:
        """The positions that no handler may see, with the reason."""
        return {event.position: reason for event in events if (reason := self._reason_unfit(event))}

    def _reason_unfit(self, event: Recorded) -> str | None:
        try:
            if self.source.trusted or event.type not in self.handles:
                upcast(event.type, event.schema_version, event.data)
            else:
                check_wire(event.type, event.schema_version, event.data)
        except UnknownEvent:
            return UNKNOWN
        except MalformedEvent as error:
            return f"malformed: {error}"
        return None

    def _complain(self, practice_id: UUID, stopped: Stopped) -> None:
        """Says that a practice is stopped, once a minute."""
        now = time.monotonic()
        if now - self._complained.get(practice_id, float("-inf")) >= COMPLAIN_SECONDS:
            self._complained[practice_id] = now
            log.error("%s: practice %s is stopped: %s", self.name, practice_id, stopped)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except Unavailable as error:
            self.behind = True
            raise SourceUnavailable(str(error)) from error

    def _to_follow(self, practice_id: UUID) -> Checkpoint:
        """The checkpoint, made where there is none; Stopped where it may not be moved."""
        with self._database.connection() as connection:
            checkpoint = self._rows.checkpoint(connection, practice_id)
            if checkpoint is None:
                self._rows.create(connection, practice_id)
                checkpoint = self._rows.checkpoint(connection, practice_id) or Checkpoint()
        if checkpoint.stopped_reason:
            raise Stopped(checkpoint.stopped_reason)
        return checkpoint

    def _stop(self, practice_id: UUID, seen: Checkpoint, reason: str) -> None:
        """Stops the practice, unless the checkpoint has moved since it was seen."""
        with self._database.connection() as connection:
            stopped = self._rows.stop(connection, practice_id, seen, reason)
        if stopped:
            raise Stopped(reason)
        raise Fenced
