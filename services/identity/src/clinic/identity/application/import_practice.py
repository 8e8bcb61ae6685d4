"""Takes over a practice with its users and clients, and tells nobody (F49)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from clinic.contracts.identity import ClientRegistered, PracticeCreated, UserRegistered
from clinic.identity.application.ports import Ports
from clinic.identity.application.rows import Rows
from clinic.identity.application.staff import add_set_up_address
from clinic.identity.domain.clients import Client, NewClient, search_words
from clinic.identity.domain.practices import Practice
from clinic.identity.domain.users import User
from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import ClientRow, PracticeDirectory, PracticeRow, UserRow
from clinic.kernel.recorded import IMPORT
from clinic.kernel.streams import stream_id


def import_practice(ports: Ports, directory: PracticeDirectory, context: ImportContext) -> ImportReport:
    """Adds what is not there yet, by external reference (users also by e-mail); what is there stays as it is.

    Private keys are committed first: a key without its client is harmless, a client without a key is not. Sets
    `practice_id`, the ids of users and clients, and `set_up_address` when the practice is new.
    """
    found = ports.store.practice_of_slug(directory.practice.slug)
    practice = _practice(directory.practice, found or new_id())
    with ports.store.rows(practice.practice_id) as rows:
        known_users = rows.users()
        known_clients = rows.client_ids()
    users = _new_users(directory.users, known_users)
    clients, private_keys = _new_clients(ports, directory.clients, known_clients)
    if private_keys:
        ports.keys.add(practice.practice_id, private_keys)
    with ports.store.rows(practice.practice_id) as rows:
        if found is None:
            rows.add_practice(practice)
        _add(rows, practice, users, clients, is_new=found is None)
        administrator = next((user for user in users if user.role == "site_administrator"), None)
        if found is None and administrator:
            context.set_up_address = add_set_up_address(rows, ports.staff_url, practice.slug, administrator)
    _tell_ids(context, practice.practice_id, directory, [*known_users, *users], known_clients, clients)
    created = len(users) + len(clients) + (found is None)
    total = 1 + len(directory.users) + len(directory.clients)
    context.progress(total, total)
    return ImportReport("identity", created, total - created)


def _practice(row: PracticeRow, practice_id: UUID) -> Practice:
    return Practice(practice_id, row.slug, row.name, row.phone, row.email, row.zone, row.nation)


def _new_users(rows: Sequence[UserRow], known: Sequence[User]) -> list[User]:
    references, addresses = {user.external_ref for user in known}, {user.email for user in known}
    return [
        User(new_id(), row.ref, row.name, row.email.lower(), row.role, row.is_clinician)
        for row in rows
        if row.ref not in references and row.email.lower() not in addresses
    ]


def _new_clients(
    ports: Ports, rows: Sequence[ClientRow], known: Mapping[str, UUID]
) -> tuple[list[NewClient], list[tuple[UUID, UUID, bytes]]]:
    """The records with their public keys, and apart from them (client, key id, private key)."""
    clients: list[NewClient] = []
    private_keys: list[tuple[UUID, UUID, bytes]] = []
    for row in rows:
        if row.ref in known:
            continue
        client = Client(
            client_id=new_id(),
            external_ref=row.ref,
            first_name=row.first_name,
            last_name=row.last_name,
            date_of_birth=row.date_of_birth,
            postcode=row.postcode,
            email=row.email,
            mobile=row.mobile,
            email_opt_in=row.email_opt_in,
            sms_opt_in=row.sms_opt_in,
            version=1,
            next_of_kin_name=row.next_of_kin_name,
            next_of_kin_email=row.next_of_kin_email,
            next_of_kin_mobile=row.next_of_kin_mobile,
            next_of_kin_email_opt_in=row.next_of_kin_email_opt_in,
            next_of_kin_sms_opt_in=row.next_of_kin_sms_opt_in,
        )
        private_key, public_key = ports.new_key_pair()
        new = NewClient(client, new_id(), public_key, search_words(client))
        clients.append(new)
        private_keys.append((client.client_id, new.key_id, private_key))
    return clients, private_keys


def _add(rows: Rows, practice: Practice, users: Sequence[User], clients: Sequence[NewClient], *, is_new: bool) -> None:
    facts: list[tuple[str, object]] = []
    if is_new:
        created = PracticeCreated(practice.practice_id, practice.slug, practice.zone)
        facts.append((stream_id("practice", practice.practice_id), created))
    facts += [(stream_id("user", user.user_id), UserRegistered(user.user_id, user.role)) for user in users]
    facts += [
        (stream_id("client", new.client.client_id), ClientRegistered(new.client.client_id, new.key_id))
        for new in clients
    ]
    if users:
        rows.add_users(users)
    if clients:
        rows.add_clients(clients)
    if facts:
        rows.record(IMPORT, facts, rows.now())


def _tell_ids(
    context: ImportContext,
    practice_id: UUID,
    directory: PracticeDirectory,
    users: Sequence[User],
    known_clients: Mapping[str, UUID],
    new_clients: Sequence[NewClient],
) -> None:
    context.practice_id = practice_id
    by_reference = {user.external_ref: user.user_id for user in users}
    by_email = {user.email: user.user_id for user in users}
    for row in directory.users:
        context.ids["user", row.ref] = by_reference.get(row.ref) or by_email[row.email.lower()]
    clients = {**known_clients, **{new.client.external_ref: new.client.client_id for new in new_clients}}
    for client in directory.clients:
        context.ids["client", client.ref] = clients[client.ref]
