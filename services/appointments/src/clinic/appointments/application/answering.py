"""How every command is answered: once, and always the same (architecture.md section 4)."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from clinic.appointments.application.ports import (
    Answer,
    Answered,
    Asked,
    CommandKnown,
    Ledger,
    Reading,
    Record,
    Refusal,
    TimeTaken,
)
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.canonical import canonical_json
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor

ATTEMPTS = 2

NOT_REMEMBERED = frozenset({"unavailable", "not_found", "portal_off", "invalid", "forbidden", "command_reused"})
"""Refusals that say nothing about the command itself: the same command may succeed later."""

Decide = Callable[[Reading, bool], "Record | Answer"]
"""Decides from one reading what to append, or an answer that records nothing; refusing raises `Refused`.

The second argument is True when the decision overlaps another appointment knowingly (F35).
"""

TellRefusal = Callable[[Reading, str], ChangeRefused | None]
"""The fact that the rule of a code said no at one reading; None where that is not recorded (F53)."""


def fingerprint(kind: str, appointment_id: UUID | None, actor: Actor, said: dict[str, Any], message: str = "") -> str:
    """What the command says, in 64 hex digits.

    Only two bytes of the message's digest go in: enough to notice another message, too few to confirm a guessed one.
    """
    text = canonical_json(
        {
            "kind": kind,
            "appointment": str(appointment_id),
            "actor": [actor.kind, str(actor.id)],
            "said": said,
            "message": hashlib.sha256(message.encode()).hexdigest()[:4],
        }
    )
    return hashlib.sha256(text.encode()).hexdigest()


def answer_once(
    ledger: Ledger,
    asked: Asked,
    reading: Reading,
    decide: Decide,
    *,
    overlap_accepted: bool = False,
    read_again: Callable[[], Reading] | None = None,
    tell: TellRefusal | None = None,
) -> Answer:
    """Decides and appends; refusals are remembered and raised.

    A command that was answered before gets that answer, and nothing is decided. When somebody else appended first, it
    is read and decided once more; `ConcurrencyConflict` after that. Time that is taken is `slot_taken`, unless the
    person accepted an overlap. `read_again` reads what `reading` was of, by default the appointment. What `tell` makes
    of a refusal is recorded with the answer (F53).
    """
    overlaps, attempt = False, 1
    while True:
        if reading.answered is not None:
            return _again(asked, reading.answered)
        try:
            decided = decide(reading, overlaps)
            if isinstance(decided, Answer):
                return _again(asked, ledger.remember(asked, decided))
            position = ledger.record(decided)
        except CommandKnown as known:
            return _again(asked, known.answered)
        except Refused as refusal:
            return _refuse(ledger, asked, refusal, reading, tell)
        except TimeTaken:
            if overlaps or not overlap_accepted:
                return _refuse(ledger, asked, Refused("slot_taken"), reading, tell)
            overlaps = True
        except ConcurrencyConflict:
            if attempt == ATTEMPTS:
                raise
            attempt += 1
            reading = read_again() if read_again else _read(ledger, asked)
        else:
            ledger.announce(asked.practice_id)
            return _positioned(Answer(decided.answer.outcome, False, decided.answer.body, position))


def _read(ledger: Ledger, asked: Asked) -> Reading:
    return ledger.read(asked.practice_id, asked.appointment_id, asked.command_id)


def _refuse(ledger: Ledger, asked: Asked, refused: Refused, reading: Reading, tell: TellRefusal | None) -> Answer:
    if refused.code in NOT_REMEMBERED:
        raise refused
    fact = tell(reading, refused.code) if tell else None
    refusal = Refusal(new_id(), fact, reading.now) if fact else None
    answered = ledger.remember(asked, Answer(refused.code, True, dict(refused.facts)), refusal)
    if answered.answer.position is not None:
        ledger.announce(asked.practice_id)
    return _again(asked, answered)


def _again(asked: Asked, answered: Answered) -> Answer:
    if answered.fingerprint != asked.fingerprint:
        raise Refused("command_reused")
    if answered.answer.refused:
        raise Refused(answered.answer.outcome, **answered.answer.body)
    return _positioned(answered.answer)


def _positioned(answer: Answer) -> Answer:
    """The appointment's event is the last one of its append, so both positions are the same.

    What was answered about a message shows no appointment.
    """
    if answer.position is None or "appointment" not in answer.body:
        return answer
    body = answer.body | {"position": answer.position}
    body["appointment"] = answer.body["appointment"] | {"position": answer.position}
    return Answer(answer.outcome, answer.refused, body, answer.position)
