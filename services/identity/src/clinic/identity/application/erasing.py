"""A client's record is erased, once and for good, and again wherever an older backup brought it back (F52, ADR 0035).

The order makes a crash at any point harmless: the decision is committed first, then the key is destroyed and the
receipts are written, and last the record is blanked together with `ClientErased`. What was begun is finished by the
same command, by the worker within a minute, and by every process of identity before it serves.
"""

from collections.abc import Mapping
from uuid import UUID

from clinic.contracts.erasure import ClientErased
from clinic.identity.application.ports import Erasing
from clinic.identity.domain.erasures import Erasure, Receipt, ref_hash_of
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import SYSTEM, Actor
from clinic.kernel.streams import stream_id


def erase_client(
    erasing: Erasing,
    practice_id: UUID,
    client_id: UUID,
    reason: str,
    user_id: UUID | None,
    *,
    with_appointments: bool = False,
) -> None:
    """Erases a client; said twice, it stays quiet.

    Refused: `legal_hold` with the hold's reason; `appointments_ahead` with their number, unless `with_appointments`:
    they stay in the diary and are an erased client's from then on. `user_id` is None for an operator.
    """
    with erasing.store.rows(practice_id) as rows:
        client = rows.lock_client(client_id)
        if client is None:
            raise Refused("not_found")
        begun = rows.erasure(client_id)
        if begun is None:
            hold = rows.legal_hold(client_id)
            if hold is not None:
                raise Refused("legal_hold", reason=hold.reason)
            now = rows.now()
            ahead = rows.appointments_ahead(client_id, now)
            if ahead and not with_appointments:
                raise Refused("appointments_ahead", appointments=ahead)
            key = rows.key_id(client_id)
            receipt = Receipt(practice_id, client_id, key, ref_hash_of(practice_id, client.external_ref))
            begun = Erasure(receipt, reason, user_id, now, None)
            rows.begin_erasure(begun)
    finish_erasures(erasing, practice_id, {client_id: begun})


def finish_erasures(erasing: Erasing, practice_id: UUID, begun: Mapping[UUID, Erasure]) -> int:
    """Destroys keys, writes receipts, blanks records; how many took effect only now. Each step may be repeated."""
    receipts = [erasure.receipt for erasure in begun.values()]
    erasing.keys.destroy(practice_id, receipts)
    erasing.receipts.keep(receipts)
    return sum(_blank(erasing, practice_id, erasure) for erasure in begun.values())


def finish_begun(erasing: Erasing) -> int:
    """Finishes what a crash interrupted, in all practices."""
    done = 0
    for practice_id in erasing.store.practices():
        with erasing.store.rows(practice_id) as rows:
            unfinished = {one.receipt.client_id: one for one in rows.erasures() if one.finished_at is None}
        if unfinished:
            done += finish_erasures(erasing, practice_id, unfinished)
    return done


def erase_again(erasing: Erasing) -> int:
    """Makes every receipt true that survived anywhere; how many records had to be erased.

    Before anything is served: identity, its keys or both may have been put back to a time before an erasure.
    """
    done = 0
    kept = erasing.receipts.all()
    for practice_id in erasing.store.practices():
        with erasing.store.rows(practice_id) as rows:
            decided = {one.receipt.client_id: one for one in rows.erasures()}
            elsewhere = [*erasing.keys.receipts(practice_id), *(one for one in kept if one.practice_id == practice_id)]
            for receipt in elsewhere:
                if receipt.client_id not in decided:
                    decided[receipt.client_id] = Erasure(receipt, "", None, rows.now(), None)
                    rows.begin_erasure(decided[receipt.client_id])
        if decided:
            done += finish_erasures(erasing, practice_id, decided)
    return done


def _blank(erasing: Erasing, practice_id: UUID, erasure: Erasure) -> bool:
    """Blanks the record in one transaction with the receipt that others follow; False where both were done before."""
    client_id = erasure.receipt.client_id
    if erasure.finished_at is not None:
        return False
    with erasing.store.rows(practice_id) as rows:
        now = rows.now()
        if not rows.finish_erasure(client_id, now):
            return False
        actor = Actor("staff", erasure.asked_by) if erasure.asked_by else SYSTEM
        rows.record(actor, [(stream_id("client", client_id), ClientErased(client_id, erasure.receipt.key_id))], now)
    return True
