"""A practice's triggers and texts over HTTP (F6, F43, F44), their history, and a preview on a sample client."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint

from clinic.contracts.identity import ADMINISTRATOR
from clinic.infra.api import IF_MATCH, allow, identify, practice_of, seen_version
from clinic.kernel.errors import Refused
from clinic.notifications.application.communications import Saved, decide, preview
from clinic.notifications.bootstrap import Api
from clinic.notifications.domain.communication_faults import has_way_to_portal
from clinic.notifications.domain.communications import TRIGGERED, Communications, Template, Trigger, Triggered
from clinic.notifications.domain.default_texts import BODIES, SMS, SUBJECTS, TIME_VARIABLES
from clinic.notifications.domain.messages import CHANNELS, Channel
from clinic.notifications.domain.variables import VARIABLES
from clinic.notifications.entrypoints.communication_schemas import (
    CommunicationsHistorySchema,
    CommunicationsSchema,
    PageQuery,
    PreviewSchema,
    PreviewWantedSchema,
    TemplateSchema,
    TriggerSchema,
    WantedCommunicationsSchema,
)


def communications_blueprint(api: Api) -> Blueprint:
    """`/v1/settings/communications`, its history and its preview."""
    blueprint = Blueprint(
        "communications", __name__, url_prefix="/v1/settings/communications", description="Triggers and texts"
    )

    @blueprint.get("")
    @allow("staff")
    @blueprint.response(200, CommunicationsSchema)
    def show() -> Response:
        """What holds now, with the built-in texts and the variables; the ETag is the version."""
        return _answer(api.communications.decided(practice_of(identify())))

    @blueprint.put("")
    @allow("staff", roles=(ADMINISTRATOR,))
    @blueprint.arguments(WantedCommunicationsSchema)
    @blueprint.doc(parameters=[IF_MATCH])
    @blueprint.response(200, CommunicationsSchema)
    def change(body: dict[str, Any]) -> Response:
        """All of it at once; If-Match carries the version that was seen."""
        caller = identify()
        if caller.user_id is None:
            raise Refused("forbidden")
        wanted = _wanted(body, seen_version())
        return _answer(decide(api.communications, practice_of(caller), caller.user_id, wanted))

    @blueprint.get("/history")
    @allow("staff")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, CommunicationsHistorySchema)
    def history(query: dict[str, Any]) -> dict[str, Any]:
        """Who saved what, newest first, 20 a page; every change with its old and new values."""
        found, pages = api.communications.history(practice_of(identify()), query["page"])
        return {"entries": [_entry(saved) for saved in found], "page": query["page"], "pages": pages}

    @blueprint.post("/preview")
    @allow("staff")
    @blueprint.arguments(PreviewWantedSchema)
    @blueprint.response(200, PreviewSchema)
    def show_preview(body: dict[str, Any]) -> Any:
        """The text for a sample client; 422 with the faults that saving would name. Saves nothing."""
        practice = api.directory.practice(practice_of(identify()))
        return preview(Template(UUID(int=0), "", **body), practice, api.communications.now())

    return blueprint


def _wanted(body: dict[str, Any], version: int) -> Communications:
    return Communications(
        version=version,
        remind_imported=body["remind_imported"],
        triggers=tuple(Trigger(**trigger) for trigger in body["triggers"]),
        templates=tuple(Template(**template) for template in body["templates"]),
    )


def _answer(decided: Communications) -> Response:
    response = jsonify(
        {
            "version": decided.version,
            **_shown(decided),
            "variables": list(VARIABLES),
            "subject_variables": list(TIME_VARIABLES),
            "built_in": [_built_in(kind, channel) for kind in TRIGGERED for channel in CHANNELS],
        }
    )
    response.set_etag(str(decided.version))
    return response


def _built_in(kind: Triggered, channel: Channel) -> dict[str, str]:
    is_mail = channel == "email"
    subject, body = (SUBJECTS[kind], BODIES[kind]) if is_mail else ("", SMS[kind])
    return {"kind": kind, "channel": channel, "subject": subject, "body": body}


def _shown(decided: Communications) -> dict[str, Any]:
    templates = [
        {**TemplateSchema().dump(template), "has_way_to_portal": has_way_to_portal(template)}
        for template in decided.templates
    ]
    triggers = TriggerSchema(many=True).dump(decided.triggers)
    return {"remind_imported": decided.remind_imported, "triggers": triggers, "templates": templates}


def _entry(saved: Saved) -> dict[str, Any]:
    before, after = _shown(saved.before), _shown(saved.after)
    return {
        "version": saved.after.version,
        "recorded_at": saved.set_at,
        "actor": {"kind": "staff" if saved.set_by else "import", "id": saved.set_by},
        "changed": [{"field": name, "before": before[name], "after": after[name]} for name in saved.changed],
    }
