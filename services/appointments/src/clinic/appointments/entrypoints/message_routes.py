"""Clients' messages over HTTP: read, and dealt with (F33)."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint

from clinic.appointments.application import queries
from clinic.appointments.application.client_messages import deal_with_message, read_message
from clinic.appointments.application.views import Done, Message
from clinic.appointments.bootstrap import Parts
from clinic.appointments.entrypoints import schemas, staff_schemas
from clinic.appointments.entrypoints.asked_by import asked_by
from clinic.contracts.identity import WRITERS
from clinic.infra.api import allow
from clinic.kernel.client_time import utc_text


def message_routes(parts: Parts) -> Blueprint:
    """`/v1/messages…`, `/v1/clients/<id>/messages`."""
    blueprint = Blueprint("messages", __name__, url_prefix="/v1", description="Clients' messages")

    @blueprint.get("/clients/<uuid:client_id>/messages")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(schemas.SeenSchema, location="query")
    @blueprint.response(200, staff_schemas.MessagesSchema)
    def of_client(query: dict[str, Any], client_id: UUID) -> Response:
        """What a client wrote, sealed, newest first."""
        found = queries.show_messages(parts.views, asked_by(), client_id, query["min_position"])
        return jsonify(messages=[message_json(message) for message in found])

    @blueprint.get("/messages")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(staff_schemas.MessagesQuerySchema, location="query")
    @blueprint.response(200, staff_schemas.MessagePageSchema)
    def of_practice(query: dict[str, Any]) -> Response:
        """What all clients wrote, newest first, 20 a page."""
        page = query["page"]
        found, pages = queries.show_practice_messages(
            parts.views, asked_by(), query["dealt_with"], page, query["min_position"]
        )
        return jsonify(messages=[message_json(message) for message in found.messages], page=page, pages=pages)

    @blueprint.post("/messages/<uuid:message_id>/read")
    @allow("staff", roles=WRITERS)
    @blueprint.response(204)
    def read(message_id: UUID) -> None:
        """The user read it; recorded once per user."""
        read_message(parts.ledger, asked_by(), message_id)

    @blueprint.post("/messages/<uuid:message_id>/dealt-with")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(staff_schemas.DealWithMessageSchema)
    @blueprint.response(204)
    def deal_with(body: dict[str, Any], message_id: UUID) -> None:
        """Dealt with, or to be dealt with after all; the same again records nothing."""
        deal_with_message(parts.ledger, asked_by(), body["command_id"], message_id, dealt_with=body["dealt_with"])

    return blueprint


def message_json(message: Message) -> dict[str, Any]:
    """A message, sealed."""
    return {
        "message_id": str(message.message_id),
        "event_id": str(message.event_id),
        "appointment_id": str(message.appointment_id),
        "client_id": str(message.client_id),
        "about": message.about,
        "sealed": message.sealed,
        "left_at": utc_text(message.left_at),
        "dealt_with": _done(message.dealt_with) if message.dealt_with else None,
        "read_by": [_done(one) for one in message.read_by],
    }


def _done(done: Done) -> dict[str, str]:
    return {"user_id": str(done.user_id), "at": utc_text(done.at)}
