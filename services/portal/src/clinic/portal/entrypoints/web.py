"""The Flask application that both faces start from: templates, static files, forms, cookies, headers, error pages."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, g, jsonify, request
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from markupsafe import Markup, escape
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from clinic.kernel import client_time
from clinic.kernel.ids import new_id
from clinic.portal.adapters import deadline
from clinic.portal.application.ports import Identity
from clinic.portal.bootstrap import PortalSettings
from clinic.portal.domain.session import Face
from clinic.portal.entrypoints import web_errors, web_session
from clinic.portal.entrypoints.web_security import SecurityHeaders, refuse_foreign_origin

MAX_BODY_BYTES = 64 * 1024
HOME = Path(str(files("clinic.portal")))
THEME = {"client": "#0b5d5e", "staff": "#24509e"}


def create_web_app(face: Face, settings: PortalSettings, identity: Identity) -> Flask:
    """An application of one face, without routes of its own but `/healthz`, `/readyz` and `/static/…`.

    `identity` is asked for the session of a request (`web_session`). Templates extend `layout.html`; every form carries
    `csrf_field()`; a 404, 413, 429, 500 or 503 has its page.
    """
    app = Flask("clinic.portal", static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=derived_key(settings.secret_key, f"{face} forms"),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        PROPAGATE_EXCEPTIONS=False,
        SESSION_COOKIE_NAME=f"__Host-{face}-form-{settings.cookie_suffix}",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_CHECK_DEFAULT=False,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions["clinic_portal"] = settings
    csrf = CSRFProtect(app)
    _add_templates(app, face)
    web_session.add_sessions(app, face, settings, identity)

    @app.before_request
    def guard() -> None:
        deadline.start()
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            refuse_foreign_origin(settings.base_url)
            csrf.protect()

    web_errors.add_error_pages(app)
    app.add_url_rule("/healthz", "healthz", lambda: jsonify(status="ok"))
    app.add_url_rule("/readyz", "readyz", lambda: jsonify(status="ready"))
    static = WhiteNoise(
        app.wsgi_app,
        root=str(HOME / "static"),
        prefix="static/",
        immutable_file_test=_is_hashed,
        allow_all_origins=False,
    )
    wsgi = SecurityHeaders(static, https=settings.base_url.startswith("https://"))
    app.wsgi_app = ProxyFix(wsgi, x_for=settings.trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    return app


def derived_key(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, so that forms and link tokens of both faces never share one."""
    return hashlib.blake2b(purpose.encode(), key=secret.encode()[:64], digest_size=32).digest()


def _is_hashed(path: str, url: str) -> bool:
    return not url.endswith("manifest.json")


def _add_templates(app: Flask, face: Face) -> None:
    manifest = json.loads((HOME / "static" / "manifest.json").read_text(encoding="utf-8"))["files"]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.loader = ChoiceLoader(
        [
            FileSystemLoader(HOME / "templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_env.globals.update(
        face=face,
        theme_colour=THEME[face],
        asset=lambda name: f"/static/{manifest[name]}",
        new_command_id=lambda: str(new_id()),
        say_window=client_time.say_window,
    )
    app.jinja_env.filters.update(
        say_date=client_time.say_date,
        say_instant=client_time.say_instant,
        say_instant_for_staff=client_time.say_instant_for_staff,
        say_time=client_time.say_time,
        in_zone=client_time.in_zone,
        phone_link=_phone_link,
        utc=client_time.utc_text,
    )

    @app.context_processor
    def of_this_request() -> dict[str, Any]:
        return {"practice": g.get("practice"), "session_now": g.get("portal_session")}


def _phone_link(text: str) -> Markup:
    """The text with the practice's number as a link: whoever reads a refusal on a phone taps there (F29)."""
    phone = g.practice.phone if g.get("practice") else ""
    if not phone:
        return escape(text)
    link = Markup('<a class="govuk-link app-phone" href="tel:{}">{}</a>').format(phone.replace(" ", ""), phone)
    return Markup(str(escape(text)).replace(str(escape(phone)), str(link)))  # noqa: S704 both parts are escaped


def as_uuid(value: str | None) -> UUID | None:
    """The UUID of a form's field; None for anything else."""
    try:
        return UUID(value or "")
    except ValueError:
        return None
