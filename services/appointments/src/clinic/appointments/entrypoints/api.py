"""The HTTP API: `gunicorn 'clinic.appointments.entrypoints.api:create_app()'`."""

from flask import Flask

from clinic.appointments.bootstrap import Parts, build
from clinic.appointments.entrypoints.appointment_routes import appointment_routes
from clinic.appointments.entrypoints.audit_routes import audit_routes
from clinic.appointments.entrypoints.message_routes import message_routes
from clinic.appointments.entrypoints.policy_routes import policy_routes
from clinic.appointments.entrypoints.refusal_routes import refusal_routes
from clinic.appointments.entrypoints.settings_routes import settings_routes
from clinic.appointments.entrypoints.staff_routes import staff_routes
from clinic.infra.api import create_api
from clinic.infra.feed import feed_blueprint


def create_app(parts: Parts | None = None) -> Flask:
    """The application; `parts` instead of what the environment says are for tests."""
    parts = parts or build()
    blueprints = [
        appointment_routes(parts),
        staff_routes(parts),
        message_routes(parts),
        settings_routes(parts),
        refusal_routes(parts),
        policy_routes(parts),
        audit_routes(parts),
        feed_blueprint(parts.database),
    ]
    return create_api(parts.settings, "Clinic appointments: the ledger", blueprints, parts.ready)
