"""The JSON of triggers and texts (docs/http.md, "notifications")."""

from marshmallow import Schema, fields, validate

from clinic.infra.json_fields import StrictBoolean
from clinic.notifications.domain.communications import TRIGGERED
from clinic.notifications.domain.messages import CHANNELS
from clinic.notifications.entrypoints.schemas import InstantZ, Strict


class TriggerSchema(Strict):
    """One kind of message on one channel; `minutes_before` for a reminder only, no `template_id`: the built-in text."""

    kind = fields.String(required=True, validate=validate.OneOf(TRIGGERED))
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    on = StrictBoolean(required=True)
    minutes_before = fields.Integer(load_default=None, allow_none=True, strict=True)
    appointment_type_id = fields.UUID(load_default=None, allow_none=True)
    template_id = fields.UUID(load_default=None, allow_none=True)


class TextSchema(Strict):
    """A text with variables."""

    kind = fields.String(required=True, validate=validate.OneOf(TRIGGERED))
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    subject = fields.String(required=True)
    body = fields.String(required=True)


class TemplateSchema(TextSchema):
    """A text that the practice wrote."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ShownTemplateSchema(TemplateSchema):
    """`has_way_to_portal`: a client can get to the portal from it."""

    has_way_to_portal = fields.Boolean(required=True)


class WantedCommunicationsSchema(Strict):
    """All that a practice decides about its messages."""

    remind_imported = StrictBoolean(required=True)
    triggers = fields.List(fields.Nested(TriggerSchema), required=True)
    templates = fields.List(fields.Nested(TemplateSchema), required=True)


class CommunicationsSchema(Schema):
    """The same with what a page needs beside it."""

    version = fields.Integer(required=True)
    remind_imported = fields.Boolean(required=True)
    triggers = fields.List(fields.Nested(TriggerSchema), required=True)
    templates = fields.List(fields.Nested(ShownTemplateSchema), required=True)
    variables = fields.List(fields.String(), required=True)
    subject_variables = fields.List(fields.String(), required=True)
    built_in = fields.List(fields.Nested(TextSchema), required=True)


class PageQuery(Strict):
    """Which page, from 1."""

    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))


class ActorSchema(Schema):
    """Who saved: a user, or an operator's import."""

    kind = fields.String(required=True, validate=validate.OneOf(("staff", "import")))
    id = fields.UUID(required=True, allow_none=True)


class ChangeSchema(Schema):
    """What differs."""

    field = fields.String(required=True, validate=validate.OneOf(("remind_imported", "triggers", "templates")))
    before = fields.Raw(required=True)
    after = fields.Raw(required=True)


class SavedSchema(Schema):
    """One saving; the first one replaced the defaults."""

    version = fields.Integer(required=True)
    recorded_at = InstantZ(required=True)
    actor = fields.Nested(ActorSchema, required=True)
    changed = fields.List(fields.Nested(ChangeSchema), required=True)


class CommunicationsHistorySchema(Schema):
    """Savings, newest first."""

    entries = fields.List(fields.Nested(SavedSchema), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)


class PreviewWantedSchema(TextSchema):
    """A text that was not saved yet."""


class PreviewSchema(Schema):
    """How it reads for a sample client."""

    subject = fields.String(required=True)
    text = fields.String(required=True)
    has_way_to_portal = fields.Boolean(required=True)
