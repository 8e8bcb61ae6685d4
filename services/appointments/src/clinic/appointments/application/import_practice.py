"""A practice is taken over: its settings, then its appointments and payments, then the portal is switched on (F49).

Nothing here tells anybody: an imported appointment sends no message and alerts nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from clinic.appointments.application.import_appointments import Ids, Plan, Present, Stand, missing_of, plan_appointments
from clinic.appointments.application.import_erased import without_erased
from clinic.appointments.application.import_settings import Said, imported_settings, merged_settings
from clinic.appointments.domain.occupancy import Occupancy
from clinic.appointments.domain.portal_settings import change_settings
from clinic.contracts.appointments import PortalSettings, PortalSettingsChanged
from clinic.kernel.practice_directory import PracticeDirectory
from clinic.kernel.taking_over import LeftAlone

CHUNK = 2_000


class ImportStore(Protocol):
    """The practice's ledger inside one transaction, in which nobody else appends."""

    def present(self) -> Present:
        """What is there; an empty ledger is made where there is none."""

    def stands(self, appointments: Sequence[UUID]) -> Mapping[UUID, Stand]:
        """Where appointments stand, as their streams tell it."""

    def append_settings(self, event: PortalSettingsChanged) -> None:
        """The settings change."""

    def append(self, entries: Sequence[tuple[Any, int]]) -> None:
        """Facts of appointments, each as a version of its appointment's stream."""

    def occupy(self, rows: Sequence[Occupancy], changed: Sequence[UUID]) -> None:
        """Whose time is taken now: rows that are new, and those of appointments that changed."""

    def keep_appointments(self, said: Mapping[str, tuple[UUID, str]]) -> None:
        """Reference → (appointment, fingerprint)."""

    def keep_payments(self, said: Mapping[str, tuple[UUID, str]]) -> None:
        """Reference → (payment, fingerprint)."""

    def keep_settings(self, said: Said) -> None:
        """What the import said of the settings."""


class Progress(Protocol):
    """Told how many of how many are done."""

    def __call__(self, done: int, total: int, /) -> None:
        """More is done."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do: numbers of rows, what stayed, and the ids of all appointments that it names."""

    created: int
    changed: int
    unchanged: int
    left: tuple[LeftAlone, ...]
    missing: Mapping[str, tuple[str, ...]]
    overlapping: tuple[tuple[int, str], ...]
    past: int
    ids: Mapping[str, UUID]


def import_practice(
    store: ImportStore,
    directory: PracticeDirectory,
    ids: Ids,
    progress: Progress,
    *,
    dry_run: bool = False,
    update: bool = True,
    erased: Collection[str] = (),
) -> Imported:
    """New rows are added, rows that say what they said stay, others become changes (ADR 0025).

    The portal stays off until the last step of a first import. Rows of clients who were erased here are left alone.
    """
    told, (directory, erased_rows) = directory, without_erased(directory, erased)
    present = store.present()
    wanted = imported_settings(directory.practice)
    settings, left, said = merged_settings(present.settings, present.said_settings, wanted, update=update)
    plan = plan_appointments(directory, present, ids, settings, store.stands, update=update)
    if not dry_run:
        _write(store, present, plan, settings, progress)
        if said is not None:
            store.keep_settings(said)
    return Imported(
        len(plan.imported) + len(plan.payments),
        len(plan.changed),
        len(told.appointments) + len(told.payments) - plan.rows_written,
        (*left, *plan.left, *erased_rows),
        missing_of(told, present),
        plan.overlapping,
        _past(directory, present.now),
        plan.ids,
    )


def _write(store: ImportStore, present: Present, plan: Plan, settings: PortalSettings, progress: Progress) -> None:
    so_far = present.settings
    if so_far.version == 0:
        so_far = _apply(store, so_far, replace(settings, portal_on=False))
    entries = plan.entries()
    for start in range(0, len(entries), CHUNK):
        store.append(entries[start : start + CHUNK])
        progress(min(start + CHUNK, len(entries)), len(entries))
    store.occupy(plan.occupancy(), [stand.appointment.appointment_id for stand, _ in plan.changed])
    store.keep_appointments(plan.said_of_appointments)
    store.keep_payments(plan.said_of_payments)
    _apply(store, so_far, settings)


def _apply(store: ImportStore, settings: PortalSettings, wanted: PortalSettings) -> PortalSettings:
    for event in change_settings(settings, wanted):
        store.append_settings(event)
        settings = event.settings
    return settings


def _past(directory: PracticeDirectory, now: datetime) -> int:
    return sum(row.starts_at <= now for row in directory.appointments)
