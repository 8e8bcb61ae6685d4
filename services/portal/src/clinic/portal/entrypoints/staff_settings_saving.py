"""One way to save a part of the portal settings: all of the part or nothing, never over somebody else's change."""

from collections.abc import Mapping
from typing import Any, Protocol

from clinic.kernel.errors import Refused
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.joining import types_of
from clinic.portal.application.staff.portal_settings import to_send
from clinic.portal.application.staff.settings_history import told_differences
from clinic.portal.application.staff.words import say_refusal
from clinic.portal.entrypoints.staff_desk import Desk, done, page, posted_number

NOT_YET = "Mend what is marked to see what these settings would mean."


class Draw(Protocol):
    """Draws the form again over the settings as they are now; `more` goes to the template."""

    def __call__(self, now: Mapping[str, Any], status: int, **more: Any) -> Any: ...


def settings_page(template: str, now: Mapping[str, Any], status: int, **given: Any) -> Any:
    """A form of the settings; it is bound to the version that it shows, unless `given` says another."""
    return page(template, status, **{"version": now["version"], "meanwhile": (), "now": now, **given})


def save(
    desk: Desk,
    now: Mapping[str, Any],
    changes: Mapping[str, Any],
    errors: Mapping[str, str],
    draw: Draw,
    endpoint: str,
) -> Any:
    """Sends the changes of this part with all the other settings as they are, bound to the version that was seen."""
    version = posted_number("version")
    if errors:
        return draw(now, 422, errors=errors, version=version)
    if version != now["version"]:
        return _changed_meanwhile(desk, now, changes, draw)
    try:
        desk.services.change_portal_settings(version, to_send(now, changes))
    except Refused as refusal:
        if refusal.code == "changed_meanwhile":
            return _changed_meanwhile(desk, desk.services.portal_settings(), changes, draw)
        if refusal.code != "invalid":
            raise
        told = told_errors(refusal.facts)
        return draw(now, 422, errors=told, version=version)
    return done("settings", endpoint)


def _changed_meanwhile(desk: Desk, now: Mapping[str, Any], changes: Mapping[str, Any], draw: Draw) -> Any:
    """Both are shown: what is saved now, where it differs, above the entries; saving again replaces it."""
    differing = told_differences(now, changes, types_of(desk.services))
    return draw(now, 409, errors={"": say_refusal("changed_meanwhile")}, meanwhile=differing, is_stale=True)
