"""The portal settings (switches, texts, abilities, windows) with a worked example, and their history (F1–F7)."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app

from clinic.contracts.identity import ADMINISTRATOR
from clinic.portal.application.staff import portal_settings
from clinic.portal.application.staff.history import people_in
from clinic.portal.application.staff.joining import names_of, types_of
from clinic.portal.application.staff.settings_history import told_changes
from clinic.portal.application.staff.windows import KINDS
from clinic.portal.application.staff.worked_example import next_friday, text_now, type_examples, worked_example
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    asked_page,
    form,
    page,
    posted_number,
    staff_page,
)
from clinic.portal.entrypoints.staff_settings_saving import NOT_YET, save, settings_page

blueprint = Blueprint("settings", __name__, url_prefix="/p/<slug>/settings/portal")


@blueprint.get("")
@staff_page(ADMINISTRATOR)
def portal(desk: Desk) -> Any:
    """Switches, texts, abilities and windows: site administrators only (F6)."""
    now = desk.services.portal_settings()
    return _portal(desk, now, portal_settings.as_form(now), now)


@blueprint.post("")
@staff_page(ADMINISTRATOR)
def post_portal(desk: Desk) -> Any:
    """Saves them, or shows what they would mean; what cannot be is told next to its field."""
    given, now = form(), desk.services.portal_settings()
    read = portal_settings.read_form(given)

    def draw(now: Mapping[str, Any], status: int, **more: Any) -> Any:
        return _portal(desk, now, given, None if read.errors else {**now, **read.settings}, status, **more)

    if given.get("do") == "example":
        return draw(now, 422 if read.errors else 200, errors=read.errors, version=posted_number("version"))
    return save(desk, now, read.settings, read.errors, draw, "settings.portal")


def _portal(
    desk: Desk,
    now: Mapping[str, Any],
    given: Mapping[str, str],
    meant: Mapping[str, Any] | None,
    status: int = 200,
    **more: Any,
) -> Any:
    base, zone = current_app.extensions["clinic_portal_address"], desk.practice.zone
    friday = next_friday(desk.now, zone)
    return settings_page(
        "portal_settings.html",
        now,
        status,
        given=given,
        address=f"{base}/p/{desk.practice.slug}",
        editions=portal_settings.EDITIONS,
        abilities=portal_settings.ABILITIES,
        labels=portal_settings.LABELS,
        example=worked_example(meant, friday, zone) if meant else NOT_YET,
        examples=type_examples(meant, types_of(desk.services), friday, zone) if meant else [],
        off_text=text_now(meant or now),
        kinds=KINDS.items(),
        **more,
    )


@blueprint.get("/history")
@staff_page()
def history(desk: Desk) -> Any:
    """Who changed which portal setting, when and from what to what: every role may read it."""
    found = desk.services.portal_settings_history(asked_page())
    called = desk.services.portal_settings()["statuses"]
    names = names_of(desk.services, *people_in(found["entries"]))
    changes = told_changes(found["entries"], called, names, desk.practice.zone, types_of(desk.services))
    return page("settings_history.html", changes=changes, number=found["page"], pages=found["pages"])
