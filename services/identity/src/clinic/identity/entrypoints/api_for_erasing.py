"""What site administrators do with a record as a whole: hold it, hand it out, erase it (F52)."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from clinic.contracts.identity import ADMINISTRATOR
from clinic.identity.application.erasing import erase_client
from clinic.identity.application.handing_out import hand_out
from clinic.identity.application.legal_holds import lift_hold, place_hold
from clinic.identity.application.ports import Ports
from clinic.identity.entrypoints import answers, schemas
from clinic.infra.api import allow, identify, practice_of
from clinic.infra.client_record import plain
from clinic.kernel.errors import Refused


def erasing_blueprint(ports: Ports) -> Blueprint:
    """Nobody else may."""
    blueprint = Blueprint("erasing", __name__, url_prefix="/v1", description="Erasure, legal hold, subject access")

    @blueprint.post("/clients/<uuid:client_id>/legal-hold")
    @allow("staff", roles=(ADMINISTRATOR,))
    @blueprint.arguments(schemas.Reason)
    @blueprint.response(204)
    def post_hold(body: dict[str, Any], client_id: UUID) -> None:
        """The record must not be erased; said twice it stays quiet."""
        practice_id, user_id = _administrator()
        place_hold(ports.store, practice_id, client_id, body["reason"], user_id)

    @blueprint.delete("/clients/<uuid:client_id>/legal-hold")
    @allow("staff", roles=(ADMINISTRATOR,))
    @blueprint.response(204)
    def delete_hold(client_id: UUID) -> None:
        """The record may be erased again; said twice it stays quiet."""
        practice_id, user_id = _administrator()
        lift_hold(ports.store, practice_id, client_id, user_id)

    @blueprint.post("/clients/<uuid:client_id>/erase")
    @allow("staff", roles=(ADMINISTRATOR,))
    @blueprint.arguments(schemas.EraseClient)
    @blueprint.response(202, answers.Erased)
    def post_erase(body: dict[str, Any], client_id: UUID) -> Any:
        """Erases a client for good; 409 `legal_hold` with its reason, `appointments_ahead` with their number."""
        practice_id, user_id = _administrator()
        erase_client(
            ports.erasing,
            practice_id,
            client_id,
            body["reason"],
            user_id,
            with_appointments=body["with_appointments"],
        )
        return {"outcome": "erased"}

    @blueprint.get("/clients/<uuid:client_id>/export")
    @allow("staff", roles=(ADMINISTRATOR,))
    @blueprint.response(200, answers.HandedOut)
    def get_export(client_id: UUID) -> Any:
        """All that identity holds about a client; recorded. The staff pages add what the other services hold."""
        practice_id, user_id = _administrator()
        held = hand_out(ports, practice_id, client_id, user_id)
        return {"identity": {kind: [plain(row) for row in rows] for kind, rows in held.items()}}

    return blueprint


def _administrator() -> tuple[UUID, UUID]:
    caller = identify()
    if caller.user_id is None:
        raise Refused("forbidden")
    return practice_of(caller), caller.user_id
