"""A legal hold keeps a client's record from being erased (F52)."""

from uuid import UUID

from clinic.contracts.erasure import LegalHoldLifted, LegalHoldPlaced
from clinic.identity.application.ports import Store
from clinic.identity.domain.erasures import LegalHold
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Actor
from clinic.kernel.streams import stream_id


def place_hold(store: Store, practice_id: UUID, client_id: UUID, reason: str, user_id: UUID | None) -> None:
    """The record must not be erased from now on; said twice it stays quiet, another reason replaces the first.

    Refused where the record is erased already, or its erasure is decided.
    """
    with store.rows(practice_id) as rows:
        if rows.lock_client(client_id) is None:
            raise Refused("not_found")
        if rows.erasure(client_id) is not None:
            raise Refused("client_erased")
        standing, now = rows.legal_hold(client_id), rows.now()
        if standing is not None and standing.reason == reason:
            return
        if standing is not None:
            rows.lift_hold(standing.hold_id, now)
        rows.place_hold(LegalHold(new_id(), client_id, reason, now, user_id))
        rows.record(_actor(user_id), [(stream_id("client", client_id), LegalHoldPlaced(client_id))], now)


def lift_hold(store: Store, practice_id: UUID, client_id: UUID, user_id: UUID | None) -> None:
    """The record may be erased again; where no hold stands nothing happens."""
    with store.rows(practice_id) as rows:
        if rows.lock_client(client_id) is None:
            raise Refused("not_found")
        standing, now = rows.legal_hold(client_id), rows.now()
        if standing is None:
            return
        rows.lift_hold(standing.hold_id, now)
        rows.record(_actor(user_id), [(stream_id("client", client_id), LegalHoldLifted(client_id))], now)


def _actor(user_id: UUID | None) -> Actor:
    return Actor("staff", user_id) if user_id else SYSTEM
