"""Clients' records of a practice that is taken over: new ones, and what the files changed in others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.rows import Rows, Said
from clinic.identity.application.secret_texts import digest
from clinic.identity.domain.clients import CHANGEABLE, Client, NewClient, change_client, search_words
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import ClientRow
from clinic.kernel.taking_over import CHANGED_HERE, LeftAlone, Merged, merge


@dataclass(frozen=True, slots=True)
class ClientChange:
    """A row that says something else than what is kept as said; it may change nothing here."""

    row: ClientRow
    client: Client
    before: Said | None
    merged: Merged

    def left(self) -> Iterator[LeftAlone]:
        """The fields that stay, told without their values."""
        for column in self.merged.left:
            yield LeftAlone("clients.csv", self.row.line, self.row.ref, column, CHANGED_HERE)


def new_client(ports: Ports, row: ClientRow) -> tuple[NewClient, Said, bytes]:
    """The record with its public key, what is said of it, and apart from them the private key."""
    client = Client(
        client_id=new_id(),
        external_ref=row.ref,
        version=1,
        **{name: getattr(row, name) for name in CHANGEABLE},
    )
    private_key, public_key = ports.new_key_pair()
    return NewClient(client, new_id(), public_key, search_words(client)), said_of(row), private_key


def planned_clients(rows: Sequence[ClientRow], known: Mapping[str, tuple[Client, Said | None]]) -> list[ClientChange]:
    """What becomes of the rows that are known. A record of version 1 is as the import that brought it said."""
    changes = []
    for row in rows:
        if row.ref in known:
            client, before = known[row.ref]
            if before is None and client.version == 1:
                before = said_of(client)
            merged = merge(before, said_of(client), said_of(row))
            if merged.taken or merged.left or merged.said != known[row.ref][1]:
                changes.append(ClientChange(row, client, before, merged))
    return changes


def change_clients(
    rows: Rows, changes: Sequence[ClientChange], now: datetime
) -> Iterator[tuple[UUID, tuple[str, ...]]]:
    """Changes records under their locks and yields (client, names of the fields); keeps what was said of all.

    Links and sessions end with a contact that is replaced or removed, as when staff do it.
    """
    said: dict[UUID, Said] = {}
    for change in changes:
        merged = change.merged
        if merged.taken:
            client = rows.lock_client(change.client.client_id)
            if client is None:
                continue
            merged = merge(change.before, said_of(client), said_of(change.row))
            changed = change_client(client, {name: getattr(change.row, name) for name in merged.taken})
            if changed.changed:
                rows.save_client(changed.client, search_words(changed.client))
                yield client.client_id, changed.changed
            if changed.lost_contacts:
                hashes = [digest(contact.address) for contact in changed.lost_contacts]
                rows.revoke_links(client.client_id, hashes, now)
                rows.end_sessions_of_client(client.client_id, now)
        said[change.client.client_id] = merged.said
    if said:
        rows.keep_said_of_clients(said)


def said_of(row: Client | ClientRow) -> Said:
    """The fields of a record as JSON."""
    values: dict[str, Any] = {name: getattr(row, name) for name in CHANGEABLE}
    born: date | None = values["date_of_birth"]
    return values | {"date_of_birth": born.isoformat() if born else None}
