"""Users' alert switches: each user's own, and everybody's for site administrators (F6, F32)."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from clinic.contracts.identity import ADMINISTRATOR
from clinic.infra.api import allow, identify, practice_of
from clinic.infra.caller import Caller
from clinic.kernel.errors import Refused
from clinic.notifications.bootstrap import Api
from clinic.notifications.domain.alert_switches import AlertSwitches
from clinic.notifications.entrypoints.schemas import AlertSwitchesSchema


def users_blueprint(api: Api) -> Blueprint:
    """A user's switches, to read and to set."""
    blueprint = Blueprint("users", __name__, url_prefix="/v1/users", description="Users' alert switches")

    @blueprint.get("/<uuid:user_id>/alert-switches")
    @allow("staff")
    @blueprint.response(200, AlertSwitchesSchema)
    def switches(user_id: UUID) -> AlertSwitches:
        """The switches as they hold now; all off for who never set any."""
        practice_id, _ = _may_set(api, identify(), user_id)
        return api.desk.switches(practice_id, user_id)

    @blueprint.put("/<uuid:user_id>/alert-switches")
    @allow("staff")
    @blueprint.arguments(AlertSwitchesSchema)
    @blueprint.response(200, AlertSwitchesSchema)
    def set_switches(given: dict[str, Any], user_id: UUID) -> AlertSwitches:
        """Holds for what is recorded from now on."""
        practice_id, by = _may_set(api, identify(), user_id)
        api.desk.set_switches(practice_id, user_id, AlertSwitches(**given), by)
        return api.desk.switches(practice_id, user_id)

    return blueprint


def _may_set(api: Api, caller: Caller, user_id: UUID) -> tuple[UUID, UUID]:
    """The practice and the caller: the user themself, or a site administrator of the user's practice."""
    practice_id = practice_of(caller)
    if caller.user_id is None:
        raise Refused("forbidden")
    if caller.user_id != user_id:
        if api.directory.user(practice_id, user_id) is None:
            raise Refused("not_found")
        if caller.role != ADMINISTRATOR:
            raise Refused("forbidden")
    return practice_id, caller.user_id
