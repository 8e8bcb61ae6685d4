"""Which records a link reaches at this moment, and in which window its wrong posts count (F13, F14)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest
from clinic.identity.domain.clients import Client
from clinic.identity.domain.limits import PER_CLIENT
from clinic.identity.domain.links import Link


def client_window(client_id: UUID) -> str:
    """The name of the sliding window of wrong posts at a client's appointment links."""
    return f"client:{client_id}"


def contact_window(contact_hash: bytes) -> str:
    """The name of the sliding window of wrong posts at a contact's sign-in links."""
    return f"contact:{contact_hash.hex()}"


def window_of(link: Link) -> str:
    """The window in which wrong posts at this link count."""
    return contact_window(link.contact_hash) if link.contact_hash else client_window(link.client_id)


def contact_hashes(client: Client) -> list[bytes]:
    """By which a client's sign-in links and their windows are found."""
    return [digest(contact.address) for contact in client.contacts()]


def reachable_records(rows: Rows, link: Link) -> Sequence[Client]:
    """The client of an appointment link; of a sign-in link everybody who has its contact at this moment (F13).

    Nobody where the client whom a sign-in link names has another contact by now: the link was sent to the old one.
    """
    client = rows.client(link.client_id)
    if client is None:
        return []
    if link.channel is None:
        return [client]
    contact = client.contact(link.channel)
    if digest(contact.address) != link.contact_hash:
        return []
    return rows.clients_by_contact(contact)


def locked_clients(rows: Rows, link: Link, records: Sequence[Client], now: datetime) -> frozenset[UUID]:
    """Clients whom a sign-in link reaches and who are locked by wrong posts at their appointment links."""
    if link.channel is None:
        return frozenset()
    windows = rows.many_tries([client_window(record.client_id) for record in records])
    return frozenset(
        record.client_id
        for record in records
        if PER_CLIENT.reached(windows.get(client_window(record.client_id), ()), now)
    )
