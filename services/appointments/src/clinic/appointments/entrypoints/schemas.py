"""The JSON of the API (docs/http.md): checked on the way in, described for OpenAPI on the way out."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from clinic.appointments.entrypoints.fields import CleanText, Minute, WholeText
from clinic.infra.json_fields import StrictBoolean

MAX_MESSAGE = 1_000
MAX_DIARY_DAYS = 62
LEVEL = validate.OneOf(["practice", "type", "appointment"])
CODE = WholeText(r"^[a-z][a-z0-9_]{0,49}$", error="Lower case letters, digits and _ only.")


class SeenSchema(Schema):
    """A read waits at most 300 ms until the views have this position; by default all that is recorded, 0: no wait."""

    min_position = fields.Integer(load_default=None, validate=validate.Range(min=0))


class HistoryQuerySchema(SeenSchema):
    """The history as it is, or (for site administrators and auditors) until an instant."""

    as_of = fields.AwareDateTime(load_default=None)


class PageQuerySchema(Schema):
    """Which page, from 1."""

    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))


class ListQuerySchema(SeenSchema, PageQuerySchema):
    """Which page of whose appointments."""

    client = fields.UUID()
    when = fields.String(load_default="upcoming", validate=validate.OneOf(["upcoming", "previous"]))


class DiaryQuerySchema(SeenSchema):
    """Half open, instants with their offset, at most 62 days."""

    from_ = fields.AwareDateTime(required=True, data_key="from")
    to = fields.AwareDateTime(required=True)
    clinician = fields.UUID(load_default=None)

    @validates_schema
    def _in_order(self, data: dict[str, object], **_: object) -> None:
        span = data["to"] - data["from_"]  # type: ignore[operator]
        if not 0 <= span.total_seconds() <= MAX_DIARY_DAYS * 86_400:
            raise ValidationError("Must be after 'from', by at most 62 days.", field_name="to")


class BookSchema(Schema):
    """Staff book."""

    command_id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    clinician_id = fields.UUID(required=True)
    location_id = fields.UUID(required=True)
    appointment_type_id = fields.UUID(required=True)
    starts_at = Minute(required=True)
    overlap_accepted = StrictBoolean(load_default=False)


class RescheduleSchema(Schema):
    """Another date and time, and nothing else (F17)."""

    command_id = fields.UUID(required=True)
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    starts_at = Minute(required=True)
    message = CleanText(load_default="", validate=validate.Length(max=MAX_MESSAGE))
    overlap_accepted = StrictBoolean(load_default=False)


class CancelSchema(Schema):
    """`policy_text_version` is the version of the wording that the client was shown."""

    command_id = fields.UUID(required=True)
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    policy_text_version = fields.Integer(load_default=None, allow_none=True, strict=True)
    message = CleanText(load_default="", validate=validate.Length(max=MAX_MESSAGE))


class PermissionSchema(Schema):
    """`reason` is a refusal code or null."""

    allowed = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)


class PolicySchema(Schema):
    """The wording shown before a cancellation."""

    text = fields.String(required=True)
    text_version = fields.Integer(required=True)


class WindowSchema(Schema):
    """How close to the start something stays allowed (F27); `minutes` is 0 unless the kind is `minutes`."""

    kind = fields.String(required=True, validate=validate.OneOf(["always", "minutes", "never"]))
    minutes = fields.Integer(load_default=0, strict=True)


class RulesSchema(Schema):
    """What a type or an appointment decides differently (F18); null is as on the level above."""

    may_change = StrictBoolean(load_default=None, allow_none=True)
    may_cancel = StrictBoolean(load_default=None, allow_none=True)
    may_leave_message = StrictBoolean(load_default=None, allow_none=True)
    edit_window = fields.Nested(WindowSchema, load_default=None, allow_none=True)
    cancellation_window = fields.Nested(WindowSchema, load_default=None, allow_none=True)


class PaidSchema(Schema):
    """What was paid in all, and how much of it was given back (F34)."""

    amount_pence = fields.Integer(required=True)
    refunded_pence = fields.Integer(required=True)
    currency = fields.String(required=True)


class RulesFromSchema(Schema):
    """Which level decided each rule."""

    may_change = fields.String(required=True, validate=LEVEL)
    may_cancel = fields.String(required=True, validate=LEVEL)
    may_leave_message = fields.String(required=True, validate=LEVEL)
    edit_window = fields.String(required=True, validate=LEVEL)
    cancellation_window = fields.String(required=True, validate=LEVEL)


class StateSchema(Schema):
    """An appointment without anybody's permissions."""

    id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    clinician_id = fields.UUID(required=True)
    location_id = fields.UUID(required=True)
    appointment_type_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    zone = fields.String(required=True)
    duration_minutes = fields.Integer(required=True)
    buffer_after_minutes = fields.Integer(required=True)
    status = fields.String(required=True)
    status_for_client = fields.String(required=True)
    cancelled = fields.Boolean(required=True)
    past = fields.Boolean(required=True)
    video = fields.Boolean(required=True)
    revision = fields.Integer(required=True)
    position = fields.Integer(required=True)
    overlap_accepted = fields.Boolean(required=True)


class AppointmentSchema(StateSchema):
    """An appointment with what the caller may do; `status_name`, `rules` and `rules_from` only for staff."""

    status_name = fields.String()
    rules = fields.Nested(RulesSchema, allow_none=True)
    rules_from = fields.Nested(RulesFromSchema)
    paid = fields.Nested(PaidSchema, required=True, allow_none=True)
    may_change = fields.Nested(PermissionSchema, required=True)
    may_cancel = fields.Nested(PermissionSchema, required=True)
    may_leave_message = fields.Boolean(required=True)
    policy = fields.Nested(PolicySchema, required=True)
    edit_window = fields.Nested(WindowSchema, required=True)
    cancellation_window = fields.Nested(WindowSchema, required=True)


class PageSchema(Schema):
    """One page of a client's appointments."""

    appointments = fields.List(fields.Nested(AppointmentSchema), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)


class OutcomeSchema(Schema):
    """What a command did. Reads that pass `position` as `min_position` see it."""

    outcome = fields.String(required=True)
    appointment = fields.Nested(AppointmentSchema, required=True)
    position = fields.Integer(required=True)
    revision = fields.Integer(required=True)


class DiarySchema(Schema):
    """Appointments by start, cancelled ones included."""

    entries = fields.List(fields.Nested(AppointmentSchema), required=True)


class ActorSchema(Schema):
    """Who: client, staff, system or import."""

    kind = fields.String(required=True)
    id = fields.UUID(required=True, allow_none=True)


class StandingSchema(Schema):
    """The moment that an answer is about, and the event that it stands on: the last one recorded by then."""

    at = fields.AwareDateTime(required=True)
    position = fields.Integer(required=True)
    event_id = fields.UUID(required=True)
    recorded_at = fields.AwareDateTime(required=True)


class DifferenceSchema(Schema):
    """What an event replaced by what."""

    field = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class HistoryEntrySchema(Schema):
    """`sentence` has the placeholders {client}, {clinician}, {user}."""

    position = fields.Integer(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    actor = fields.Nested(ActorSchema, required=True)
    type = fields.String(required=True)
    title = fields.String(required=True)
    sentence = fields.String(required=True)
    message_id = fields.UUID(required=True, allow_none=True)
    changed = fields.List(fields.Nested(DifferenceSchema))


class HistorySchema(Schema):
    """Newest first. Under `as_of` each entry has `changed`."""

    entries = fields.List(fields.Nested(HistoryEntrySchema), required=True)
    as_of = fields.Nested(StandingSchema)
