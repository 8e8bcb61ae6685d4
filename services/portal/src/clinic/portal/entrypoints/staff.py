"""The staff pages: a web application of its own, so that the public face can be exposed alone (A2)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, get_flashed_messages, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clinic.infra.clock import utc_now
from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.application.ports import Identity
from clinic.portal.application.staff.client_details import full_name
from clinic.portal.application.staff.ports import StaffServices
from clinic.portal.application.staff.words import DONE, ROLES
from clinic.portal.bootstrap import PortalSettings, connect_staff, read_portal_settings
from clinic.portal.entrypoints import (
    staff_appointment_changes,
    staff_appointments,
    staff_audit,
    staff_audit_then,
    staff_booking,
    staff_client_record,
    staff_clients,
    staff_communication_texts,
    staff_communications,
    staff_diary,
    staff_door,
    staff_errors,
    staff_inbox,
    staff_messages,
    staff_notifications,
    staff_payments,
    staff_practice,
    staff_refusals,
    staff_settings,
    staff_statuses,
    staff_type_rules,
    staff_users,
    staff_what_if,
)
from clinic.portal.entrypoints.staff_desk import StaffFace
from clinic.portal.entrypoints.web import create_web_app
from clinic.portal.entrypoints.web_session import SessionEnded, delete_session_cookie

BLUEPRINTS = (
    staff_door.blueprint,
    staff_diary.blueprint,
    staff_appointments.blueprint,
    staff_appointment_changes.blueprint,
    staff_payments.blueprint,
    staff_booking.blueprint,
    staff_clients.blueprint,
    staff_client_record.blueprint,
    staff_messages.blueprint,
    staff_inbox.blueprint,
    staff_refusals.blueprint,
    staff_notifications.blueprint,
    staff_practice.blueprint,
    staff_settings.blueprint,
    staff_statuses.blueprint,
    staff_type_rules.blueprint,
    staff_what_if.blueprint,
    staff_communications.blueprint,
    staff_communication_texts.blueprint,
    staff_users.blueprint,
    staff_audit.blueprint,
    staff_audit_then.blueprint,
)


def create_app() -> Flask:
    """The staff face from the environment (docs/http.md, Environment)."""
    settings = read_portal_settings("staff")
    identity, connect = connect_staff(settings)
    return build_app(settings, identity, connect, clock=utc_now)


def build_app(
    settings: PortalSettings,
    identity: Identity,
    connect: Callable[[Mapping[str, str]], StaffServices],
    *,
    clock: Callable[[], datetime],
) -> Flask:
    """The face over these services; `connect` gives the services of one session's tokens."""
    app = create_web_app("staff", settings, identity)
    app.extensions["clinic_staff"] = StaffFace(identity, connect, clock)
    app.extensions["clinic_portal_address"] = settings.client_portal_url
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    staff_errors.add_error_pages(app)
    app.register_error_handler(SessionEnded, _sign_in_again)
    app.url_defaults(_same_practice)
    app.context_processor(_of_every_page)
    app.jinja_env.globals["full_name"] = full_name
    return app


def _same_practice(endpoint: str, values: dict[str, Any]) -> None:
    """Every link stays in the practice of the page."""
    if "slug" not in values and endpoint != "static" and request.view_args:
        values["slug"] = request.view_args.get("slug", "")


def _sign_in_again(ended: SessionEnded) -> ResponseReturnValue:
    """To the practice's sign-in page; a cookie that opens nothing any more is taken back."""
    response = make_response(redirect(url_for("door.sign_in"), 303))
    delete_session_cookie(response)
    return response


def _of_every_page() -> dict[str, Any]:
    desk = g.get("desk")
    return {
        "desk": desk,
        "roles": ROLES,
        "banners": lambda: [DONE.get(code, "") for code in map(str, get_flashed_messages())],
        "unread_count": _unread_count,
        "has_page": lambda endpoint: endpoint in current_app.view_functions,
    }


def _unread_count() -> int:
    """How many notifications were not read; 0 while that service does not answer: no page fails for it."""
    try:
        return int(g.desk.services.alerts(unread=True)["unread"])
    except (Refused, Unavailable):
        return 0
