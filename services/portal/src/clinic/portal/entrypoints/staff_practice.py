"""What the practice decides: clinicians' profiles (F38), the portal settings (F1–F7, F25–F27) and their history."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app

from clinic.kernel.errors import Refused
from clinic.portal.application.staff import portal_settings
from clinic.portal.application.staff.history import people_in
from clinic.portal.application.staff.joining import catalogue_of, clinicians_of, names_of
from clinic.portal.application.staff.settings_history import told_changes
from clinic.portal.application.staff.words import say_refusal
from clinic.portal.entrypoints.staff_desk import (
    ADMINISTRATOR,
    Desk,
    asked_page,
    done,
    form,
    page,
    posted_number,
    staff_page,
)

blueprint = Blueprint("practice", __name__, url_prefix="/p/<slug>")
NO_PROFILE = {"display_name": "", "title": "", "description": "", "available_online": False}


@blueprint.get("/clinicians")
@staff_page()
def clinicians(desk: Desk) -> Any:
    """All clinicians with their online switch."""
    profiles = catalogue_of(desk.services).clinicians
    told = [(str(key), name, profiles.get(str(key), NO_PROFILE)) for key, name in clinicians_of(desk.services)]
    return page("clinicians.html", clinicians=told)


def _name_of(desk: Desk, clinician_id: UUID) -> str:
    return dict(clinicians_of(desk.services)).get(clinician_id) or abort(404)


@blueprint.get("/clinicians/<uuid:clinician_id>")
@staff_page()
def profile(desk: Desk, clinician_id: UUID) -> Any:
    """A clinician's online profile: a form for site administrators and for the clinician, for others to read."""
    name = _name_of(desk, clinician_id)
    given = catalogue_of(desk.services).clinicians.get(str(clinician_id), NO_PROFILE)
    return _profile(desk, clinician_id, name, given)


def _profile(
    desk: Desk, clinician_id: UUID, name: str, given: Mapping[str, Any], status: int = 200, **more: Any
) -> Any:
    may_edit = desk.is_administrator
    return page("clinician.html", status, name=name, clinician_id=clinician_id, given=given, may_edit=may_edit, **more)


@blueprint.post("/clinicians/<uuid:clinician_id>")
@staff_page()
def post_profile(desk: Desk, clinician_id: UUID) -> Any:
    """Saves the profile; a display name is needed while the switch is on (F38)."""
    name = _name_of(desk, clinician_id)
    if not desk.is_administrator:
        raise Refused("forbidden")
    typed = form()
    given: dict[str, Any] = {key: typed.get(key, "").strip() for key in ("display_name", "title", "description")}
    given["available_online"] = typed.get("available_online") == "on"
    if given["available_online"] and not given["display_name"]:
        errors = {"display_name": "Enter a display name: clients read it while the clinician is available online."}
        return _profile(desk, clinician_id, name, given, 422, errors=errors)
    try:
        desk.services.change_online_profile(clinician_id, given)
    except Refused as refusal:
        if refusal.code != "invalid":
            raise
        errors = portal_settings.told_errors(refusal.facts) or {"": say_refusal("invalid")}
        return _profile(desk, clinician_id, name, given, 422, errors=errors)
    return done("profile", "practice.profile", clinician_id=clinician_id)


@blueprint.get("/settings/portal")
@staff_page(ADMINISTRATOR)
def settings(desk: Desk) -> Any:
    """The portal settings: site administrators only (F6)."""
    now = desk.services.portal_settings()
    return _settings(desk, portal_settings.as_form(now), now["version"], example=portal_settings.worked_example(now))


def _settings(desk: Desk, given: Mapping[str, str], version: int, status: int = 200, **more: Any) -> Any:
    base = current_app.extensions["clinic_portal_address"]
    rows = portal_settings.filled_rows(given)
    return page(
        "portal_settings.html",
        status,
        given=given,
        version=version,
        address=f"{base}/p/{desk.practice.slug}",
        rows=rows,
        named=portal_settings.named_statuses(given),
        new_row=max(rows, default=-1) + 1,
        editions=portal_settings.EDITIONS,
        abilities=portal_settings.ABILITIES,
        labels=portal_settings.LABELS,
        **more,
    )


@blueprint.post("/settings/portal")
@staff_page(ADMINISTRATOR)
def post_settings(desk: Desk) -> Any:
    """Saves them, or says next to each field why not; a change by somebody else is never written over."""
    given, version = form(), posted_number("version")
    read = portal_settings.read_form(given)
    example = portal_settings.worked_example(read.settings)
    if read.errors:
        return _settings(desk, given, version, 422, errors=read.errors, example=example)
    try:
        desk.services.change_portal_settings(version, read.settings)
    except Refused as refusal:
        if refusal.code == "changed_meanwhile":
            errors = {"": say_refusal("changed_meanwhile")}
            return _settings(desk, given, version, 409, errors=errors, example=example, stale=True)
        if refusal.code != "invalid":
            raise
        errors = portal_settings.told_errors(refusal.facts) or {"": say_refusal("invalid")}
        return _settings(desk, given, version, 422, errors=errors, example=example)
    return done("settings", "practice.settings")


@blueprint.get("/settings/portal/history")
@staff_page()
def settings_history(desk: Desk) -> Any:
    """Who changed which portal setting, when and from what to what: every role may read it."""
    found = desk.services.portal_settings_history(asked_page())
    statuses = desk.services.portal_settings()["statuses"]
    names = names_of(desk.services, *people_in(found["entries"]))
    changes = told_changes(found["entries"], statuses, names, desk.practice.zone)
    return page("settings_history.html", changes=changes, number=found["page"], pages=found["pages"])
