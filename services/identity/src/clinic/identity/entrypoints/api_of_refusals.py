"""Confirmations of identity that failed, over HTTP, for staff (F53)."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from clinic.identity.application.ports import Ports
from clinic.identity.application.refusals import show_refusals
from clinic.infra.api import allow, identify, practice_of
from clinic.kernel.client_time import utc_text


class RefusalsQuery(Schema):
    """Query of `GET /v1/confirmation-refusals`: of one client, or of all."""

    client = fields.UUID(load_default=None)
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))


class RefusalAnswer(Schema):
    """One refused confirmation; a sign-in link names no client."""

    position = fields.Integer(required=True)
    recorded_at = fields.Function(lambda line: utc_text(line.recorded_at), required=True)
    link = fields.String(required=True)
    link_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True, allow_none=True)
    client_id = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True)


class RefusalsAnswer(Schema):
    """One page, newest first."""

    refusals = fields.List(fields.Nested(RefusalAnswer), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)


def refusals_blueprint(ports: Ports) -> Blueprint:
    """`/v1/confirmation-refusals`."""
    blueprint = Blueprint("refusals", __name__, url_prefix="/v1", description="Confirmations that failed")

    @blueprint.get("/confirmation-refusals")
    @allow("staff")
    @blueprint.arguments(RefusalsQuery, location="query")
    @blueprint.response(200, RefusalsAnswer)
    def get_refusals(query: dict[str, Any]) -> Any:
        """Without what was typed, 20 a page."""
        found, pages = show_refusals(ports, practice_of(identify()), query["client"], query["page"])
        return {"refusals": found, "page": query["page"], "pages": pages}

    return blueprint
