"""The practice's statuses, and which one a booking and a cancellation in the portal set (F25, F26)."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from clinic.contracts.identity import ADMINISTRATOR
from clinic.portal.application.staff import statuses
from clinic.portal.entrypoints.staff_desk import Desk, form, staff_page
from clinic.portal.entrypoints.staff_settings_saving import save, settings_page

blueprint = Blueprint("status", __name__, url_prefix="/p/<slug>/settings/portal/statuses")


@blueprint.get("")
@staff_page(ADMINISTRATOR)
def statuses_page(desk: Desk) -> Any:
    """The list as one form."""
    now = desk.services.portal_settings()
    return _statuses(now, statuses.as_form(now))


@blueprint.post("")
@staff_page(ADMINISTRATOR)
def post_statuses(desk: Desk) -> Any:
    """Saves the list as a whole: added, renamed and removed ones at once."""
    given, now = form(), desk.services.portal_settings()
    read = statuses.read_form(given)

    def draw(now: Mapping[str, Any], status: int, **more: Any) -> Any:
        return _statuses(now, given, status, **more)

    return save(desk, now, read.settings, read.errors, draw, "status.statuses_page")


def _statuses(now: Mapping[str, Any], given: Mapping[str, str], status: int = 200, **more: Any) -> Any:
    filled = statuses.filled_rows(given)
    return settings_page(
        "settings_statuses.html",
        now,
        status,
        given=given,
        labels=statuses.LABELS,
        rows=filled,
        new_row=max(filled, default=-1) + 1,
        named=statuses.named(given),
        **more,
    )
