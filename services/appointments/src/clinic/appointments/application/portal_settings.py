"""The practice's portal settings, read and changed."""

from collections.abc import Callable
from uuid import UUID

from clinic.appointments.application.asking import By
from clinic.appointments.application.ports import Answer, Asked, Entry, Ledger, Record
from clinic.appointments.domain.portal_settings import change_settings
from clinic.contracts.appointments import PortalSettings
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.ids import new_id
from clinic.kernel.streams import stream_id


def change_portal_settings(
    ledger: Ledger, by: By, seen_version: int, wanted: PortalSettings | Callable[[PortalSettings], PortalSettings]
) -> PortalSettings:
    """The settings are the wanted ones; nothing is recorded when they were so. `wanted` may be made of the present.

    Refused: `invalid` with the reason of each field, `changed_meanwhile` when `seen_version` is not the present one.
    """
    reading = ledger.read(by.practice_id)
    if reading.settings.version != seen_version:
        raise Refused("changed_meanwhile")
    whole = wanted(reading.settings) if callable(wanted) else wanted
    changes = change_settings(reading.settings, whole)
    if not changes:
        return reading.settings
    (event,) = changes
    command_id = new_id()
    try:
        ledger.record_settings(
            Record(
                asked=_asked(by, command_id),
                entries=(Entry(new_id(), stream_id("settings", by.practice_id), event.settings.version, event),),
                answer=Answer("changed", False, {}),
                occurred_at=reading.now,
                settings_version=reading.settings.version,
            )
        )
    except ConcurrencyConflict:
        raise Refused("changed_meanwhile") from None
    ledger.announce(by.practice_id)
    return event.settings


def _asked(by: By, command_id: UUID) -> Asked:
    return Asked(by.practice_id, command_id, "settings", by.practice_id, by.actor, "", by.traceparent)
