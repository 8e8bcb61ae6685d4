"""The HTTP API of notifications: `gunicorn 'clinic.notifications.entrypoints.api:create_app()'`."""

from typing import Any
from uuid import UUID

from flask import Flask, request
from flask_smorest import Blueprint

from clinic.contracts.identity import WRITERS
from clinic.infra.api import allow, create_api, identify, practice_of
from clinic.infra.caller import Caller
from clinic.infra.caught_up import CaughtUp
from clinic.kernel.errors import Refused
from clinic.notifications.application import staff
from clinic.notifications.application.desk import QueuedMessage
from clinic.notifications.bootstrap import Api, wire_api
from clinic.notifications.entrypoints.api_of_communications import communications_blueprint
from clinic.notifications.entrypoints.api_of_users import users_blueprint
from clinic.notifications.entrypoints.schemas import (
    AlertsQuery,
    AlertsSchema,
    CommandSchema,
    MessageSchema,
    MessagesQuery,
    MessagesSchema,
)


def create_app() -> Flask:
    """The application, wired from the environment."""
    return create_app_with(wire_api())


def create_app_with(api: Api) -> Flask:
    """The application on given parts."""

    def ready() -> None:
        with api.database.connection() as connection:
            connection.execute("SELECT 1 FROM alerts LIMIT 1")
        if api.caught_up:
            api.caught_up.judge_all()

    blueprints = [_alerts(api), _messages(api), users_blueprint(api), communications_blueprint(api)]
    app = create_api(api.settings, "notifications", blueprints, ready)
    if caught_up := api.caught_up:
        app.before_request(lambda: _judge(caught_up))
    return app


def _judge(caught_up: CaughtUp) -> None:
    """Who was erased since the backup that this database came from is erased here before anybody is told of them."""
    if request.path.startswith("/v1/"):
        caught_up.judge(practice_of(identify()))


def _alerts(api: Api) -> Blueprint:
    blueprint = Blueprint(
        "alerts", __name__, url_prefix="/v1/alerts", description="In-app alerts of the signed-in user"
    )

    @blueprint.get("")
    @allow("staff")
    @blueprint.arguments(AlertsQuery, location="query")
    @blueprint.response(200, AlertsSchema)
    def alerts(query: dict[str, Any]) -> dict[str, Any]:
        """The user's own alerts, newest first, at most 200."""
        practice_id, user_id = _user(identify())
        shown, unread = api.desk.alerts(practice_id, user_id, unread_only=query["unread"])
        return {"alerts": shown, "unread": unread}

    @blueprint.post("/<uuid:alert_id>/read")
    @allow("staff")
    @blueprint.response(204)
    def read(alert_id: UUID) -> None:
        """Marks one alert as read; another user's is not found."""
        practice_id, user_id = _user(identify())
        if not api.desk.read_alert(practice_id, user_id, alert_id):
            raise Refused("not_found")

    @blueprint.post("/read-all")
    @allow("staff")
    @blueprint.response(204)
    def read_all() -> None:
        """Marks all of the user's alerts as read."""
        api.desk.read_all_alerts(*_user(identify()))

    return blueprint


def _messages(api: Api) -> Blueprint:
    blueprint = Blueprint("messages", __name__, url_prefix="/v1", description="Messages to clients")

    @blueprint.get("/messages")
    @allow("staff")
    @blueprint.arguments(MessagesQuery, location="query")
    @blueprint.response(200, MessagesSchema)
    def messages(query: dict[str, Any]) -> dict[str, Any]:
        """The practice's messages, newest first, at most 200."""
        practice_id, _ = _user(identify())
        found = api.desk.messages(practice_id, client_id=query.get("client"), appointment_id=query.get("appointment"))
        return {"messages": found}

    @blueprint.post("/messages/<uuid:message_id>/resend")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(CommandSchema)
    @blueprint.response(200, MessageSchema)
    def resend(command: dict[str, Any], message_id: UUID) -> QueuedMessage:
        """Queues the message once more, with a new link."""
        practice_id, user_id = _user(identify())
        return staff.resend(api.desk, practice_id, user_id, message_id, command["command_id"])

    @blueprint.post("/appointments/<uuid:appointment_id>/confirmation")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(CommandSchema)
    @blueprint.response(200, MessageSchema)
    def confirmation(command: dict[str, Any], appointment_id: UUID) -> QueuedMessage:
        """Queues the confirmation of any appointment, also of an imported one."""
        practice_id, user_id = _user(identify())
        return staff.send_confirmation(
            api.desk,
            api.directory,
            api.communications.decided(practice_id),
            practice_id,
            user_id,
            appointment_id,
            command["command_id"],
        )

    return blueprint


def _user(caller: Caller) -> tuple[UUID, UUID]:
    if caller.practice_id is None or caller.user_id is None:
        raise Refused("forbidden")
    return caller.practice_id, caller.user_id
