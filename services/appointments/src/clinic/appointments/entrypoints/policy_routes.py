"""What if other windows had held? Over HTTP, for site administrators (F54)."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validates_schema

from clinic.appointments.adapters.decisions_recorded import recorded_decisions
from clinic.appointments.application.what_if import report_as_json, report_on
from clinic.appointments.bootstrap import Parts
from clinic.appointments.domain.what_if import Tried, read_window
from clinic.appointments.entrypoints.asked_by import asked_by
from clinic.contracts.appointments import Window
from clinic.contracts.identity import ADMINISTRATOR
from clinic.infra.api import allow

MAX_DAYS = 366


class WindowText(fields.String):
    """`always`, `never`, or how long before the start: `90m`, `24h`, `2d`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return read_window(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise ValidationError(f"{error}.") from None


class WhatIfQuerySchema(Schema):
    """The windows that are tried (left out: as it was) and the dates of the decisions, both included."""

    edit_window = WindowText(load_default=None)
    cancellation_window = WindowText(load_default=None)
    everywhere = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})
    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: object) -> None:
        if not 0 <= (data["to"] - data["from_"]).days < MAX_DAYS:
            raise ValidationError("Must not be before 'from', and at most 366 days in all.", field_name="to")


class CountSchema(Schema):
    """How many were decided, how many of them allowed, and how many would have been decided otherwise."""

    decided = fields.Integer(required=True)
    allowed = fields.Integer(required=True)
    would_be_refused = fields.Integer(required=True)
    would_be_allowed = fields.Integer(required=True)


class ClinicianCountsSchema(Schema):
    """Seven counts from Monday, of one clinician's appointments."""

    clinician_id = fields.UUID(required=True)
    weekdays = fields.List(fields.Nested(CountSchema), required=True)


class TotalsSchema(Schema):
    """By what clients wanted."""

    change = fields.Nested(CountSchema, required=True)
    cancel = fields.Nested(CountSchema, required=True)


class WhatIfSchema(Schema):
    """The report; `unrecorded` refusals, at least, are in no count."""

    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)
    edit_window = fields.String(required=True, allow_none=True)
    cancellation_window = fields.String(required=True, allow_none=True)
    everywhere = fields.Boolean(required=True)
    clinicians = fields.List(fields.Nested(ClinicianCountsSchema), required=True)
    totals = fields.Nested(TotalsSchema, required=True)
    unrecorded = fields.Integer(required=True)


def policy_routes(parts: Parts) -> Blueprint:
    """`/v1/policy/what-if`."""
    blueprint = Blueprint("policy", __name__, url_prefix="/v1/policy", description="Trying another policy")

    @blueprint.get("/what-if")
    @allow("staff", roles=(ADMINISTRATOR,))
    @blueprint.arguments(WhatIfQuerySchema, location="query")
    @blueprint.response(200, WhatIfSchema)
    def what_if(query: dict[str, Any]) -> Response:
        """What would have been refused or allowed, per clinician and weekday of the decision."""
        edit: Window | None = query["edit_window"]
        tried = Tried(edit, query["cancellation_window"], query["everywhere"])
        period = (query["from_"], query["to"])
        events = recorded_decisions(parts.database, asked_by().practice_id, *period)
        return jsonify(report_as_json(report_on(events, tried, *period), tried, *period))

    return blueprint
