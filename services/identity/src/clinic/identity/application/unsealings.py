"""Who read clients' messages in clear, when and why: for auditors (F33, F50)."""

from typing import Any
from uuid import UUID

from clinic.contracts.codec import to_data, to_fact
from clinic.contracts.identity import ClientMessagesUnsealed
from clinic.identity.application.ports import Ports
from clinic.kernel.client_time import utc_text
from clinic.kernel.recorded import Recorded

PAGE_SIZE = 20


def show_unsealings(ports: Ports, practice_id: UUID, page: int) -> dict[str, Any]:
    """A page of them, newest first; texts are nowhere in it."""
    with ports.store.rows(practice_id) as rows:
        found = rows.recorded(ClientMessagesUnsealed.__name__, (page - 1) * PAGE_SIZE, PAGE_SIZE + 1)
    return {"unsealings": [_told(one) for one in found[:PAGE_SIZE]], "page": page, "more": len(found) > PAGE_SIZE}


def _told(recorded: Recorded) -> dict[str, Any]:
    fact: ClientMessagesUnsealed = to_fact(recorded)
    return {
        "position": recorded.position,
        "recorded_at": utc_text(recorded.recorded_at),
        "actor": to_data(recorded.actor),
        "client_id": str(fact.client_id),
        "messages": len(fact.message_event_ids),
        "reason": fact.reason,
    }
