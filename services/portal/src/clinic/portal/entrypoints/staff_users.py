"""A user's profile: who they are, and what they are alerted to (F31, F32)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort

from clinic.contracts.identity import ADMINISTRATOR
from clinic.kernel.errors import Refused
from clinic.portal.application.staff import alert_switches
from clinic.portal.application.staff.form import told_errors
from clinic.portal.entrypoints.staff_desk import Desk, done, form, page, staff_page

blueprint = Blueprint("user", __name__, url_prefix="/p/<slug>/users")


@blueprint.get("")
@staff_page(ADMINISTRATOR)
def users(desk: Desk) -> Any:
    """Everybody who can sign in, each with a page: site administrators only (F6)."""
    found = [(user["id"], user["name"], user["role"], user["is_clinician"]) for user in desk.services.users()]
    return page("users.html", users=sorted(found, key=lambda one: str(one[1]).casefold()))


@blueprint.get("/<uuid:user_id>")
@staff_page()
def profile(desk: Desk, user_id: UUID) -> Any:
    """The user's own page, and everybody's for site administrators (F6, ADR 0021)."""
    name = _name_of(desk, user_id)
    given = alert_switches.as_form(desk.services.alert_switches(user_id))
    return _profile(desk, user_id, name, given)


@blueprint.post("/<uuid:user_id>")
@staff_page()
def post_profile(desk: Desk, user_id: UUID) -> Any:
    """Saves the alert switches; auditors may, for these are their own (ADR 0021)."""
    name = _name_of(desk, user_id)
    given = form()
    read = alert_switches.read_form(given)
    if read.errors:
        return _profile(desk, user_id, name, given, 422, errors=read.errors)
    try:
        desk.services.set_alert_switches(user_id, read.switches)
    except Refused as refusal:
        if refusal.code != "invalid":
            raise
        errors = told_errors(refusal.facts)
        return _profile(desk, user_id, name, given, 422, errors=errors)
    return done("alert_switches", "user.profile", user_id=user_id)


def _name_of(desk: Desk, user_id: UUID) -> str:
    if user_id == desk.user.id:
        return desk.user.name
    name = next((str(user["name"]) for user in desk.services.users() if user["id"] == str(user_id)), "")
    if not name:
        abort(404)
    if not desk.is_administrator:
        raise Refused("forbidden")
    return name


def _profile(desk: Desk, user_id: UUID, name: str, given: Mapping[str, str], status: int = 200, **more: Any) -> Any:
    is_own = user_id == desk.user.id
    return page(
        "user.html",
        status,
        name=name,
        is_own=is_own,
        whose="your" if is_own else "their",
        always_on=alert_switches.ALWAYS_ON,
        given=given,
        email=alert_switches.EMAIL,
        in_app=alert_switches.IN_APP,
        **more,
    )
