"""The HTTP feed of a publishing service: the ledger is the truth, the broker a fast doorbell."""

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from clinic.infra import event_store, wire
from clinic.infra.api import allow, identify, practice_of
from clinic.infra.database import Database
from clinic.kernel.errors import Refused
from clinic.kernel.ids import id_text

MAX_EVENTS = 1000


def feed_blueprint(database: Database) -> Blueprint:
    """`GET /v1/heads` and `GET /v1/events?practice=&after=&limit=`, for services only."""
    blueprint = Blueprint("feed", __name__, url_prefix="/v1", description="Events in order, for other services")

    @blueprint.get("/heads")
    @allow("service")
    def heads() -> ResponseReturnValue:
        """Where every practice's ledger ends: `{"heads": {"<practice>": 42}, "last_event_ids": {"<practice>": …}}`."""
        with database.transaction() as connection:
            found = event_store.last_events(connection)
        return jsonify(
            heads={str(practice): head.position for practice, head in found.items()},
            last_event_ids={str(practice): id_text(head.event_id) for practice, head in found.items()},
        )

    @blueprint.get("/events")
    @allow("service")
    def events() -> ResponseReturnValue:
        """Events of one practice with position > `after`, in order, at most `limit` (1000)."""
        practice = practice_of(identify())
        after, limit = _number("after", 0), min(_number("limit", MAX_EVENTS), MAX_EVENTS)
        with database.transaction(practice) as connection:
            found = event_store.read_after(connection, practice, after, limit)
        return jsonify(events=[wire.to_json(event) for event in found])

    return blueprint


def _number(name: str, default: int) -> int:
    given: Any = request.args.get(name, default)
    try:
        number = int(given)
    except ValueError:
        number = -1
    if number < 0:
        raise Refused("invalid", errors={name: ["a whole number from 0 is needed"]})
    return number
