"""What the API takes and gives (docs/http.md, availability)."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from clinic.infra.json_fields import StrictBoolean

MAX_DURATION_MINUTES = 7 * 1440
MAX_WEEKS = 8


class Week(fields.Field[Any]):
    """A local date, or `first`: the week of the first free time."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value == "first":
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValidationError("must be a date like 2026-12-02, or `first`") from None


class OfferedTimesQuery(Schema):
    """Query of `GET /v1/offered-times`."""

    clinician = fields.UUID(required=True)
    location = fields.UUID(required=True)
    appointment_type = fields.UUID(required=True)
    from_ = Week(data_key="from", load_default="first", metadata={"type": "string", "example": "first"})
    weeks = fields.Integer(load_default=1, validate=validate.Range(1, MAX_WEEKS))
    duration = fields.Integer(load_default=None, validate=validate.Range(1, MAX_DURATION_MINUTES))
    buffer = fields.Integer(load_default=None, validate=validate.Range(0, 1440))
    excluded = fields.UUID(data_key="exclude", attribute="exclude", load_default=None)
    min_position = fields.Integer(load_default=0, validate=validate.Range(0))


class PracticeQuery(Schema):
    """A calling service names the practice."""

    practice = fields.UUID(load_default=None)


class OnlineQuery(PracticeQuery):
    """Now, or as it was at an instant."""

    at = fields.AwareDateTime(load_default=None)


class OfferedTime(Schema):
    """A time that can be taken; `wall` is its wall time in the location's zone."""

    starts_at = fields.AwareDateTime(required=True)
    wall = fields.String(required=True, metadata={"example": "10:20"})


class OfferedDay(Schema):
    """A local date with its offered times; every date of the answer's weeks has one."""

    date = fields.Date(required=True)
    times = fields.List(fields.Nested(OfferedTime), required=True)


class OfferedTimes(Schema):
    """Whole weeks `[from, to)` of offered times."""

    zone = fields.String(required=True)
    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)
    up_to_date = fields.Boolean(required=True)
    first_week = fields.Date(required=True, allow_none=True)
    days = fields.List(fields.Nested(OfferedDay), required=True)
    earlier_from = fields.Date(required=True, allow_none=True)
    later_from = fields.Date(required=True, allow_none=True)
    last_date = fields.Date(required=True)
    rules_version = fields.Integer(required=True)
    available_online = fields.Boolean(required=True)


class Check(Schema):
    """Body of `POST /v1/checks`."""

    clinician_id = fields.UUID(required=True)
    location_id = fields.UUID(required=True)
    appointment_type_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True, format="iso")
    duration_minutes = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, MAX_DURATION_MINUTES)
    )
    buffer_after_minutes = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 1440)
    )
    excluded = fields.UUID(data_key="exclude", attribute="exclude", load_default=None, allow_none=True)


class CheckAnswer(Schema):
    """What the rules say, and what goes into the event."""

    offered = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    available_online = fields.Boolean(required=True)
    duration_minutes = fields.Integer(required=True)
    buffer_after_minutes = fields.Integer(required=True)
    zone = fields.String(required=True)
    video = fields.Boolean(required=True)
    rules_version = fields.Integer(required=True)


class Online(Schema):
    """A clinician's switch."""

    available_online = fields.Boolean(required=True)
    rules_version = fields.Integer(required=True)


class Profile(Schema):
    """Body of `PUT /v1/clinicians/<id>/online`; all members are needed."""

    available_online = StrictBoolean(required=True)
    display_name = fields.String(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)


class Clinician(Profile):
    """A clinician as clients see them."""

    id = fields.UUID(required=True)


class Location(Schema):
    """A place, or video."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    postcode = fields.String(required=True)
    zone = fields.String(required=True)
    video = fields.Boolean(required=True)


class AppointmentType(Schema):
    """What can be booked, with whom and where."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    duration_minutes = fields.Integer(required=True)
    buffer_after_minutes = fields.Integer(required=True)
    video = fields.Boolean(required=True)
    price_pence = fields.Integer(required=True)
    clinician_ids = fields.List(fields.UUID(), required=True)
    location_ids = fields.List(fields.UUID(), required=True)


class Catalogue(Schema):
    """What a practice offers."""

    locations = fields.List(fields.Nested(Location), required=True)
    appointment_types = fields.List(fields.Nested(AppointmentType), required=True)
    clinicians = fields.List(fields.Nested(Clinician), required=True)
    first_day_of_week = fields.Integer(required=True)
