"""The one rule that makes a consumer right (architecture.md section 5), as functions of their arguments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Head, Recorded

LEDGER_REWOUND = "ledger rewound"
LEDGER_HAS_A_HOLE = "ledger has a hole"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one consumer has followed one practice of one source: the last event whose effects are committed.

    `parked` is how many events it has put aside; `stopped_reason` is why it follows this practice no further.
    """

    position: int = 0
    event_id: UUID | None = None
    parked: int = 0
    stopped_reason: str | None = None

    def moved_to(self, event: Recorded) -> "Checkpoint":
        """The checkpoint once `event` is applied."""
        return Checkpoint(event.position, event.event_id, self.parked, self.stopped_reason)


class Stopped(Unavailable):
    """A consumer follows a practice no further until an operator has repaired the cause (`clinic consumers repair`)."""


@dataclass(frozen=True, slots=True)
class SortedOut:
    """What a delivery holds: `applicable` continues the checkpoint without a gap. `missing`: the rest does not fit, so
    the source must be asked.
    """

    applicable: tuple[Recorded, ...]
    missing: bool


def sort_out(checkpoint: Checkpoint, delivered: Iterable[Recorded]) -> SortedOut:
    """Of one practice's delivered events, in any order and any number of times, those that come next.

    Position at or below the checkpoint: a duplicate, passed over. Next, and its predecessor matches: applicable.
    Further ahead, or another event in a known place: missing. A delivery only hints, the source decides.
    """
    applicable: list[Recorded] = []
    missing = False
    for event in sorted(delivered, key=lambda event: event.position):
        if event.position < checkpoint.position or event.event_id == checkpoint.event_id:
            continue
        if not _continues(checkpoint, event):
            missing = True
            break
        applicable.append(event)
        checkpoint = checkpoint.moved_to(event)
    return SortedOut(tuple(applicable), missing)


def ask_after(checkpoint: Checkpoint) -> int:
    """After which position to ask the source: the checkpoint's own event comes along and proves to be the same."""
    return max(0, checkpoint.position - 1)


def reason_to_stop(checkpoint: Checkpoint, fetched: Sequence[Recorded]) -> str | None:
    """Why what the source gave for `ask_after(checkpoint)` cannot be followed; None where it can.

    `fetched` begins with the checkpoint's own event (nothing comes before position 1); the others follow without a
    hole, each naming its predecessor.
    """
    if checkpoint.position:
        if not fetched or (fetched[0].position, fetched[0].event_id) != (checkpoint.position, checkpoint.event_id):
            return LEDGER_REWOUND
        fetched = fetched[1:]
    for event in fetched:
        if event.position != checkpoint.position + 1:
            return LEDGER_HAS_A_HOLE
        if event.previous_event_id != checkpoint.event_id:
            return LEDGER_REWOUND
        checkpoint = checkpoint.moved_to(event)
    return None


def head_reason_to_stop(checkpoint: Checkpoint, head: Head) -> str | None:
    """A head, read after the checkpoint was, belongs to a restored ledger when it lies below the checkpoint, or at the
    same position with another event.
    """
    if head.position < checkpoint.position:
        return LEDGER_REWOUND
    here = head.position == checkpoint.position and head.event_id is not None
    return LEDGER_REWOUND if here and head.event_id != checkpoint.event_id else None


def _continues(checkpoint: Checkpoint, event: Recorded) -> bool:
    return event.position == checkpoint.position + 1 and event.previous_event_id == checkpoint.event_id
