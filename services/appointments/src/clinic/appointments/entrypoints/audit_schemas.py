"""The JSON of what auditors ask (docs/http.md, F50)."""

from datetime import datetime

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from clinic.appointments.adapters.export import FORMATS
from clinic.appointments.entrypoints.schemas import (
    MAX_DIARY_DAYS,
    AppointmentSchema,
    DiarySchema,
    PageQuerySchema,
    PageSchema,
    StandingSchema,
)
from clinic.appointments.entrypoints.settings_schemas import SettingsSchema
from clinic.appointments.entrypoints.staff_schemas import MessagesSchema


class AtSchema(Schema):
    """The moment: an instant with its offset, from the first event on, not in the future."""

    at = fields.AwareDateTime(required=True)


class ListThenSchema(AtSchema, PageQuerySchema):
    """Which page of whose appointments."""

    client = fields.UUID(required=True)
    when = fields.String(load_default="upcoming", validate=validate.OneOf(["upcoming", "previous"]))


class ClientThenSchema(AtSchema):
    """Whose messages."""

    client = fields.UUID(required=True)


class DiaryThenSchema(AtSchema):
    """Half open, at most 62 days."""

    from_ = fields.AwareDateTime(required=True, data_key="from")
    to = fields.AwareDateTime(required=True)
    clinician = fields.UUID(load_default=None)

    @validates_schema
    def _in_order(self, data: dict[str, datetime], **_: object) -> None:
        if not 0 <= (data["to"] - data["from_"]).total_seconds() <= MAX_DIARY_DAYS * 86_400:
            raise ValidationError("Must be after 'from', by at most 62 days.", field_name="to")


class ExportQuerySchema(Schema):
    """Events recorded in [from, to)."""

    from_ = fields.AwareDateTime(required=True, data_key="from")
    to = fields.AwareDateTime(required=True)
    format = fields.String(load_default="jsonl", validate=validate.OneOf(FORMATS))

    @validates_schema
    def _in_order(self, data: dict[str, datetime], **_: object) -> None:
        if data["to"] <= data["from_"]:
            raise ValidationError("Must be after 'from'.", field_name="to")


class ListShownSchema(Schema):
    """Whether the client was shown this list then; if not why, and what was read instead."""

    shown = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    off_text = fields.String(required=True)


class PageThenSchema(PageSchema):
    """A page of a client's appointments as they were shown to the client."""

    list_shown = fields.Nested(ListShownSchema, required=True)
    as_of = fields.Nested(StandingSchema, required=True)


class AppointmentThenSchema(Schema):
    """An appointment as it was shown to its client."""

    appointment = fields.Nested(AppointmentSchema, required=True)
    as_of = fields.Nested(StandingSchema, required=True)


class DiaryThenAnswerSchema(DiarySchema):
    """The diary as it was shown to staff."""

    as_of = fields.Nested(StandingSchema, required=True)


class SettingsThenSchema(Schema):
    """The settings that held."""

    settings = fields.Nested(SettingsSchema, required=True)
    as_of = fields.Nested(StandingSchema, required=True)


class MessagesThenSchema(MessagesSchema):
    """What a client had written, sealed."""

    as_of = fields.Nested(StandingSchema, required=True)


class SealedSchema(Schema):
    """The ledger's end and its newest signed head; `stopped`: why its sealer seals no further."""

    position = fields.Integer()
    recorded_at = fields.AwareDateTime(allow_none=True)
    sealed_position = fields.Integer(allow_none=True)
    sealed_at = fields.AwareDateTime(allow_none=True)
    root = fields.String(allow_none=True)
    key_id = fields.String(allow_none=True)
    stopped = fields.String(allow_none=True)
