"""Appointments over HTTP: reads and the three commands."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint

from clinic.appointments.application import queries
from clinic.appointments.application.book_appointment import book_appointment
from clinic.appointments.application.cancel_appointment import cancel_appointment
from clinic.appointments.application.reschedule_appointment import reschedule_appointment
from clinic.appointments.bootstrap import Parts
from clinic.appointments.domain.commands import BookAppointment, CancelAppointment, RescheduleAppointment
from clinic.appointments.entrypoints import schemas
from clinic.appointments.entrypoints.answers import answered, entry_json, tagged
from clinic.appointments.entrypoints.asked_by import asked_by
from clinic.appointments.entrypoints.audit_routes import history_then
from clinic.contracts.identity import WRITERS
from clinic.infra.api import allow, identify, practice_of
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id


def appointment_routes(parts: Parts) -> Blueprint:
    """`/v1/appointments…`, `/v1/diary`."""
    blueprint = Blueprint("appointments", __name__, url_prefix="/v1", description="Appointments")
    _reads(blueprint, parts)
    _staff_reads(blueprint, parts)
    _commands(blueprint, parts)
    return blueprint


def _reads(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/appointments/<uuid:appointment_id>")
    @allow("client", "staff")
    @blueprint.response(200, schemas.AppointmentSchema)
    def show(appointment_id: UUID) -> Response:
        """One appointment, never stale; the ETag is its revision."""
        shown = queries.show_appointment(parts.ledger, parts.availability, asked_by(), appointment_id)
        return tagged(shown, shown["revision"])

    @blueprint.get("/appointments/<uuid:appointment_id>/state")
    @allow("notifications", "identity")
    @blueprint.response(200, schemas.StateSchema)
    def state(appointment_id: UUID) -> Response:
        """The ledger's present word, for other services."""
        return jsonify(queries.show_state(parts.ledger, practice_of(identify()), appointment_id))

    @blueprint.get("/appointments")
    @allow("client", "staff")
    @blueprint.arguments(schemas.ListQuerySchema, location="query")
    @blueprint.response(200, schemas.PageSchema)
    def list_(query: dict[str, Any]) -> Response:
        """A client's appointments: upcoming soonest first, previous (past and cancelled) newest first."""
        by = asked_by()
        client_id = query.get("client") or (by.actor.id if by.face == "client" else None)
        if client_id is None:
            raise Refused("invalid", errors={"client": ["Missing data for required field."]})
        return jsonify(
            queries.list_appointments(
                parts.views, parts.availability, by, client_id, query["when"], query["page"], query["min_position"]
            )
        )


def _staff_reads(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/appointments/<uuid:appointment_id>/history")
    @allow("staff")
    @blueprint.arguments(schemas.HistoryQuerySchema, location="query")
    @blueprint.response(200, schemas.HistorySchema)
    def history(query: dict[str, Any], appointment_id: UUID) -> Response:
        """What happened, newest first, in sentences that name no person; until `as_of` for auditors (F50)."""
        if query["as_of"] is not None:
            return history_then(parts, query["as_of"], appointment_id)
        entries = queries.show_history(parts.ledger, parts.views, asked_by(), appointment_id, query["min_position"])
        return jsonify(entries=[entry_json(entry) for entry in entries])

    @blueprint.get("/diary")
    @allow("staff")
    @blueprint.arguments(schemas.DiaryQuerySchema, location="query")
    @blueprint.response(200, schemas.DiarySchema)
    def diary(query: dict[str, Any]) -> Response:
        """Appointments with any part in [from, to), cancelled ones included."""
        entries = queries.show_diary(
            parts.views, asked_by(), query["from_"], query["to"], query["clinician"], query["min_position"]
        )
        return jsonify(entries=entries)


def _commands(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.post("/appointments")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(schemas.BookSchema)
    @blueprint.response(201, schemas.OutcomeSchema)
    def book(body: dict[str, Any]) -> Response:
        """Staff book; `slot_taken` may be sent again with `overlap_accepted` as another command."""
        command_id = body.pop("command_id")
        command = BookAppointment(appointment_id=new_id(), **body)
        answer = book_appointment(parts.ledger, parts.availability, parts.identity, asked_by(), command_id, command)
        return answered(answer, 201)

    @blueprint.post("/appointments/<uuid:appointment_id>/reschedule")
    @allow("client", "staff", roles=WRITERS)
    @blueprint.arguments(schemas.RescheduleSchema)
    @blueprint.response(200, schemas.OutcomeSchema)
    def reschedule(body: dict[str, Any], appointment_id: UUID) -> Response:
        """Another date and time; the same command again is answered the same."""
        command_id = body.pop("command_id")
        command = RescheduleAppointment(appointment_id=appointment_id, **body)
        return answered(
            reschedule_appointment(parts.ledger, parts.availability, parts.identity, asked_by(), command_id, command)
        )

    @blueprint.post("/appointments/<uuid:appointment_id>/cancel")
    @allow("client", "staff", roles=WRITERS)
    @blueprint.arguments(schemas.CancelSchema)
    @blueprint.response(200, schemas.OutcomeSchema)
    def cancel(body: dict[str, Any], appointment_id: UUID) -> Response:
        """The appointment will not take place; the same command again is answered the same."""
        command_id = body.pop("command_id")
        command = CancelAppointment(appointment_id=appointment_id, **body)
        return answered(cancel_appointment(parts.ledger, parts.identity, asked_by(), command_id, command))
