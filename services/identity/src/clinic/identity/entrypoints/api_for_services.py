"""What other services ask, with the key of the pair; they name the practice by `?practice=`."""

import base64
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from clinic.identity.application.clients import mint_link
from clinic.identity.application.ports import Ports
from clinic.identity.application.sign_in import mint_sign_in_link
from clinic.identity.entrypoints import answers, schemas
from clinic.infra.api import allow, identify, practice_of
from clinic.kernel.errors import Refused


def services_blueprint(ports: Ports) -> Blueprint:
    """Each call is open to the services that need it, and to no other."""
    blueprint = Blueprint("services", __name__, url_prefix="/v1", description="For other services")

    @blueprint.get("/practices/<uuid:practice_id>")
    @allow("service")
    @blueprint.response(200, answers.PracticeAnswer)
    def get_practice(practice_id: UUID) -> Any:
        """A practice."""
        with ports.store.rows(practice_id) as rows:
            return _found(rows.practice())

    @blueprint.get("/clients/<uuid:client_id>/public-key")
    @allow("appointments")
    @blueprint.arguments(schemas.PracticeQuery, location="query")
    @blueprint.response(200, answers.PublicKey)
    def get_public_key(query: dict[str, Any], client_id: UUID) -> Any:
        """The key to seal a client's message with."""
        with ports.store.rows(practice_of(identify())) as rows:
            key_id, public_key = _found(rows.public_key(client_id))
        return {"key_id": key_id, "public_key": base64.b64encode(public_key).decode()}

    @blueprint.get("/clients/<uuid:client_id>/contact")
    @allow("notifications")
    @blueprint.arguments(schemas.PracticeQuery, location="query")
    @blueprint.response(200, answers.Contact)
    def get_contact(query: dict[str, Any], client_id: UUID) -> Any:
        """Where a client may be written to, read at the moment of sending."""
        with ports.store.rows(practice_of(identify())) as rows:
            client = _found(rows.client(client_id))
            return answers.contact_answer(_found(None if client.erased else client))

    @blueprint.get("/users/<uuid:user_id>/contact")
    @allow("notifications")
    @blueprint.arguments(schemas.PracticeQuery, location="query")
    @blueprint.response(200, answers.Colleague)
    def get_user_contact(query: dict[str, Any], user_id: UUID) -> Any:
        """Where a staff member may be written to, read at the moment of sending."""
        with ports.store.rows(practice_of(identify())) as rows:
            return _found(rows.user(user_id))

    @blueprint.post("/links")
    @allow("notifications")
    @blueprint.arguments(schemas.PracticeQuery, location="query")
    @blueprint.arguments(schemas.NewLink)
    @blueprint.response(200, answers.LinkAddress)
    def post_links(query: dict[str, Any], body: dict[str, Any]) -> Any:
        """A new link, minted at the moment of sending; only its hash is kept."""
        return {"url": mint_link(ports, practice_of(identify()), body["client_id"], body["appointment_id"])}

    @blueprint.post("/sign-in-links/<uuid:request_id>/mint")
    @allow("notifications")
    @blueprint.arguments(schemas.PracticeQuery, location="query")
    @blueprint.response(200, answers.SignInAddressAnswer)
    def post_mint(query: dict[str, Any], request_id: UUID) -> Any:
        """A sign-in link for an accepted request, minted at the moment of sending (F14)."""
        return mint_sign_in_link(ports, practice_of(identify()), request_id)

    return blueprint


def _found(what: Any) -> Any:
    if what is None:
        raise Refused("not_found")
    return what
