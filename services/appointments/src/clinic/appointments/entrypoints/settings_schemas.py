"""The JSON of the portal settings and their history (docs/http.md)."""

from marshmallow import Schema, fields, validate

from clinic.appointments.domain.portal_settings import MAX_STATUSES, MAX_TEXT
from clinic.appointments.domain.rules import MAX_TYPE_RULES
from clinic.appointments.entrypoints.fields import CleanText
from clinic.appointments.entrypoints.schemas import CODE, ActorSchema, RulesSchema, WindowSchema
from clinic.infra.json_fields import StrictBoolean

EDITIONS = ("none", "classic", "v2")


class StatusSchema(Schema):
    """A status that an appointment can have (F26)."""

    code = fields.String(required=True, validate=CODE)
    name = CleanText(required=True, validate=validate.Length(min=1, max=100))
    attending = StrictBoolean(required=True)
    client_wording = CleanText(required=True, validate=validate.Length(max=100))


class TypeRulesSchema(Schema):
    """What one appointment type decides differently."""

    appointment_type_id = fields.UUID(required=True)
    rules = fields.Nested(RulesSchema, required=True)


class WantedSettingsSchema(Schema):
    """The portal settings that a site administrator writes."""

    online_booking_edition = fields.String(required=True, validate=validate.OneOf(EDITIONS))
    online_booking_on = StrictBoolean(required=True)
    online_booking_off_text = CleanText(required=True, validate=validate.Length(max=MAX_TEXT))
    portal_on = StrictBoolean(required=True)
    portal_off_text = CleanText(required=True, validate=validate.Length(max=MAX_TEXT))
    may_view_upcoming = StrictBoolean(required=True)
    may_view_previous = StrictBoolean(required=True)
    may_change = StrictBoolean(required=True)
    may_cancel = StrictBoolean(required=True)
    may_leave_message = StrictBoolean(required=True)
    edit_window = fields.Nested(WindowSchema, required=True)
    cancellation_window = fields.Nested(WindowSchema, required=True)
    statuses = fields.List(
        fields.Nested(StatusSchema), required=True, validate=validate.Length(min=1, max=MAX_STATUSES)
    )
    booked_status = fields.String(required=True, validate=CODE)
    cancellation_status = fields.String(required=True, validate=CODE)
    policy_text = CleanText(required=True, validate=validate.Length(max=MAX_TEXT))
    online_payments_on = StrictBoolean()
    type_rules = fields.List(fields.Nested(TypeRulesSchema), validate=validate.Length(max=MAX_TYPE_RULES))


class SettingsSchema(WantedSettingsSchema):
    """The portal settings with their versions."""

    version = fields.Integer(required=True)
    policy_text_version = fields.Integer(required=True)


class SettingsChangeSchema(Schema):
    """A field of the settings with its old and new value, each in the shape that the settings have."""

    field = fields.String(required=True)
    before = fields.Raw(required=True)
    after = fields.Raw(required=True)


class SettingsEntrySchema(Schema):
    """One change of the settings: the version that it made, when, by whom, and what it replaced by what."""

    version = fields.Integer(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    position = fields.Integer(required=True)
    actor = fields.Nested(ActorSchema, required=True)
    changed = fields.List(fields.Nested(SettingsChangeSchema), required=True)


class SettingsHistorySchema(Schema):
    """Newest first, 20 a page."""

    entries = fields.List(fields.Nested(SettingsEntrySchema), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
