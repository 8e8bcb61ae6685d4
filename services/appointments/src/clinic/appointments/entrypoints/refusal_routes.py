"""What was refused, over HTTP, for staff (F53)."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from clinic.appointments.application import queries
from clinic.appointments.application.views import RefusalLine
from clinic.appointments.bootstrap import Parts
from clinic.appointments.entrypoints.asked_by import asked_by
from clinic.appointments.entrypoints.schemas import PageQuerySchema, SeenSchema
from clinic.infra.api import allow
from clinic.kernel.client_time import utc_text


class RefusalsQuerySchema(SeenSchema, PageQuerySchema):
    """Of one client, of one appointment, or of all."""

    client = fields.UUID(load_default=None)
    appointment = fields.UUID(load_default=None)


class RefusalActorSchema(Schema):
    """Who asked."""

    kind = fields.String(required=True)
    id = fields.UUID(required=True, allow_none=True)


class RefusalSchema(Schema):
    """One refused change or cancellation; `unrecorded_before` were left out by the rate limit since the one before."""

    position = fields.Integer(required=True)
    recorded_at = fields.DateTime(required=True)
    actor = fields.Nested(RefusalActorSchema, required=True)
    appointment_id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    clinician_id = fields.UUID(required=True)
    wanted = fields.String(required=True)
    code = fields.String(required=True)
    starts_at = fields.DateTime(required=True)
    zone = fields.String(required=True)
    wanted_starts_at = fields.DateTime(required=True, allow_none=True)
    unrecorded_before = fields.Integer(required=True)


class RefusalPageSchema(Schema):
    """One page of refusals, newest first."""

    refusals = fields.List(fields.Nested(RefusalSchema), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)


def refusal_routes(parts: Parts) -> Blueprint:
    """`/v1/refusals`."""
    blueprint = Blueprint("refusals", __name__, url_prefix="/v1", description="Refused requests")

    @blueprint.get("/refusals")
    @allow("staff")
    @blueprint.arguments(RefusalsQuerySchema, location="query")
    @blueprint.response(200, RefusalPageSchema)
    def refusals(query: dict[str, Any]) -> Response:
        """Changes and cancellations that were refused, newest first, 20 a page."""
        page = query["page"]
        found, pages = queries.show_refusals(
            parts.views, asked_by(), query["client"], query["appointment"], page, query["min_position"]
        )
        return jsonify(refusals=[_refusal(line) for line in found.refusals], page=page, pages=pages)

    return blueprint


def _refusal(line: RefusalLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "recorded_at": utc_text(line.recorded_at),
        "actor": {"kind": line.actor_kind, "id": str(line.actor_id) if line.actor_id else None},
        "appointment_id": str(line.appointment_id),
        "client_id": str(line.client_id),
        "clinician_id": str(line.clinician_id),
        "wanted": line.wanted,
        "code": line.code,
        "starts_at": utc_text(line.starts_at),
        "zone": line.zone,
        "wanted_starts_at": utc_text(line.wanted_starts_at) if line.wanted_starts_at else None,
        "unrecorded_before": line.unrecorded_before,
    }
