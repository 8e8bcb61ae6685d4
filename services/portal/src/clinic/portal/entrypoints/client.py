"""The client pages: `gunicorn 'clinic.portal.entrypoints.client:create_app()'`."""

from flask import Blueprint, Flask, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.adapters import deadline
from clinic.portal.adapters.link_seal import LinkSeal
from clinic.portal.application.ports import Backends
from clinic.portal.bootstrap import PortalSettings, connect, read_portal_settings
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints import (
    client_appointment,
    client_cancel,
    client_change,
    client_choose,
    client_entry,
    client_front,
    client_list,
)
from clinic.portal.entrypoints.client_link import LinkCookie
from clinic.portal.entrypoints.client_off import portal_off_page
from clinic.portal.entrypoints.web import create_web_app, derived_key
from clinic.portal.entrypoints.web_errors import REFUSAL_STATUS, error_page
from clinic.portal.entrypoints.web_session import NotChosenYet, SessionEnded, delete_session_cookie


def create_app() -> Flask:
    """The application with the settings of this process's environment."""
    settings = read_portal_settings("client")
    return build_app(settings, connect(settings))


def build_app(settings: PortalSettings, backends: Backends) -> Flask:
    """The application on given services."""
    app = create_web_app("client", settings, backends.identity)
    seal = LinkSeal(derived_key(settings.secret_key, "client links"))
    links = LinkCookie(seal, f"__Host-client-link-{settings.cookie_suffix}")
    client = Blueprint("client", __name__)
    client_front.add_routes(client, backends, links)
    client_entry.add_routes(client, backends, links)
    client_choose.add_routes(client, backends)
    client_list.add_routes(client, backends)
    client_appointment.add_routes(client, backends)
    client_change.add_routes(client, backends)
    client_cancel.add_routes(client, backends)
    app.register_blueprint(client)

    def session_ended(error: Exception) -> ResponseReturnValue:
        return _session_ended(backends, links)

    def not_chosen_yet(error: NotChosenYet) -> ResponseReturnValue:
        return redirect(url_for("client.choose", slug=error.slug), 303)

    def refused(refusal: Refused) -> ResponseReturnValue:
        if refusal.code == "session_ended":
            return _session_ended(backends, links)
        if refusal.code == "portal_off":
            return portal_off_page(str(refusal.facts.get("off_text") or ""))
        return error_page(refusal.code, REFUSAL_STATUS.get(refusal.code, 409))

    app.register_error_handler(SessionEnded, session_ended)
    app.register_error_handler(NotChosenYet, not_chosen_yet)
    app.register_error_handler(Refused, refused)
    return app


def _session_ended(backends: Backends, links: LinkCookie) -> ResponseReturnValue:
    """How to come back (F14), 403; the cookie that opened nothing any more goes."""
    g.portal_session = None
    slug = (request.view_args or {}).get("slug")
    if slug and "practice" not in g:
        deadline.start()
        try:
            g.practice = backends.identity.practice_front(slug).practice
        except Unavailable:
            current_app.logger.warning("the practice's name is not at hand in %s", request.endpoint)
    phone = g.practice.phone if g.get("practice") else ""
    link = links.held(slug) if slug else None
    is_reusable = link is not None and not link.is_sign_in
    wording = wording_of("session_ended" if is_reusable else "session_ended_ask").fill(phone=phone)
    page = make_response(
        render_template("client/session_ended.html", wording=wording, slug=slug, is_reusable=is_reusable), 403
    )
    delete_session_cookie(page)
    return page
