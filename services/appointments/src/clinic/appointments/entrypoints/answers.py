"""Answers about one appointment: their ETag is its revision; lines of its history."""

from typing import Any

from flask import Response, jsonify

from clinic.appointments.application.ports import Answer
from clinic.appointments.application.views import HistoryEntry
from clinic.kernel.client_time import utc_text


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


def entry_json(entry: HistoryEntry) -> dict[str, Any]:
    """One line of a history."""
    return {
        "position": entry.position,
        "recorded_at": utc_text(entry.recorded_at),
        "actor": {"kind": entry.actor_kind, "id": str(entry.actor_id) if entry.actor_id else None},
        "type": entry.type,
        "title": entry.title,
        "sentence": entry.sentence,
        "message_id": str(entry.message_id) if entry.message_id else None,
    }
