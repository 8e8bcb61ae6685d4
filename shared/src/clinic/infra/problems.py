"""Errors of the HTTP APIs: problem+json (RFC 9457), one status per refusal code."""

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify

STATUS = {
    "not_found": 404,
    "session_ended": 401,
    "forbidden": 403,
    "portal_off": 403,
    "changes_not_offered": 403,
    "cancellations_not_offered": 403,
    "messages_not_offered": 403,
    "invalid": 422,
    "command_reused": 422,
    "body_too_large": 413,
    "unavailable": 503,
    "too_many_tries": 429,
}
"""Refusals that are not 409 Conflict. Every other code is a conflict with the present state."""


def problem(code: str, *, status: int | None = None, detail: str | None = None, **facts: Any) -> Response:
    """An application/problem+json answer; `code` is the refusal's name, `facts` are added as members."""
    number = status or STATUS.get(code, 409)
    body = {
        "type": f"urn:clinic:problem:{code}",
        "title": code.replace("_", " "),
        "status": number,
        "code": code,
        **({"detail": detail} if detail else {}),
        **facts,
    }
    response = jsonify(body)
    response.status_code = number
    response.content_type = "application/problem+json"
    return response


def code_of_status(status: int) -> str:
    """The code for an HTTP error that no rule of ours named."""
    return {400: "bad_request", 401: "session_ended", 404: "not_found", 413: "body_too_large", 422: "invalid"}.get(
        status, HTTPStatus(status).phrase.lower().replace(" ", "_")
    )
