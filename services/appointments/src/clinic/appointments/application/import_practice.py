"""A practice is taken over: its settings, then its appointments, then the portal is switched on (F49).

Nothing here tells anybody: an imported appointment sends no message and alerts nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from clinic.appointments.domain.occupancy import Occupancy, occupancy_of, overlapping
from clinic.appointments.domain.portal_settings import DEFAULT, change_settings, is_attending
from clinic.contracts.appointments import AppointmentImported, PortalSettings, PortalSettingsChanged, Slot, Window
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import AppointmentRow, Kind, PracticeDirectory, PracticeRow

CHUNK = 1_000

Ids = Mapping[tuple[Kind, str], UUID]


@dataclass(frozen=True, slots=True)
class Present:
    """What the ledger holds of the practice when an import begins: `imported` by external reference."""

    settings: PortalSettings
    imported: Mapping[str, UUID]
    occupied: Sequence[Occupancy]


class ImportStore(Protocol):
    """The practice's ledger inside one transaction, in which nobody else appends."""

    def present(self) -> Present:
        """What is there; an empty ledger is made where there is none."""

    def append_settings(self, event: PortalSettingsChanged) -> None:
        """The settings change."""

    def append_imported(self, events: Sequence[AppointmentImported]) -> None:
        """Appointments, with whose time they take."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, and the ids of all appointments that the directory names."""

    created: int
    unchanged: int
    ids: Mapping[str, UUID]


def import_practice(store: ImportStore, directory: PracticeDirectory, ids: Ids, progress: "Progress") -> Imported:
    """Rows that are there already stay as they are, so saying it again finishes what was interrupted.

    The portal stays off until the last step, and only an import before which nobody has touched the settings takes them
    from the directory.
    """
    present = store.present()
    settings = present.settings
    untouched = settings.version <= 1
    if settings.version == 0:
        settings = _apply(store, settings, replace(imported_settings(directory.practice), portal_on=False))
    new = [row for row in directory.appointments if row.ref not in present.imported]
    events = _overlaps_marked([_imported(row, ids, settings) for row in new], present.occupied)
    for start in range(0, len(events), CHUNK):
        store.append_imported(events[start : start + CHUNK])
        progress(min(start + CHUNK, len(events)), len(events))
    if untouched:
        _apply(store, settings, imported_settings(directory.practice))
    found = {**present.imported, **{event.external_ref: event.appointment_id for event in events}}
    named = {row.ref: found[row.ref] for row in directory.appointments}
    return Imported(len(events), len(directory.appointments) - len(events), named)


class Progress(Protocol):
    """Told how many of how many are done."""

    def __call__(self, done: int, total: int, /) -> None:
        """More is done."""


def imported_settings(practice: PracticeRow) -> PortalSettings:
    """The settings that `practice.toml` names; the rest is the default."""
    return replace(
        DEFAULT,
        online_booking_edition=practice.online_booking_edition,
        online_booking_on=practice.online_booking_on,
        online_booking_off_text=practice.online_booking_off_text,
        portal_on=practice.portal_on,
        portal_off_text=practice.portal_off_text,
        edit_window=_window(practice.edit_window_minutes),
        cancellation_window=_window(practice.cancellation_window_minutes),
        policy_text=practice.policy_text,
    )


def _window(minutes: int | None) -> Window:
    match minutes:
        case None:
            return Window("never")
        case 0:
            return Window("always")
        case _:
            return Window("minutes", minutes)


def _apply(store: ImportStore, settings: PortalSettings, wanted: PortalSettings) -> PortalSettings:
    for event in change_settings(settings, wanted):
        store.append_settings(event)
        settings = event.settings
    return settings


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


def _overlaps_marked(events: Iterable[AppointmentImported], occupied: Sequence[Occupancy]) -> list[AppointmentImported]:
    """Those whose time overlaps another's are marked: they are kept, and still block the time for clients."""
    unmarked = list(events)
    marked = overlapping([*occupied, *(occupancy_of(event) for event in unmarked)])
    return [replace(event, overlap_accepted=True) if event.appointment_id in marked else event for event in unmarked]
