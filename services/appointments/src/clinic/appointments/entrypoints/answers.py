"""Answers about one appointment: their ETag is its revision."""

from typing import Any

from flask import Response, jsonify

from clinic.appointments.application.ports import Answer


def answered(answer: Answer, status: int = 200) -> Response:
    """What a command was answered."""
    response = tagged(answer.body, answer.body["revision"])
    response.status_code = status
    return response


def tagged(body: dict[str, Any], revision: int) -> Response:
    """JSON with the revision as its ETag."""
    response = jsonify(body)
    response.set_etag(str(revision))
    return response
