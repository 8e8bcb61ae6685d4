"""What the Audit page alone does: reads messages with a reason, and shows who did (ADR 0032)."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from clinic.contracts.identity import AUDITORS
from clinic.identity.application.ports import Ports
from clinic.identity.application.unsealings import show_unsealings
from clinic.identity.entrypoints import answers, schemas
from clinic.identity.entrypoints.api_for_staff import unsealed
from clinic.infra.api import allow, identify, practice_of


def auditors_blueprint(ports: Ports) -> Blueprint:
    """`/v1/audit/…`: site administrators and auditors."""
    blueprint = Blueprint("audit", __name__, url_prefix="/v1/audit", description="For auditors")

    @blueprint.post("/unseal")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(schemas.Unseal)
    @blueprint.response(200, answers.Texts)
    def post_unseal(body: dict[str, Any]) -> Any:
        """A client's messages in clear; that they are read, by whom and why, is recorded first."""
        return {"texts": unsealed(ports, identify(), body)}

    @blueprint.get("/unsealings")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(schemas.PageQuery, location="query")
    @blueprint.response(200, answers.Unsealings)
    def get_unsealings(query: dict[str, Any]) -> ResponseReturnValue:
        """Who read messages, when and why, newest first."""
        return jsonify(show_unsealings(ports, practice_of(identify()), query["page"]))

    return blueprint
