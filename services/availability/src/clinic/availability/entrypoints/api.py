"""The HTTP API of availability (docs/http.md): `gunicorn 'clinic.availability.entrypoints.api:create_app()'`."""

from typing import Any
from uuid import UUID

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE

from clinic.availability import bootstrap
from clinic.availability.application.checks import check
from clinic.availability.application.offered_times import Weeks, list_offered_times
from clinic.availability.application.online_profiles import set_online_profile
from clinic.availability.application.ports import Asked
from clinic.availability.domain.online_profile import OnlineProfile
from clinic.availability.entrypoints import schemas
from clinic.infra.api import allow, create_api, identify, practice_of
from clinic.infra.caller import Caller
from clinic.infra.feed import feed_blueprint
from clinic.kernel.client_time import utc_text


def create_app() -> Flask:
    """The application, wired from the environment; it connects at the first request."""
    return application(bootstrap.api())


def application(parts: bootstrap.Api) -> Flask:
    """The application over given parts."""

    def ready() -> None:
        with parts.database.connection() as connection:
            connection.execute("SELECT 1 FROM booking_settings LIMIT 1")

    blueprints = [_times(parts), _catalogue(parts), feed_blueprint(parts.database)]
    app = create_api(parts.settings, "availability", blueprints, ready)
    app.extensions["availability"] = parts
    return app


def _times(parts: bootstrap.Api) -> Blueprint:
    blueprint = Blueprint("times", __name__, url_prefix="/v1", description="Which times may be chosen")

    @blueprint.get("/offered-times")
    @allow("client", "staff")
    @blueprint.arguments(schemas.OfferedTimesQuery, location="query", unknown=RAISE)
    @blueprint.response(200, schemas.OfferedTimes)
    def offered_times(query: dict[str, Any]) -> ResponseReturnValue:
        """The weeks of a picker; `from=first` begins with the week of the first free time."""
        caller = identify()
        weeks = list_offered_times(
            parts.diary,
            parts.copy,
            practice_of(caller),
            _asked(query, caller),
            start=query["from_"],
            weeks=query["weeks"],
            min_position=query["min_position"],
            for_client=caller.kind == "client",
        )
        return jsonify(_to_json(weeks))

    @blueprint.post("/checks")
    @allow("appointments")
    @blueprint.arguments(schemas.PracticeQuery, location="query", unknown=RAISE)
    @blueprint.arguments(schemas.Check)
    @blueprint.response(200, schemas.CheckAnswer)
    def checks(query: dict[str, Any], body: dict[str, Any]) -> Any:
        """The check at commit; what is taken is not part of it."""
        starts_at = body.pop("starts_at")
        return check(parts.diary, practice_of(identify()), Asked(**body), starts_at)

    return blueprint


def _catalogue(parts: bootstrap.Api) -> Blueprint:
    blueprint = Blueprint("catalogue", __name__, url_prefix="/v1", description="Places, types, clinicians")

    @blueprint.get("/catalogue")
    @allow("client", "staff", "notifications")
    @blueprint.arguments(schemas.PracticeQuery, location="query", unknown=RAISE)
    @blueprint.response(200, schemas.Catalogue)
    def catalogue(query: dict[str, Any]) -> Any:
        """Everything that a practice offers."""
        return parts.catalogue.catalogue(practice_of(identify()))

    @blueprint.get("/clinicians/<uuid:clinician_id>/online")
    @allow("appointments")
    @blueprint.arguments(schemas.OnlineQuery, location="query", unknown=RAISE)
    @blueprint.response(200, schemas.Online)
    def online(query: dict[str, Any], clinician_id: UUID) -> Any:
        """Whether clients may choose this clinician's times (F18), now or at an earlier instant (F50)."""
        return parts.catalogue.online(practice_of(identify()), clinician_id, query["at"])

    @blueprint.put("/clinicians/<uuid:clinician_id>/online")
    @allow("staff")
    @blueprint.arguments(schemas.Profile)
    @blueprint.response(200, schemas.Clinician)
    def put_online(body: dict[str, Any], clinician_id: UUID) -> Any:
        """Sets the switch and what clients read about the clinician (F38)."""
        caller = identify()
        profile = set_online_profile(
            parts.profiles,
            practice_of(caller),
            caller.role,
            caller.user_id,
            OnlineProfile(clinician_id=clinician_id, **body),
        )
        return {"id": profile.clinician_id, **body}

    return blueprint


def _asked(query: dict[str, Any], caller: Caller) -> Asked:
    """A client may exclude only their own appointment, in a limited session only that session's (F8, F21)."""
    exclude = query["exclude"]
    if caller.kind == "client" and caller.appointment_id not in (None, exclude):
        exclude = None
    return Asked(
        clinician_id=query["clinician"],
        location_id=query["location"],
        appointment_type_id=query["appointment_type"],
        duration_minutes=query["duration"],
        buffer_after_minutes=query["buffer"],
        exclude=exclude,
        exclude_of=caller.client_id if caller.kind == "client" else None,
    )


def _to_json(weeks: Weeks) -> dict[str, Any]:
    """Written by hand: a schema would take longer than the search itself."""
    return {
        "zone": weeks.zone,
        "from": weeks.from_date.isoformat(),
        "to": weeks.to_date.isoformat(),
        "up_to_date": weeks.up_to_date,
        "first_week": weeks.first_week and weeks.first_week.isoformat(),
        "days": [
            {
                "date": day.on.isoformat(),
                "times": [{"starts_at": utc_text(instant), "wall": wall} for instant, wall in day.times],
            }
            for day in weeks.days
        ],
        "earlier_from": weeks.earlier_from and weeks.earlier_from.isoformat(),
        "later_from": weeks.later_from and weeks.later_from.isoformat(),
        "last_date": weeks.last_date.isoformat(),
        "rules_version": weeks.rules_version,
        "available_online": weeks.available_online,
    }
