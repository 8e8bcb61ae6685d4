"""The client's Messages tab: what the client wrote, unsealed on reading, and what was sent to the client (F33, F47)."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.contracts.identity import WRITERS
from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.application.staff.joining import appointments_named, names_of
from clinic.portal.application.staff.messages import A_PAGE, is_unread_by, left, page_with, sent, users_in
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    asked,
    asked_page,
    done,
    form,
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
    """Both directions; that the user read them is recorded. Auditors read nobody's messages.

    `?message=` opens the page that holds it, `?state=failed` shows the sent ones in that state only.
    """
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


@blueprint.post("/<uuid:message_id>/dealt-with")
@staff_page(*WRITERS)
def deal_with(desk: Desk, client_id: UUID, message_id: UUID) -> Any:
    """Marks it as dealt with, or takes that back (F33). The same again records nothing."""
    is_done = form().get("dealt_with") == "yes"
    desk.services.client(client_id)
    desk.services.deal_with(message_id, {"command_id": posted_command(), "dealt_with": is_done})
    code = "dealt_with" if is_done else "reopened"
    return done(code, "message.messages", client_id=client_id, message=message_id, anchor=f"message-{message_id}")


def _messages(desk: Desk, client_id: UUID) -> dict[str, Any]:
    client = desk.services.client(client_id)
    everything = desk.services.messages_of(client_id)
    number, pages = page_with(everything, asked("message"), asked_page())
    shown = everything[A_PAGE * (number - 1) : A_PAGE * number]
    texts = desk.services.unseal(client_id, REASON, [_to_unseal(one) for one in shown]) if shown else {}
    for one in shown:
        if is_unread_by(one, str(desk.user.id)):
            desk.services.read_message(UUID(one["message_id"]))
    delivered: list[dict[str, Any]] | None
    try:
        delivered = desk.services.sent_messages(client=client_id)
    except Unavailable:
        delivered = None
    ids = {one["appointment_id"] for one in [*shown, *(delivered or [])] if one.get("appointment_id")}
    named = appointments_named(desk.services, sorted(ids))
    zone, state = desk.practice.zone, asked("state")
    names = names_of(desk.services, (), users_in(shown))
    return {
        "client": client,
        "tab": "messages",
        "left": left(shown, texts, named, names, zone),
        "sent": None if delivered is None else sent(delivered, named, zone, state),
        "state": state,
        "any_sent": bool(delivered),
        "number": number,
        "pages": pages,
    }


def _to_unseal(one: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": one["event_id"], "sealed": one["sealed"]}
