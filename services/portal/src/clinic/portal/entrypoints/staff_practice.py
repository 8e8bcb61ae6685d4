"""The clinicians' online profiles (F38)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort

from clinic.kernel.errors import Refused
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.joining import catalogue_of, clinicians_of
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    done,
    form,
    page,
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
        errors = told_errors(refusal.facts)
        return _profile(desk, clinician_id, name, given, 422, errors=errors)
    return done("profile", "practice.profile", clinician_id=clinician_id)
