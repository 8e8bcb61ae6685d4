"""What went wrong, in words for staff: one page per status."""

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from clinic.kernel.errors import ConcurrencyConflict, Refused, Unavailable
from clinic.portal.application.staff.words import say_refusal
from clinic.portal.domain.wording import Wording
from clinic.portal.entrypoints.web_errors import REFUSAL_STATUS

BACK = "Go back, load the page again, and send it once more."
NOT_FOUND = Wording(
    "Page not found",
    "It does not exist, or it is not part of your practice.",
    "Go back, or open your practice’s own staff address; it ends in /p/ and the practice’s short name.",
)
PAGES = {
    400: Wording("This page was open for too long", "Nothing was changed.", BACK),
    403: Wording("You cannot open this", "Your role does not allow it.", "Ask a site administrator of your practice."),
    404: NOT_FOUND,
    405: NOT_FOUND,
    413: Wording("That was too much text", "Nothing was changed. Go back and send a shorter text."),
    429: Wording("Too many attempts", "Wait a little, then try again."),
    500: Wording("Sorry, there is a problem with this page", "Nothing was changed.", "Try again later."),
    503: Wording("Sorry, something is not working at the moment", "Nothing was changed.", "Try again in a minute."),
}


def add_error_pages(app: Flask) -> None:
    """Registers them all, in place of the client's wording; no log line holds an address."""
    app.register_error_handler(CSRFError, lambda error: error_page(400))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(ConcurrencyConflict, lambda error: refusal_page(Refused("changed_meanwhile")))
    app.register_error_handler(Refused, refusal_page)
    app.register_error_handler(Exception, _unexpected)


def error_page(status: int) -> tuple[str, int]:
    """The page of a status."""
    return _render(PAGES.get(status, PAGES[500]), status)


def refusal_page(refusal: Refused) -> ResponseReturnValue:
    """The page of a refusal that no form could show beside its fields; a session that just ended leads to the door."""
    if refusal.code == "session_ended":
        return redirect(url_for("door.sign_in"), 303)
    status = REFUSAL_STATUS.get(refusal.code, 409)
    if status in PAGES:
        return error_page(status)
    return _render(Wording("That was not done", say_refusal(refusal.code), "Go back to see the present state."), status)


def _render(wording: Wording, status: int) -> tuple[str, int]:
    return render_template("error.html", wording=wording), status


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    return error.get_response() if status < 400 else error_page(status)


def _unavailable(error: Unavailable) -> ResponseReturnValue:
    current_app.logger.warning("service trouble in %s: %s", request.endpoint, error)
    return error_page(503)


def _unexpected(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("unexpected %s in %s", type(error).__name__, request.endpoint, exc_info=error)
    return error_page(500)
