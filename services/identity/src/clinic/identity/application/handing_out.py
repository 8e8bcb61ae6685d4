"""What identity holds about a client is handed out, and that it was is recorded first (subject access, F52)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from clinic.contracts.erasure import ClientRecordExported
from clinic.identity.application.ports import Ports
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import SYSTEM, Actor
from clinic.kernel.streams import stream_id

Held = Mapping[str, Sequence[Mapping[str, Any]]]


def hand_out(
    ports: Ports, practice_id: UUID, client_id: UUID, user_id: UUID | None, message_event_ids: Sequence[UUID] = ()
) -> Held:
    """Everything of the client, by kind: times of links and sessions, never their secrets.

    `message_event_ids` are the messages that go with it. An erased client has nothing to hand out: `client_erased`.
    """
    with ports.store.rows(practice_id) as rows:
        client = rows.lock_client(client_id)
        if client is None:
            raise Refused("not_found")
        if client.erased:
            raise Refused("client_erased")
        fact = ClientRecordExported(client_id, tuple(message_event_ids))
        actor = Actor("staff", user_id) if user_id else SYSTEM
        rows.record(actor, [(stream_id("client", client_id), fact)], rows.now())
        return rows.held_about(client_id)
