"""What signed-in staff do: clients' records, names, messages in clear. The practice is always the token's."""

from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from clinic.contracts.appointments import Sealed
from clinic.contracts.identity import ADMINISTRATOR, WRITERS
from clinic.identity.application.clients import (
    ClientPage,
    SealedMessage,
    change_record,
    find_clients,
    show_client,
    unlock_client,
    unseal_messages,
)
from clinic.identity.application.ports import Ports
from clinic.identity.entrypoints import answers, schemas
from clinic.infra.api import allow, identify, practice_of
from clinic.infra.caller import Caller
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import Actor


def staff_blueprint(ports: Ports) -> Blueprint:
    """Staff's calls; an auditor only reads, and never messages."""
    blueprint = Blueprint("staff", __name__, url_prefix="/v1", description="Clients, users, names, messages")
    _records(blueprint, ports)
    _people(blueprint, ports)
    return blueprint


def _records(blueprint: Blueprint, ports: Ports) -> None:
    @blueprint.get("/clients")
    @allow("staff")
    @blueprint.arguments(schemas.ClientQuery, location="query")
    @blueprint.response(200, answers.FoundClients)
    def get_clients(query: dict[str, Any]) -> Any:
        """Records by name, reference, e-mail or mobile."""
        return {"clients": find_clients(ports, practice_of(identify()), query["q"], query["limit"])}

    @blueprint.get("/clients/<uuid:client_id>")
    @allow("staff")
    @blueprint.response(200, answers.ClientAnswer)
    def get_client(client_id: UUID) -> ResponseReturnValue:
        """A record."""
        return _with_etag(show_client(ports, practice_of(identify()), client_id))

    @blueprint.patch("/clients/<uuid:client_id>")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(schemas.ClientChanges)
    @blueprint.response(200, answers.ClientAnswer)
    def patch_client(body: dict[str, Any], client_id: UUID) -> ResponseReturnValue:
        """Changes a record, if it still has the version of If-Match."""
        caller = identify()
        return _with_etag(
            change_record(ports, practice_of(caller), client_id, _wanted_version(), body, _user_of(caller))
        )

    @blueprint.post("/clients/<uuid:client_id>/unlock")
    @allow("staff", roles=WRITERS)
    @blueprint.response(204)
    def post_unlock(client_id: UUID) -> None:
        """Clears the tries counted against a client (F14)."""
        caller = identify()
        unlock_client(ports, practice_of(caller), client_id, _user_of(caller))


def _people(blueprint: Blueprint, ports: Ports) -> None:
    @blueprint.get("/users")
    @allow("staff")
    @blueprint.response(200, answers.UsersAnswer)
    def get_users() -> Any:
        """All staff of the practice."""
        with ports.store.rows(practice_of(identify())) as rows:
            return {"users": rows.users()}

    @blueprint.post("/names")
    @allow("staff", "service")
    @blueprint.arguments(schemas.Ids)
    @blueprint.response(200, answers.Names)
    def post_names(body: dict[str, Any]) -> Any:
        """Names in one batch; ids of another practice are unknown."""
        with ports.store.rows(practice_of(identify())) as rows:
            found = rows.names(body["clients"], body["users"])
        clients = {
            key: {"first_name": first, "last_name": last, **({"erased": True} if erased else {})}
            for key, (first, last, erased) in found["clients"].items()
        }
        return {"clients": clients, "users": found["users"]}

    @blueprint.post("/messages/unseal")
    @allow("staff", roles=WRITERS)
    @blueprint.arguments(schemas.Unseal)
    @blueprint.response(200, answers.Texts)
    def post_unseal(body: dict[str, Any]) -> Any:
        """A client's messages in clear; that they are read is recorded first."""
        caller = identify()
        return {"texts": unsealed(ports, caller, body)}


def unsealed(ports: Ports, caller: Caller, body: dict[str, Any]) -> dict[UUID, str | None]:
    """The texts of a checked `Unseal` body, recorded as read by the caller."""
    messages = [
        SealedMessage(one["event_id"], one["sealed"]["key_id"], Sealed(**one["sealed"])) for one in body["messages"]
    ]
    actor = Actor("staff", _user_of(caller))
    return unseal_messages(ports, practice_of(caller), body["client_id"], body["reason"], messages, actor)


def _with_etag(page: ClientPage) -> ResponseReturnValue:
    with_reason = identify().role == ADMINISTRATOR
    answer = answers.client_answer(page.client, locked=page.locked, hold=page.hold, with_reason=with_reason)
    return answer, 200, {"ETag": f'"{page.client.version}"'}


def _wanted_version() -> int:
    """The version in If-Match; without one nothing is changed."""
    tags = request.if_match.as_set(include_weak=True)
    if len(tags) != 1 or not (tag := next(iter(tags))).isascii() or not tag.isdigit():
        raise Refused("invalid", errors={"If-Match": ["the version that the record had is needed"]})
    return int(tag)


def _user_of(caller: Caller) -> UUID:
    if caller.user_id is None:
        raise Refused("forbidden")
    return caller.user_id
