"""The history of the portal settings: what each change replaced by what (F50)."""

from typing import Any
from uuid import UUID

from clinic.appointments.application.queries import PAGE_SIZE
from clinic.appointments.application.views import SettingsVersion, Views
from clinic.appointments.domain.portal_settings import DEFAULT, changed_fields
from clinic.contracts.appointments import PortalSettings
from clinic.contracts.codec import to_data
from clinic.kernel.client_time import utc_text


def show_settings_history(views: Views, practice_id: UUID, page: int) -> dict[str, Any]:
    """Every change of the settings, newest first, 20 a page; a page past the last has no entries.

    The first change replaced the default. One that changed nothing (a new practice that keeps the default) has an entry
    without fields. Refused as `not_found` for a practice that has no ledger.
    """
    newest = views.moment(practice_id).settings.version
    last = newest - PAGE_SIZE * (page - 1)
    first = max(1, last - PAGE_SIZE + 1)
    found = views.settings_versions(practice_id, first - 1, last) if last > 0 else []
    before = DEFAULT if first == 1 else found.pop(0).settings
    entries = []
    for one in found:
        entries.append(_entry(one, before))
        before = one.settings
    return {"entries": entries[::-1], "page": page, "pages": max(1, -(-newest // PAGE_SIZE))}


def _entry(one: SettingsVersion, before: PortalSettings) -> dict[str, Any]:
    old, new = to_data(before), to_data(one.settings)
    return {
        "version": one.settings.version,
        "recorded_at": utc_text(one.recorded_at),
        "position": one.position,
        "actor": {"kind": one.actor.kind, "id": str(one.actor.id) if one.actor.id else None},
        "changed": [
            {"field": name, "before": old[name], "after": new[name]} for name in changed_fields(before, one.settings)
        ],
    }
