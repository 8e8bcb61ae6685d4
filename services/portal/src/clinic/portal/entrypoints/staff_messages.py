"""The client's Messages tab: what the client wrote, unsealed on reading, and what was sent to the client (F33, F47)."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.contracts.identity import WRITERS
from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.application.staff.joining import catalogue_of, rows
from clinic.portal.application.staff.messages import left, sent
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    asked,
    done,
    page,
    posted_command,
    refused_page,
    staff_page,
)

blueprint = Blueprint("message", __name__, url_prefix="/p/<slug>/clients/<uuid:client_id>/messages")
REASON = "reading the Messages tab"


@blueprint.get("")
@staff_page(*WRITERS)
def messages(desk: Desk, client_id: UUID) -> Any:
    """Both directions; `?state=failed` shows the sent ones in that state only. Auditors read nobody's messages."""
    return page("client_messages.html", **_messages(desk, client_id))


@blueprint.post("/<uuid:message_id>/resend")
@staff_page(*WRITERS)
def resend(desk: Desk, client_id: UUID, message_id: UUID) -> Any:
    """Sends a message again, as a new one with a fresh link."""
    try:
        desk.services.resend(message_id, posted_command())
    except Refused as refusal:
        if refusal.code == "not_found":
            raise
        return refused_page("client_messages.html", refusal, **_messages(desk, client_id))
    return done("resent", "message.messages", client_id=client_id, anchor="sent")


def _messages(desk: Desk, client_id: UUID) -> dict[str, Any]:
    client = desk.services.client(client_id)
    sealed = desk.services.messages_of(client_id)
    texts = desk.services.unseal(client_id, REASON, [_to_unseal(one) for one in sealed]) if sealed else {}
    delivered: list[dict[str, Any]] | None
    try:
        delivered = desk.services.sent_messages(client=client_id)
    except Unavailable:
        delivered = None
    ids = {one["appointment_id"] for one in [*sealed, *(delivered or [])] if one.get("appointment_id")}
    named = _appointments(desk, sorted(ids))
    zone = desk.practice.zone
    state = asked("state")
    return {
        "client": client,
        "tab": "messages",
        "left": left(sealed, texts, named, zone),
        "sent": None if delivered is None else sent(delivered, named, zone, state),
        "state": state,
        "any_sent": bool(delivered),
    }


def _to_unseal(one: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": one["event_id"], "sealed": one["sealed"]}


def _appointments(desk: Desk, ids: list[str]) -> dict[str, str]:
    """What each appointment is, in a line. At most thirty are looked up: a page has its deadline."""
    found = []
    for appointment_id in ids[-30:]:
        try:
            found.append(desk.services.appointment(UUID(appointment_id)))
        except Refused:
            continue
    return {one.id: f"{one.kind}, {one.at}" for one in rows(desk.services, found, catalogue_of(desk.services))}
