"""Payments of an appointment: recorded, and refunds noted that somebody made by hand (F34)."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.contracts.identity import WRITERS
from clinic.kernel.errors import Refused
from clinic.portal.application.staff.appointment_details import money_of
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.joining import catalogue_of, rows
from clinic.portal.application.staff.money import METHODS, ReadMoney, plain_amount, read_payment, read_refund
from clinic.portal.entrypoints.staff_desk import Desk, done, form, page, posted_command, staff_page

blueprint = Blueprint("payment", __name__, url_prefix="/p/<slug>/appointments/<uuid:appointment_id>")
FIELDS = {"amount_pence": "amount", "paid_at": "date", "refunded_at": "date"}
CURRENCY = "GBP"
Command = Callable[[UUID, Mapping[str, Any]], Any]


@blueprint.get("/payments")
@staff_page(*WRITERS)
def payment(desk: Desk, appointment_id: UUID) -> Any:
    """A form for one payment, made today unless said otherwise."""
    appointment = desk.services.appointment(appointment_id)
    kind = catalogue_of(desk.services).types.get(appointment["appointment_type_id"], {})
    price = 0 if appointment.get("paid") else int(kind.get("price_pence") or 0)
    given = {"amount": plain_amount(price) if price else "", "date": desk.today.isoformat(), "method": ""}
    return _draw(desk, "payment.html", appointment, given)


@blueprint.post("/payments")
@staff_page(*WRITERS)
def post_payment(desk: Desk, appointment_id: UUID) -> Any:
    """Records it; the same form again records nothing more."""
    read = read_payment(form(), desk.now, desk.practice.zone)
    command = {"amount_pence": read.amount_pence, "currency": CURRENCY, "method": read.method, "paid_at": read.at}
    return _record(desk, appointment_id, "payment.html", read, command, desk.services.record_payment)


@blueprint.get("/refunds")
@staff_page(*WRITERS)
def refund(desk: Desk, appointment_id: UUID) -> Any:
    """A form for one refund, of all that is left unless said otherwise."""
    appointment = desk.services.appointment(appointment_id)
    left = money_of(appointment, desk.services, desk.practice.zone).left_pence
    given = {"amount": plain_amount(left) if left > 0 else "", "date": desk.today.isoformat()}
    return _draw(desk, "refund.html", appointment, given)


@blueprint.post("/refunds")
@staff_page(*WRITERS)
def post_refund(desk: Desk, appointment_id: UUID) -> Any:
    """Notes it: no money moves."""
    read = read_refund(form(), desk.now, desk.practice.zone)
    command = {"amount_pence": read.amount_pence, "refunded_at": read.at}
    return _record(desk, appointment_id, "refund.html", read, command, desk.services.record_refund)


def _record(
    desk: Desk, appointment_id: UUID, template: str, read: ReadMoney, command: Mapping[str, Any], send: Command
) -> Any:
    command_id, appointment = posted_command(), desk.services.appointment(appointment_id)
    if read.errors:
        return _draw(desk, template, appointment, form(), 422, errors=read.errors)
    try:
        answer = send(appointment_id, {"command_id": command_id, **command})
    except Refused as refusal:
        if refusal.code != "invalid":
            raise
        told = told_errors(refusal.facts)
        errors = {FIELDS.get(field, field): text for field, text in told.items()}
        return _draw(desk, template, appointment, form(), 422, errors=errors)
    return done(answer["outcome"], "appointment.details", appointment_id=appointment_id, anchor="payments")


def _draw(
    desk: Desk, template: str, appointment: Mapping[str, Any], given: Mapping[str, str], status: int = 200, **more: Any
) -> Any:
    (told,) = rows(desk.services, [appointment], catalogue_of(desk.services))
    money = money_of(appointment, desk.services, desk.practice.zone)
    return page(template, status, appointment=told, money=money, given=given, methods=METHODS.items(), **more)
