"""Staff read a client's message and deal with what it asks for (F33)."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from clinic.appointments.application.answering import answer_once, fingerprint
from clinic.appointments.application.asking import By
from clinic.appointments.application.ports import Answer, Asked, Entry, Ledger, Reading, Record
from clinic.appointments.domain import client_message
from clinic.appointments.domain.client_message import ClientMessage, MessageEvent
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.ids import new_id
from clinic.kernel.streams import stream_id

ATTEMPTS = 5
"""Several people may open the same new message in the same second."""


def read_message(ledger: Ledger, by: By, message_id: UUID) -> None:
    """The user read it; recorded once per user. Refused as `not_found` like any message that is not there."""
    user_id = by.actor.id
    if user_id is None:
        raise Refused("forbidden")
    _decide(ledger, by, new_id(), "message_read", message_id, {}, lambda state: client_message.read(state, user_id))


def deal_with_message(ledger: Ledger, by: By, command_id: UUID, message_id: UUID, *, dealt_with: bool) -> None:
    """It is dealt with, or to be dealt with after all; the same again records nothing."""

    def decision(state: ClientMessage) -> Sequence[MessageEvent]:
        return client_message.deal_with(state, dealt_with=dealt_with)

    _decide(ledger, by, command_id, "message_dealt_with", message_id, {"dealt_with": dealt_with}, decision)


def _decide(
    ledger: Ledger,
    by: By,
    command_id: UUID,
    kind: str,
    message_id: UUID,
    said: dict[str, Any],
    decision: Callable[[ClientMessage], Sequence[MessageEvent]],
) -> None:
    reading = ledger.read_message(by.practice_id, message_id, command_id)
    state = _known(reading)
    if kind == "message_read" and not decision(state):
        return
    said_so = fingerprint(kind, message_id, by.actor, said)
    asked = Asked(by.practice_id, command_id, kind, state.appointment_id, by.actor, said_so, by.traceparent)

    def read_again() -> Reading:
        return ledger.read_message(by.practice_id, message_id, command_id)

    def decide(present: Reading, overlaps: bool) -> Record | Answer:
        events = decision(_known(present))
        if not events:
            return Answer("unchanged", False, {})
        stream = stream_id("message", message_id)
        entries = tuple(Entry(new_id(), stream, present.version + 1, event) for event in events)
        answer = Answer("recorded", False, {})
        return Record(asked, entries, answer, present.now, present.settings.version)

    for attempt in range(ATTEMPTS):
        try:
            answer_once(ledger, asked, reading, decide, read_again=read_again)
        except ConcurrencyConflict:
            if attempt == ATTEMPTS - 1:
                raise
            reading = read_again()
        else:
            return


def _known(reading: Reading) -> ClientMessage:
    if reading.message is None:
        raise Refused("not_found")
    return reading.message
