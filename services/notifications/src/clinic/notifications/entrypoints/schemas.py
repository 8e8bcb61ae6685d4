"""The JSON of the API (docs/http.md, "notifications")."""

from marshmallow import RAISE, Schema, fields, validate

from clinic.infra.json_fields import StrictBoolean
from clinic.notifications.domain.alert_switches import MOST_HOURS
from clinic.notifications.domain.communications import TRIGGERED


class Strict(Schema):
    """Unknown fields are refused."""

    class Meta:
        """marshmallow's settings."""

        unknown = RAISE


class InstantZ(fields.AwareDateTime):
    """An instant in RFC 3339, UTC with `Z`."""

    def _serialize(self, value, attr, obj, **kwargs):  # type: ignore[no-untyped-def]
        text = super()._serialize(value, attr, obj, **kwargs)
        return text.replace("+00:00", "Z") if isinstance(text, str) else text


class CommandSchema(Strict):
    """A command of staff: its id is minted with the page, so that posting twice does it once."""

    command_id = fields.UUID(required=True)


class MessageSchema(Schema):
    """A message with its honest state (F47)."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(TRIGGERED))
    channel = fields.String(required=True, validate=validate.OneOf(("email", "sms")))
    appointment_id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf(("queued", "sending", "sent", "failed", "unknown", "suppressed"))
    )
    reason = fields.String(required=True, allow_none=True)
    queued_at = InstantZ(required=True)
    sent_at = InstantZ(required=True, allow_none=True)
    delivered_at = InstantZ(required=True, allow_none=True)
    subject = fields.String(required=True)
    resend_of = fields.UUID(required=True, allow_none=True)
    recipient = fields.String(required=True, validate=validate.OneOf(("client", "next_of_kin")))


class MessagesSchema(Schema):
    """Messages, newest first."""

    messages = fields.List(fields.Nested(MessageSchema), required=True)


class MessagesQuery(Strict):
    """Which messages; without any, the practice's newest."""

    client = fields.UUID()
    appointment = fields.UUID()


class PaidSchema(Schema):
    """What had been paid, and what of it was already refunded (F34)."""

    amount_pence = fields.Integer(required=True)
    refunded_pence = fields.Integer(required=True)
    currency = fields.String(required=True)


class AlertSchema(Schema):
    """An in-app alert (F31)."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("rescheduled", "cancelled")))
    appointment_id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    clinician_id = fields.UUID(required=True)
    old_starts_at = InstantZ(required=True, allow_none=True)
    starts_at = InstantZ(required=True)
    zone = fields.String(required=True)
    has_message = fields.Boolean(required=True)
    at = InstantZ(required=True)
    read_at = InstantZ(required=True, allow_none=True)
    paid = fields.Nested(PaidSchema, required=True, allow_none=True)


class AlertsSchema(Schema):
    """A user's alerts, newest first, and how many are unread."""

    alerts = fields.List(fields.Nested(AlertSchema), required=True)
    unread = fields.Integer(required=True)


class AlertSwitchesSchema(Strict):
    """A user's alert switches (F32). The in-app alert for one's own appointments has none (F31)."""

    email_change_own = StrictBoolean(required=True)
    email_change_any = StrictBoolean(required=True)
    email_cancel_own = StrictBoolean(required=True)
    email_cancel_any = StrictBoolean(required=True)
    in_app_change_others = StrictBoolean(required=True)
    in_app_cancel_others = StrictBoolean(required=True)
    within_hours = fields.Integer(
        required=True, allow_none=True, strict=True, validate=validate.Range(min=1, max=MOST_HOURS)
    )


class AlertsQuery(Strict):
    """`unread=true` leaves the read ones out."""

    unread = fields.Boolean(load_default=False)
