"""The Flask application that every service's API starts from: errors, callers, limits, health, OpenAPI."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Flask, Response, current_app, g, jsonify, request
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from clinic.infra.caller import Caller, NotAllowedIn, read_authorization
from clinic.infra.problems import code_of_status, problem
from clinic.infra.settings import ServiceSettings
from clinic.kernel.errors import ConcurrencyConflict, Refused, Unavailable

MAX_BODY_BYTES = 64 * 1024
IF_MATCH = {"in": "header", "name": "If-Match", "required": True, "schema": {"type": "string"}}
"""How OpenAPI names the header that `seen_version` reads."""

View = TypeVar("View", bound=Callable[..., Any])


PROBLEM = {
    "type": "object",
    "description": "RFC 9457; `code` names the rule that said no, `errors` the faults per field.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "object"},
    },
}
CALLERS = {
    "person": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Minted by identity, 60 s."},
    "service": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Service <name>:<key>`"},
}


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest, but every error is problem+json, and OpenAPI says so."""

    ERROR_SCHEMA = PROBLEM

    def _register_responses(self) -> None:
        """The error responses of the OpenAPI document; those of success are not registered here."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Also what flask-smorest and webargs abort with; field errors stand under `errors`."""
        status = error.code or 500
        extra = getattr(error, "data", None) or {}
        errors = _by_field(extra.get("messages") or extra.get("errors"))
        return problem(
            extra.get("code_name", code_of_status(status)),
            status=status,
            detail=extra.get("message") or error.description,
            **({"errors": errors} if errors else {}),
        )


def create_api(
    settings: ServiceSettings, title: str, blueprints: Iterable[Blueprint], ready: Callable[[], None]
) -> Flask:
    """The application of one service. `ready` raises while the process cannot do its work."""
    app = Flask(settings.service)
    app.config.update(
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"security": [{name: []} for name in CALLERS]},
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.extensions["clinic_settings"] = settings
    api = ProblemApi(app)
    for name, scheme in CALLERS.items():
        api.spec.components.security_scheme(name, scheme)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_error_handler(Refused, lambda refusal: problem(refusal.code, **refusal.facts))
    app.register_error_handler(
        ConcurrencyConflict, lambda conflict: problem("changed_meanwhile", detail="somebody else changed it first")
    )
    app.register_error_handler(
        Unavailable, lambda error: problem("unavailable", detail=f"nothing was changed ({error})")
    )
    app.register_error_handler(NotAllowedIn, lambda error: problem("session_ended", detail=str(error)))
    app.register_error_handler(
        RecursionError, lambda error: problem("bad_request", status=400, detail="nested too deeply")
    )
    app.register_error_handler(Exception, _unexpected)
    app.add_url_rule("/healthz", "healthz", lambda: jsonify(status="ok"))

    def readyz() -> Response:
        ready()
        return jsonify(status="ready")

    app.add_url_rule("/readyz", "readyz", readyz)
    return app


def _by_field(errors: Any) -> Any:
    """Field → faults, without the place (`json`, `query`) under which webargs files them."""
    if isinstance(errors, dict) and errors.keys() <= {"json", "query", "path", "headers", "form", "json_or_form"}:
        places = [faults if isinstance(faults, dict) else {"": faults} for faults in errors.values()]
        return {field: faults for place in places for field, faults in place.items()}
    return errors


def _unexpected(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException):
        return error
    current_app.logger.exception("unexpected error in %s %s", request.method, request.path)
    return problem("internal_error", status=500, detail="nothing was changed")


def seen_version() -> int:
    """The version in If-Match, over which alone a change is saved; Refused `invalid` without one."""
    tags = list(request.if_match)
    if len(tags) != 1 or not tags[0].isdecimal():
        raise Refused("invalid", errors={"If-Match": ["The version that was seen is needed."]})
    return int(tags[0])


def allow(*kinds: str, roles: Iterable[str] = ()) -> Callable[[View], View]:
    """Lets a view be called by these kinds of caller only (`client`, `staff`, `service`, or a service by its name).

    `roles` narrows staff. Anybody else gets 401 without credentials and 403 with.
    """
    allowed_roles = frozenset(roles)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            caller = identify()
            if caller.kind not in kinds and caller.service not in kinds:
                raise Refused("forbidden")
            if caller.kind == "staff" and allowed_roles and caller.role not in allowed_roles:
                raise Refused("forbidden")
            return view(*args, **kwargs)

        return cast(View, guarded)

    return decorate


def identify() -> Caller:
    """The caller of the current request; NotAllowedIn where the Authorization header proves nobody."""
    if "caller" not in g:
        settings: ServiceSettings = current_app.extensions["clinic_settings"]
        g.caller = read_authorization(
            request.headers.get("Authorization"),
            audience=settings.service,
            public_keys=settings.token_public_keys,
            accepted=settings.accepted_keys,
        )
    return cast(Caller, g.caller)


def practice_of(caller: Caller) -> UUID:
    """The practice that a request is about: the token's, or the `practice` query parameter of a calling service."""
    if caller.practice_id is not None:
        return caller.practice_id
    try:
        return UUID(request.args["practice"])
    except (KeyError, ValueError):
        raise Refused("invalid", errors={"practice": ["a practice id is needed"]}) from None
