"""The JSON of what only staff do: status, rules, payments, messages (docs/http.md)."""

from typing import Any

from marshmallow import Schema, fields, validate

from clinic.appointments.entrypoints.fields import Instant, WholeText
from clinic.appointments.entrypoints.schemas import (
    CODE,
    ActorSchema,
    PageQuerySchema,
    RulesSchema,
    SeenSchema,
)
from clinic.contracts.appointments import Rules, Window
from clinic.infra.json_fields import StrictBoolean

MAX_PENCE = 100_000_000
AMOUNT = validate.Range(min=1, max=MAX_PENCE)
CURRENCY = WholeText(r"^[A-Z]{3}$", error="Three capital letters of ISO 4217 are needed, such as GBP.")
METHODS = ("online", "card", "cash", "transfer", "other")


def rules_from(body: dict[str, Any] | None) -> Rules:
    """The rules of a checked body; none where it is null."""
    windows = {name: Window(**value) for name, value in (body or {}).items() if isinstance(value, dict)}
    return Rules(**{**(body or {}), **windows})


class ChangeStatusSchema(Schema):
    """Another status of the practice's list (F26)."""

    command_id = fields.UUID(required=True)
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    status = fields.String(required=True, validate=CODE)
    overlap_accepted = StrictBoolean(load_default=False)


class ChangeRulesSchema(Schema):
    """The appointment's own rules; null: it has none (F18)."""

    command_id = fields.UUID(required=True)
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    rules = fields.Nested(RulesSchema, required=True, allow_none=True)


class RecordPaymentSchema(Schema):
    """What was paid (F34)."""

    command_id = fields.UUID(required=True)
    amount_pence = fields.Integer(required=True, strict=True, validate=AMOUNT)
    currency = fields.String(required=True, validate=CURRENCY)
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    paid_at = Instant(required=True)


class RecordRefundSchema(Schema):
    """What was given back by hand, in the currency that was paid."""

    command_id = fields.UUID(required=True)
    amount_pence = fields.Integer(required=True, strict=True, validate=AMOUNT)
    refunded_at = Instant(required=True)


class PaymentSchema(Schema):
    """One payment."""

    payment_id = fields.UUID(required=True)
    amount_pence = fields.Integer(required=True)
    currency = fields.String(required=True)
    method = fields.String(required=True)
    paid_at = fields.AwareDateTime(required=True)
    actor = fields.Nested(ActorSchema, required=True)


class RefundSchema(Schema):
    """One refund."""

    refund_id = fields.UUID(required=True)
    amount_pence = fields.Integer(required=True)
    currency = fields.String(required=True)
    refunded_at = fields.AwareDateTime(required=True)
    actor = fields.Nested(ActorSchema, required=True)


class PaymentsSchema(Schema):
    """In the order in which they were recorded."""

    payments = fields.List(fields.Nested(PaymentSchema), required=True)
    refunds = fields.List(fields.Nested(RefundSchema), required=True)


class DoneSchema(Schema):
    """Which user, and when."""

    user_id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)


class MessageSchema(Schema):
    """A client's message; only identity can unseal it."""

    message_id = fields.UUID(required=True)
    event_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    about = fields.String(required=True)
    sealed = fields.Dict(required=True)
    left_at = fields.AwareDateTime(required=True)
    client_id = fields.UUID(required=True)
    dealt_with = fields.Nested(DoneSchema, required=True, allow_none=True)
    read_by = fields.List(fields.Nested(DoneSchema), required=True)


class MessagesSchema(Schema):
    """Newest first."""

    messages = fields.List(fields.Nested(MessageSchema), required=True)


class MessagePageSchema(MessagesSchema):
    """One page of the practice's messages."""

    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)


class MessagesQuerySchema(SeenSchema, PageQuerySchema):
    """Only what is dealt with (true) or what waits (false); both by default."""

    dealt_with = fields.Boolean(load_default=None, truthy={"true"}, falsy={"false"})


class DealWithMessageSchema(Schema):
    """Dealt with, or to be dealt with after all."""

    command_id = fields.UUID(required=True)
    dealt_with = StrictBoolean(required=True)
