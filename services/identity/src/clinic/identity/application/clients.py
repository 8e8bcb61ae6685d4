"""What staff do with clients' records, and what other services ask about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.contracts.identity import ClientDetailsChanged, ClientMessagesUnsealed, ClientUnlocked
from clinic.identity.application.ports import Ports
from clinic.identity.application.reaching import client_window, contact_hashes, contact_window
from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest, new_link_token
from clinic.identity.domain.clients import Client, asked_words, change_client, search_words
from clinic.identity.domain.erasures import LegalHold
from clinic.identity.domain.limits import PER_CLIENT
from clinic.kernel.client_time import in_zone
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor
from clinic.kernel.streams import stream_id

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A record, whether its holder has no tries left (F14), and the hold on it (F52)."""

    client: Client
    locked: bool
    hold: LegalHold | None = None


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A message as the ledger keeps it; `event_id` is part of what it was sealed with."""

    event_id: UUID
    key_id: UUID
    sealed: Any


def find_clients(ports: Ports, practice_id: UUID, question: str, limit: int) -> list[Client]:
    """Records by name, reference, e-mail or mobile, each word from its beginning; at most 50."""
    with ports.store.rows(practice_id) as rows:
        return rows.find_clients(asked_words(question), max(1, min(limit, MOST_FOUND)))


def show_client(ports: Ports, practice_id: UUID, client_id: UUID) -> ClientPage:
    """A record, or `not_found`: also for a client of another practice."""
    with ports.store.rows(practice_id) as rows:
        return _page(rows, _found(rows.client(client_id)))


def change_record(
    ports: Ports, practice_id: UUID, client_id: UUID, version: int, wanted: Mapping[str, Any], user_id: UUID
) -> ClientPage:
    """Changes the fields that differ, if the record still has this version (`changed_meanwhile` otherwise).

    When an e-mail address or a mobile is replaced or removed, the client's appointment links and the old contact's
    sign-in links stop working and the client's sessions end: the old mailbox may be somebody else's. The event names
    the fields, never their values.
    """
    with ports.store.rows(practice_id) as rows:
        client = _unerased(rows.lock_client(client_id))
        if client.version != version:
            raise Refused("changed_meanwhile", version=client.version)
        practice = rows.practice()
        now = rows.now()
        born = wanted.get("date_of_birth")
        if born is not None and practice and born > in_zone(now, practice.zone).date():
            raise Refused("invalid", errors={"date_of_birth": ["The date of birth is in the future."]})
        change = change_client(client, wanted)
        if change.changed:
            rows.save_client(change.client, search_words(change.client))
            fact = ClientDetailsChanged(client_id, change.changed)
            rows.record(Actor("staff", user_id), [(stream_id("client", client_id), fact)], now)
        if change.lost_contacts:
            rows.revoke_links(client_id, [digest(contact.address) for contact in change.lost_contacts], now)
            rows.end_sessions_of_client(client_id, now)
        return _page(rows, change.client)


def unlock_client(ports: Ports, practice_id: UUID, client_id: UUID, user_id: UUID) -> None:
    """Clears the tries counted against a client, her contacts, and the links of all of them (F14)."""
    with ports.store.rows(practice_id) as rows:
        contacts = contact_hashes(_unerased(rows.lock_client(client_id)))
        rows.forget_link_tries(client_id, contacts)
        for window in _windows(client_id, contacts):
            rows.keep_tries(window, [])
        fact = ClientUnlocked(client_id)
        rows.record(Actor("staff", user_id), [(stream_id("client", client_id), fact)], rows.now())


def unseal_messages(
    ports: Ports, practice_id: UUID, client_id: UUID, reason: str, messages: Sequence[SealedMessage], actor: Actor
) -> dict[UUID, str | None]:
    """The texts of a client's messages, None where the key is gone (all of an erased client's) or does not fit.

    That they are read, by whom (None: an operator) and why, is committed before anything is unsealed (architecture.md
    section 3).
    """
    with ports.store.rows(practice_id) as rows:
        if _found(rows.lock_client(client_id)).erased:
            return {message.event_id: None for message in messages}
        fact = ClientMessagesUnsealed(client_id, tuple(message.event_id for message in messages), reason)
        rows.record(actor, [(stream_id("client", client_id), fact)], rows.now())
    keys = ports.keys.private_keys(practice_id, client_id, [message.key_id for message in messages])
    return {
        message.event_id: ports.unseal(message.sealed, keys[message.key_id], message.event_id)
        if message.key_id in keys
        else None
        for message in messages
    }


def mint_link(ports: Ports, practice_id: UUID, client_id: UUID, appointment_id: UUID) -> str:
    """A new address that opens one appointment of one client (F8, F11); only its token's hash is kept."""
    token = new_link_token()
    with ports.store.rows(practice_id) as rows:
        if _found(rows.client(client_id)).erased:
            raise Refused("not_found")
        practice = rows.practice()
        known = rows.appointment_time(appointment_id)
        if practice is None or (known and known.client_id != client_id):
            raise Refused("not_found")
        rows.add_link(new_id(), digest(token), client_id, appointment_id)
    return f"{ports.client_portal_url}/p/{practice.slug}/a/{token}"


def _page(rows: Rows, client: Client) -> ClientPage:
    now, contacts = rows.now(), contact_hashes(client)
    windows = rows.many_tries(_windows(client.client_id, contacts))
    locked = any(PER_CLIENT.reached(tries, now) for tries in windows.values())
    locked = locked or rows.has_locked_link(client.client_id, contacts, now)
    return ClientPage(client, locked, rows.legal_hold(client.client_id))


def _windows(client_id: UUID, contacts: Sequence[bytes]) -> list[str]:
    """Always in the same order: they are locked one after the other."""
    return sorted([client_window(client_id), *(contact_window(contact) for contact in contacts)])


def _found(client: Client | None) -> Client:
    if client is None:
        raise Refused("not_found")
    return client


def _unerased(client: Client | None) -> Client:
    if _found(client).erased:
        raise Refused("client_erased")
    return _found(client)
