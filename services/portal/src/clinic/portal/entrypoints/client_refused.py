"""What change and cancel share when it does not go through."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from clinic.portal.application.commands import MAX_MESSAGE, NoAnswer
from clinic.portal.domain.facts import FieldError
from clinic.portal.domain.wording import Wording, wording_of
from clinic.portal.entrypoints.web_errors import REFUSAL_STATUS

FORBIDDEN = {"changes_not_offered", "cancellations_not_offered", "messages_not_offered"}


def refused_page(wording: Wording, code: str, appointment_id: UUID) -> ResponseReturnValue:
    """The reason, the clinic's phone number, and the way back (F29)."""
    status = 403 if code in FORBIDDEN else REFUSAL_STATUS.get(code, 409)
    return render_template("client/refused.html", wording=wording, appointment_id=appointment_id), status


def trouble_page(trouble: NoAnswer, appointment_id: UUID) -> ResponseReturnValue:
    """503 with the same form again: its `command_id` makes sending it twice safe."""
    kept = [(name, value) for name, value in request.form.items() if name != "csrf_token"]
    wording = wording_of("unavailable" if trouble.known_unchanged else "unavailable_unknown")
    page = render_template(
        "client/trouble.html", wording=wording, kept=kept, action=request.path, appointment_id=appointment_id
    )
    return page, 503


def message_errors(message: str) -> list[FieldError]:
    """A message may have 1,000 characters."""
    if len(message) <= MAX_MESSAGE:
        return []
    return [FieldError("message", f"Your message must have {MAX_MESSAGE:,} characters or fewer")]
