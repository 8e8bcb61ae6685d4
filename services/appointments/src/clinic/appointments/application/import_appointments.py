"""What an import makes of appointments and payments: the plan, pure but for the reading of streams."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from clinic.appointments.application.import_settings import Said
from clinic.appointments.domain.appointment import Appointment, AppointmentEvent
from clinic.appointments.domain.occupancy import Occupancy, occupancy_of, overlapping
from clinic.appointments.domain.portal_settings import is_attending
from clinic.appointments.domain.taking_over import RowState, after, become, changed_columns, fixed_columns
from clinic.contracts.appointments import AppointmentImported, PaymentRecorded, PortalSettings, Slot
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import AppointmentRow, Kind, PaymentRow, PracticeDirectory
from clinic.kernel.taking_over import CHANGED_HERE, NEVER_CHANGES, LeftAlone

Ids = Mapping[tuple[Kind, str], UUID]


@dataclass(frozen=True, slots=True)
class Present:
    """What the ledger holds of the practice when an import begins.

    `imported` and `payments`: external reference → id and the fingerprint of the row that was said last (None where an
    earlier release brought it).
    """

    now: datetime
    settings: PortalSettings
    said_settings: Said | None
    imported: Mapping[str, tuple[UUID, str | None]]
    payments: Mapping[str, tuple[UUID, str | None]]
    occupied: Sequence[Occupancy]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an appointment stands; `by_import`: the last event that changed its state is an import's."""

    appointment: Appointment
    version: int
    by_import: bool


@dataclass(slots=True)
class Plan:
    """All that an import appends and keeps, and what it tells."""

    imported: list[AppointmentImported] = field(default_factory=list)
    changed: list[tuple[Stand, list[AppointmentEvent]]] = field(default_factory=list)
    payments: list[PaymentRecorded] = field(default_factory=list)
    versions: dict[UUID, int] = field(default_factory=dict)
    said_of_appointments: dict[str, tuple[UUID, str]] = field(default_factory=dict)
    said_of_payments: dict[str, tuple[UUID, str]] = field(default_factory=dict)
    left: list[LeftAlone] = field(default_factory=list)
    overlapping: tuple[tuple[int, str], ...] = ()
    ids: dict[str, UUID] = field(default_factory=dict)

    @property
    def rows_written(self) -> int:
        """How many rows of the files become events."""
        return len(self.imported) + len(self.changed) + len(self.payments)

    def entries(self) -> list[tuple[Any, int]]:
        """Every fact with the version that it has in its appointment's stream; no version is left out."""
        versions = dict(self.versions)
        entries: list[tuple[Any, int]] = []
        changes = [event for _, events in self.changed for event in events]
        for fact in (*self.imported, *changes, *self.payments):
            versions[fact.appointment_id] = versions.get(fact.appointment_id, 0) + 1
            entries.append((fact, versions[fact.appointment_id]))
        return entries

    def occupancy(self) -> list[Occupancy]:
        """Whose time is taken by what is new or changed."""
        changed = [occupancy_of(after(stand.appointment, events)) for stand, events in self.changed]
        return [*(occupancy_of(event) for event in self.imported), *changed]


def plan_appointments(
    directory: PracticeDirectory,
    present: Present,
    ids: Ids,
    settings: PortalSettings,
    stands: Callable[[Sequence[UUID]], Mapping[UUID, Stand]],
    *,
    update: bool,
) -> Plan:
    """Streams are read only of appointments whose row says something else than before, or that were paid for."""
    plan = Plan()
    different: list[AppointmentRow] = []
    for row in directory.appointments:
        if row.ref not in present.imported:
            plan.imported.append(_imported(row, ids, settings))
            plan.ids[row.ref] = plan.imported[-1].appointment_id
            plan.said_of_appointments[row.ref] = (plan.ids[row.ref], fingerprint(row))
            continue
        plan.ids[row.ref], said = present.imported[row.ref]
        if update and said != fingerprint(row):
            different.append(row)
    new_payments = [row for row in directory.payments if row.ref not in present.payments]
    known_ids = {id_ for id_, _ in present.imported.values()}
    paid = {plan.ids[row.appointment] for row in new_payments} & known_ids
    found = stands(sorted(paid | {plan.ids[row.ref] for row in different}))
    plan.versions = {id_: stand.version for id_, stand in found.items()}
    wanted = _planned_changes(plan, different, found, ids, settings)
    _mark_overlaps(plan, wanted, directory, present.occupied, settings)
    _plan_payments(plan, directory.payments, present, ids, found, directory)
    return plan


def fingerprint(row: AppointmentRow | PaymentRow) -> str:
    """Stands for all that a row says; what follows from its type (buffer, video) is no part of it."""
    match row:
        case AppointmentRow():
            said = (row.client, row.clinician, row.location, row.appointment_type, row.status)
            times = (row.starts_at.timestamp(), row.ends_at.timestamp())
            text = repr((said, times))
        case PaymentRow():
            text = repr((row.appointment, row.amount_pence, row.currency, row.method, row.paid_at.timestamp()))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _planned_changes(
    plan: Plan,
    rows: Sequence[AppointmentRow],
    stands: Mapping[UUID, Stand],
    ids: Ids,
    settings: PortalSettings,
) -> dict[UUID, RowState]:
    """Tells what stays, keeps what agrees, and gives the rows that change their appointment."""
    wanted: dict[UUID, RowState] = {}
    for row in rows:
        stand, said = stands[plan.ids[row.ref]], _row_state(row, ids, settings)
        state = stand.appointment
        fixed, changed = fixed_columns(state, said), changed_columns(state, said)
        plan.left += [LeftAlone("appointments.csv", row.line, row.ref, column, NEVER_CHANGES) for column in fixed]
        if changed and not stand.by_import:
            plan.left += [LeftAlone("appointments.csv", row.line, row.ref, column, CHANGED_HERE) for column in changed]
            continue
        if changed:
            wanted[state.appointment_id] = said
            plan.changed.append((stand, become(state, said, settings, overlaps=False)))
        if not fixed:
            plan.said_of_appointments[row.ref] = (state.appointment_id, fingerprint(row))
    return wanted


def _mark_overlaps(
    plan: Plan,
    wanted: Mapping[UUID, RowState],
    directory: PracticeDirectory,
    occupied: Sequence[Occupancy],
    settings: PortalSettings,
) -> None:
    """Those whose time overlaps another's are marked: they are kept, and still block the time for clients."""
    marked = overlapping([*(row for row in occupied if row.appointment_id not in wanted), *plan.occupancy()])
    plan.imported = [
        replace(event, overlap_accepted=True) if event.appointment_id in marked else event for event in plan.imported
    ]
    plan.changed = [
        (
            stand,
            become(
                stand.appointment,
                wanted[stand.appointment.appointment_id],
                settings,
                overlaps=stand.appointment.appointment_id in marked,
            ),
        )
        for stand, _ in plan.changed
    ]
    lines = [(row.line, row.ref) for row in directory.appointments if plan.ids[row.ref] in marked]
    plan.overlapping = tuple(lines)


def _plan_payments(
    plan: Plan,
    rows: Sequence[PaymentRow],
    present: Present,
    ids: Ids,
    stands: Mapping[UUID, Stand],
    directory: PracticeDirectory,
) -> None:
    """A payment that is recorded never changes; one appointment is paid in one currency."""
    clients = {row.ref: ids["client", row.client] for row in directory.appointments}
    for row in rows:
        if row.ref in present.payments:
            if present.payments[row.ref][1] != fingerprint(row):
                plan.left.append(LeftAlone("payments.csv", row.line, row.ref, "", NEVER_CHANGES))
            continue
        appointment_id = plan.ids[row.appointment]
        stand = stands.get(appointment_id)
        if stand and stand.appointment.currency not in ("", row.currency):
            reason = f"its appointment was paid in {stand.appointment.currency}"
            plan.left.append(LeftAlone("payments.csv", row.line, row.ref, "currency", reason))
            continue
        client_id = stand.appointment.client_id if stand else clients[row.appointment]
        payment = PaymentRecorded(
            payment_id=new_id(),
            appointment_id=appointment_id,
            client_id=client_id,
            amount_pence=row.amount_pence,
            currency=row.currency,
            method=row.method,
            paid_at=row.paid_at,
            external_ref=row.ref,
        )
        plan.payments.append(payment)
        plan.said_of_payments[row.ref] = (payment.payment_id, fingerprint(row))


def missing_of(directory: PracticeDirectory, present: Present) -> dict[str, tuple[str, ...]]:
    """References that an import brought and the files no longer name, by file."""
    appointments = present.imported.keys() - {row.ref for row in directory.appointments}
    payments = present.payments.keys() - {row.ref for row in directory.payments}
    found = {"appointments.csv": tuple(sorted(appointments)), "payments.csv": tuple(sorted(payments))}
    return {file: refs for file, refs in found.items() if refs}


def _row_state(row: AppointmentRow, ids: Ids, settings: PortalSettings) -> RowState:
    return RowState(
        client_id=ids["client", row.client],
        clinician_id=ids["user", row.clinician],
        location_id=ids["location", row.location],
        appointment_type_id=ids["type", row.appointment_type],
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        status=row.status,
        occupies=is_attending(settings, row.status),
    )


def _imported(row: AppointmentRow, ids: Ids, settings: PortalSettings) -> AppointmentImported:
    return AppointmentImported(
        appointment_id=new_id(),
        client_id=ids["client", row.client],
        clinician_id=ids["user", row.clinician],
        location_id=ids["location", row.location],
        appointment_type_id=ids["type", row.appointment_type],
        slot=Slot(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            zone=row.zone,
            local_start=row.local_start,
            duration_minutes=row.duration_minutes,
            buffer_after_minutes=row.buffer_after_minutes,
        ),
        status=row.status,
        occupies=is_attending(settings, row.status),
        revision=1,
        overlap_accepted=False,
        video=row.video,
        external_ref=row.ref,
    )
