"""Takes over a practice with its users and clients, and tells nobody (F49)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from clinic.contracts.identity import (
    ADMINISTRATOR,
    ClientDetailsChanged,
    ClientRegistered,
    PracticeCreated,
    UserRegistered,
)
from clinic.identity.application.import_clients import ClientChange, change_clients, new_client, planned_clients
from clinic.identity.application.ports import Ports
from clinic.identity.application.rows import Rows, Said
from clinic.identity.application.staff import add_set_up_address
from clinic.identity.domain.clients import NewClient
from clinic.identity.domain.erasures import ERASED_HERE, ref_hash_of
from clinic.identity.domain.practices import Practice
from clinic.identity.domain.users import User
from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import PracticeDirectory, PracticeRow, UserRow
from clinic.kernel.recorded import IMPORT
from clinic.kernel.streams import stream_id
from clinic.kernel.taking_over import CHANGED_HERE, LeftAlone, Merged, merge

PRACTICE_FIELDS = ("name", "phone", "email", "zone", "nation")
USER_FIELDS = ("name", "email", "role", "is_clinician")


@dataclass(slots=True)
class _Plan:
    """What there is to do: new rows, what changes in others, and what is told."""

    practice: Practice
    is_new: bool
    merged_practice: Merged | None = None
    new_users: list[tuple[User, Said]] = field(default_factory=list)
    changed_users: list[tuple[User, Merged]] = field(default_factory=list)
    new_clients: list[tuple[NewClient, Said]] = field(default_factory=list)
    changed_clients: list[ClientChange] = field(default_factory=list)
    private_keys: list[tuple[UUID, UUID, bytes]] = field(default_factory=list)
    left: list[LeftAlone] = field(default_factory=list)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def created(self) -> int:
        """How many rows are new."""
        return len(self.new_users) + len(self.new_clients) + self.is_new

    @property
    def changed(self) -> int:
        """How many rows change."""
        merged = [self.merged_practice, *(merged for _, merged in self.changed_users)]
        users_and_practice = sum(bool(each.taken) for each in merged if each)
        return users_and_practice + sum(bool(change.merged.taken) for change in self.changed_clients)


def import_practice(ports: Ports, directory: PracticeDirectory, context: ImportContext) -> ImportReport:
    """Adds what is not there yet, by external reference (users also by e-mail), and changes what the files changed.

    Private keys are committed first: a key without its client is harmless, a client without a key is not. Sets
    `practice_id`, the ids of users and clients, and `set_up_address` when the practice is new.
    """
    found = ports.store.practice_of_slug(directory.practice.slug)
    practice = _practice(directory.practice, found or new_id())
    with ports.store.rows(practice.practice_id) as rows:
        plan = _planned(ports, rows, directory, context, practice, is_new=found is None)
    if not context.dry_run:
        if plan.private_keys:
            ports.keys.add(practice.practice_id, plan.private_keys)
        with ports.store.rows(practice.practice_id) as rows:
            _write(rows, plan)
            administrator = next((user for user, _ in plan.new_users if user.role == ADMINISTRATOR), None)
            if plan.is_new and administrator:
                context.set_up_address = add_set_up_address(rows, ports.staff_url, practice.slug, administrator)
    total = 1 + len(directory.users) + len(directory.clients)
    context.practice_id = practice.practice_id
    context.progress(total, total)
    unchanged = total - plan.created - plan.changed
    return ImportReport("identity", plan.created, unchanged, plan.changed, tuple(plan.left), plan.missing)


def _practice(row: PracticeRow, practice_id: UUID) -> Practice:
    return Practice(practice_id, row.slug, row.name, row.phone, row.email, row.zone, row.nation)


def _planned(
    ports: Ports, rows: Rows, directory: PracticeDirectory, context: ImportContext, practice: Practice, *, is_new: bool
) -> _Plan:
    plan = _Plan(practice, is_new)
    if not is_new and context.update:
        _plan_practice(plan, rows)
    _plan_users(plan, rows, directory.users, context)
    known, erased = rows.taken_over_clients(), rows.erased_refs()
    for row in directory.clients:
        if row.ref not in known and ref_hash_of(practice.practice_id, row.ref) in erased:
            plan.left.append(LeftAlone("clients.csv", row.line, row.ref, "", ERASED_HERE))
            context.erased.add(row.ref)
            continue
        if row.ref not in known:
            new, said, private_key = new_client(ports, row)
            plan.new_clients.append((new, said))
            plan.private_keys.append((new.client.client_id, new.key_id, private_key))
        context.ids["client", row.ref] = (known[row.ref][0] if row.ref in known else new.client).client_id
    if context.update:
        plan.changed_clients = planned_clients(directory.clients, known)
        plan.left += [left for change in plan.changed_clients for left in change.left()]
    named = {row.ref for row in directory.clients}
    missing = sorted(ref for ref, (_, said) in known.items() if said is not None and ref not in named)
    if missing:
        plan.missing["clients.csv"] = tuple(missing)
    return plan


def _plan_practice(plan: _Plan, rows: Rows) -> None:
    here = rows.practice()
    if here is None:
        raise LookupError("the practice is gone")
    before = rows.said_of_practice()
    plan.merged_practice = merge(before, _said(here, PRACTICE_FIELDS), _said(plan.practice, PRACTICE_FIELDS))
    if plan.merged_practice.said == before:
        plan.merged_practice = None if not plan.merged_practice.left else plan.merged_practice
    if plan.merged_practice:
        plan.left += [LeftAlone("practice.toml", 0, "", column, CHANGED_HERE) for column in plan.merged_practice.left]


def _plan_users(plan: _Plan, rows: Rows, wanted: Sequence[UserRow], context: ImportContext) -> None:
    """A user is found by reference, else by e-mail: `clinic practice create` knew no references."""
    known, before = rows.users(), rows.said_of_users()
    by_ref, by_email = {user.external_ref: user for user in known}, {user.email: user for user in known}
    named: set[UUID] = set()
    for row in wanted:
        user = by_ref.get(row.ref) or by_email.get(row.email.lower())
        if user is None:
            user = User(new_id(), row.ref, row.name, row.email.lower(), row.role, row.is_clinician)
            plan.new_users.append((user, _said(user, USER_FIELDS)))
        elif context.update:
            merged = merge(before[user.user_id], _said(user, USER_FIELDS), _said(row, USER_FIELDS))
            reasons = dict.fromkeys(merged.left, CHANGED_HERE)
            owner = by_email.get(merged.taken.get("email", user.email))
            if owner is not None and owner.user_id != user.user_id:
                merged = Merged({k: v for k, v in merged.taken.items() if k != "email"}, merged.left,
                                {**merged.said, "email": user.email})  # fmt: skip
                reasons["email"] = "is another user's at the moment"
            plan.left += [LeftAlone("users.csv", row.line, row.ref, *reason) for reason in reasons.items()]
            if merged.taken or merged.said != before[user.user_id]:
                plan.changed_users.append((user, merged))
        named.add(user.user_id)
        context.ids["user", row.ref] = user.user_id
    missing = [user.external_ref for user in known if user.user_id not in named and before[user.user_id] is not None]
    if missing:
        plan.missing["users.csv"] = tuple(sorted(missing))


def _said(row: Practice | User | UserRow, fields: Sequence[str]) -> Said:
    return {name: getattr(row, name) for name in fields}


def _write(rows: Rows, plan: _Plan) -> None:
    now = rows.now()
    facts: list[tuple[str, object]] = []
    if plan.is_new:
        practice = plan.practice
        rows.add_practice(practice, _said(practice, PRACTICE_FIELDS))
        created = PracticeCreated(practice.practice_id, practice.slug, practice.zone)
        facts.append((stream_id("practice", practice.practice_id), created))
    elif plan.merged_practice:
        rows.change_practice(plan.merged_practice.taken, plan.merged_practice.said)
    if plan.new_users:
        rows.add_users(plan.new_users)
        users = (user for user, _ in plan.new_users)
        facts += [(stream_id("user", user.user_id), UserRegistered(user.user_id, user.role)) for user in users]
    for user, merged in plan.changed_users:
        rows.change_user(user.user_id, merged.taken, merged.said)
        if {"email", "role"} & set(merged.taken):
            rows.end_sessions_of_user(user.user_id, now)
    if plan.new_clients:
        rows.add_clients(plan.new_clients)
        ids = ((new.client.client_id, new.key_id) for new, _ in plan.new_clients)
        facts += [(stream_id("client", client_id), ClientRegistered(client_id, key_id)) for client_id, key_id in ids]
    for client_id, changed in change_clients(rows, plan.changed_clients, now):
        facts.append((stream_id("client", client_id), ClientDetailsChanged(client_id, changed)))
    if facts:
        rows.record(IMPORT, facts, now)
