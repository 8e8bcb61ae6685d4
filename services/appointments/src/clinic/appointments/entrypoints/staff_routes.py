"""What only staff do to an appointment over HTTP: status, rules, payments (F18, F26, F34)."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint

from clinic.appointments.application import queries, staff_commands
from clinic.appointments.application.views import PaymentLine
from clinic.appointments.bootstrap import Parts
from clinic.appointments.domain.commands import ChangeRules, ChangeStatus, RecordPayment, RecordRefund
from clinic.appointments.entrypoints import schemas, staff_schemas
from clinic.appointments.entrypoints.answers import answered
from clinic.appointments.entrypoints.asked_by import asked_by
from clinic.contracts.appointments import PaymentRecorded, RefundRecorded
from clinic.contracts.codec import to_data
from clinic.contracts.identity import WRITERS
from clinic.infra.api import allow
from clinic.kernel.client_time import utc_text


def staff_routes(parts: Parts) -> Blueprint:
    """`/v1/appointments/<id>/status`, `…/rules`, `…/payments`, `…/refunds`."""
    blueprint = Blueprint("staff", __name__, url_prefix="/v1/appointments/<uuid:appointment_id>", description="Staff")
    _state(blueprint, parts)
    _payments(blueprint, parts)
    return blueprint


def _state(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.post("/status")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(staff_schemas.ChangeStatusSchema)
    @blueprint.response(200, schemas.OutcomeSchema)
    def change_status(body: dict[str, Any], appointment_id: UUID) -> Response:
        """Another status; `slot_taken` may be sent again with `overlap_accepted` as another command."""
        command_id = body.pop("command_id")
        command = ChangeStatus(appointment_id=appointment_id, **body)
        return answered(staff_commands.change_status(parts.ledger, asked_by(), command_id, command))

    @blueprint.put("/rules")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(staff_schemas.ChangeRulesSchema)
    @blueprint.response(200, schemas.OutcomeSchema)
    def change_rules(body: dict[str, Any], appointment_id: UUID) -> Response:
        """What a client may do with this appointment; the same command again is answered the same."""
        rules = staff_schemas.rules_from(body["rules"])
        command = ChangeRules(appointment_id, body["revision"], rules)
        return answered(staff_commands.change_rules(parts.ledger, asked_by(), body["command_id"], command))


def _payments(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/payments")
    @allow("staff")
    @blueprint.response(200, staff_schemas.PaymentsSchema)
    def payments(appointment_id: UUID) -> Response:
        """What was paid and refunded, in the order of recording."""
        lines = queries.show_payments(parts.ledger, parts.views, asked_by(), appointment_id)
        return jsonify(
            payments=[_payment(line, line.fact) for line in lines if isinstance(line.fact, PaymentRecorded)],
            refunds=[_refund(line, line.fact) for line in lines if isinstance(line.fact, RefundRecorded)],
        )

    @blueprint.post("/payments")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(staff_schemas.RecordPaymentSchema)
    @blueprint.response(200, schemas.OutcomeSchema)
    def record_payment(body: dict[str, Any], appointment_id: UUID) -> Response:
        """Somebody paid; the same command again is answered the same."""
        command_id = body.pop("command_id")
        command = RecordPayment(appointment_id=appointment_id, **body)
        return answered(staff_commands.record_payment(parts.ledger, asked_by(), command_id, command))

    @blueprint.post("/refunds")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(staff_schemas.RecordRefundSchema)
    @blueprint.response(200, schemas.OutcomeSchema)
    def record_refund(body: dict[str, Any], appointment_id: UUID) -> Response:
        """A refund that was made by hand; the portal never refunds."""
        command_id = body.pop("command_id")
        command = RecordRefund(appointment_id=appointment_id, **body)
        return answered(staff_commands.record_refund(parts.ledger, asked_by(), command_id, command))


def _payment(line: PaymentLine, fact: PaymentRecorded) -> dict[str, Any]:
    return {
        "payment_id": str(fact.payment_id),
        "amount_pence": fact.amount_pence,
        "currency": fact.currency,
        "method": fact.method,
        "paid_at": utc_text(fact.paid_at),
        "actor": to_data(line.actor),
    }


def _refund(line: PaymentLine, fact: RefundRecorded) -> dict[str, Any]:
    return {
        "refund_id": str(fact.refund_id),
        "amount_pence": fact.amount_pence,
        "currency": fact.currency,
        "refunded_at": utc_text(fact.refunded_at),
        "actor": to_data(line.actor),
    }
