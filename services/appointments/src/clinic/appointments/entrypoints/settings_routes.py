"""The portal settings and their history over HTTP (F1-F7, F25-F27, F50)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from clinic.appointments.application.portal_settings import change_portal_settings
from clinic.appointments.application.settings_history import show_settings_history
from clinic.appointments.bootstrap import Parts
from clinic.appointments.entrypoints import schemas, settings_schemas
from clinic.appointments.entrypoints.asked_by import asked_by
from clinic.appointments.entrypoints.staff_schemas import rules_from
from clinic.contracts.appointments import AppointmentStatus, PortalSettings, TypeRules, Window
from clinic.contracts.codec import to_data
from clinic.contracts.identity import ADMINISTRATOR
from clinic.infra.api import IF_MATCH, allow, seen_version


def settings_routes(parts: Parts) -> Blueprint:
    """`/v1/settings/portal` and its history."""
    blueprint = Blueprint("settings", __name__, url_prefix="/v1/settings", description="Portal settings")

    @blueprint.get("/portal")
    @allow("staff")
    @blueprint.response(200, settings_schemas.SettingsSchema)
    def show() -> Response:
        """The settings; the ETag is their version."""
        return _answer(parts.views.moment(asked_by().practice_id).settings)

    @blueprint.put("/portal")
    @allow("staff", roles=(ADMINISTRATOR,))
    @blueprint.arguments(settings_schemas.WantedSettingsSchema)
    @blueprint.doc(parameters=[IF_MATCH])
    @blueprint.response(200, settings_schemas.SettingsSchema)
    def change(body: dict[str, Any]) -> Response:
        """All settings at once; If-Match carries the version that was seen.

        `online_payments_on` and `type_rules` stay as they are where a program of before leaves them out.
        """
        return _answer(change_portal_settings(parts.ledger, asked_by(), seen_version(), _wanted(body)))

    @blueprint.get("/portal/history")
    @allow("staff")
    @blueprint.arguments(schemas.PageQuerySchema, location="query")
    @blueprint.response(200, settings_schemas.SettingsHistorySchema)
    def history(query: dict[str, Any]) -> Response:
        """Every change with its old and new values, newest first, 20 a page."""
        return jsonify(show_settings_history(parts.views, asked_by().practice_id, query["page"]))

    return blueprint


def _wanted(body: dict[str, Any]) -> Callable[[PortalSettings], PortalSettings]:
    """The body over the present settings: a field that it may leave out stays as it is."""
    said = {
        **body,
        "edit_window": Window(**body["edit_window"]),
        "cancellation_window": Window(**body["cancellation_window"]),
        "statuses": tuple(AppointmentStatus(**status) for status in body["statuses"]),
    }
    if "type_rules" in body:
        said["type_rules"] = tuple(
            TypeRules(one["appointment_type_id"], rules_from(one["rules"])) for one in body["type_rules"]
        )
    return lambda present: replace(present, **said)


def _answer(settings: PortalSettings) -> Response:
    response = jsonify(to_data(settings))
    response.set_etag(str(settings.version))
    return response
