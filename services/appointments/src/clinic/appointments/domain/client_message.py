"""What became of a client's message: who read it, and whether it is dealt with (F33)."""

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from clinic.contracts.appointments import (
    ClientMessageDealtWith,
    ClientMessageLeft,
    ClientMessageRead,
    ClientMessageReopened,
)

MessageEvent = ClientMessageLeft | ClientMessageRead | ClientMessageDealtWith | ClientMessageReopened


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """The present state; `read_by` are the users who read it."""

    message_id: UUID
    appointment_id: UUID
    client_id: UUID
    read_by: frozenset[UUID] = frozenset()
    dealt_with: bool = False


def evolve_message(state: ClientMessage | None, event: MessageEvent, user_id: UUID | None) -> ClientMessage:
    """The state after one event of `user_id`. Anything but `ClientMessageLeft` on nothing is a ValueError."""
    if isinstance(event, ClientMessageLeft):
        return ClientMessage(event.message_id, event.appointment_id, event.client_id)
    if state is None:
        raise ValueError("a message begins by being left")
    match event:
        case ClientMessageRead():
            return replace(state, read_by=state.read_by | ({user_id} if user_id else frozenset()))
        case ClientMessageDealtWith():
            return replace(state, dealt_with=True)
        case ClientMessageReopened():
            return replace(state, dealt_with=False)
        case _:
            assert_never(event)


def read(state: ClientMessage, user_id: UUID) -> list[ClientMessageRead]:
    """Recorded once per user."""
    if user_id in state.read_by:
        return []
    return [ClientMessageRead(state.message_id, state.appointment_id, state.client_id)]


def deal_with(state: ClientMessage, *, dealt_with: bool) -> list[ClientMessageDealtWith | ClientMessageReopened]:
    """Dealt with, or to be dealt with after all; nothing where it is so already."""
    if dealt_with == state.dealt_with:
        return []
    kind = ClientMessageDealtWith if dealt_with else ClientMessageReopened
    return [kind(state.message_id, state.appointment_id, state.client_id)]
