"""The HTTP API of identity (docs/http.md): `gunicorn 'clinic.identity.entrypoints.api:create_app()'`."""

from flask import Flask, request

from clinic.identity import bootstrap
from clinic.identity.entrypoints.api_for_auditors import auditors_blueprint
from clinic.identity.entrypoints.api_for_erasing import erasing_blueprint
from clinic.identity.entrypoints.api_for_services import services_blueprint
from clinic.identity.entrypoints.api_for_staff import staff_blueprint
from clinic.identity.entrypoints.api_of_entry import entry_blueprint
from clinic.identity.entrypoints.api_of_refusals import refusals_blueprint
from clinic.infra.api import create_api
from clinic.infra.feed import feed_blueprint

OPEN = ("/healthz", "/openapi.json")
"""What is answered before a restored database is erased again: nothing in it is anybody's."""


def create_app() -> Flask:
    """The application, wired from the environment; it connects at the first request."""
    return application(bootstrap.build_api())


def application(parts: bootstrap.Api) -> Flask:
    """The application over given parts."""

    def ready() -> None:
        for database in (parts.database, parts.keys_database):
            with database.connection() as connection:
                connection.execute("SELECT 1")

    blueprints = [
        entry_blueprint(parts.ports),
        staff_blueprint(parts.ports),
        auditors_blueprint(parts.ports),
        services_blueprint(parts.ports),
        refusals_blueprint(parts.ports),
        erasing_blueprint(parts.ports),
        feed_blueprint(parts.database),
    ]
    app = create_api(parts.settings, "identity", blueprints, ready)

    def erase_again_before_anything_is_served() -> None:
        if request.path not in OPEN:
            parts.erasures.apply()

    app.before_request(erase_again_before_anything_is_served)
    return app
