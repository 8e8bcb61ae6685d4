"""The pages for what went wrong: every status a face can answer with has one, and none of them tells a secret."""

from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from clinic.kernel.errors import ConcurrencyConflict, Refused, Unavailable
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.web_session import enter_practice_in_trouble

CODES = {
    400: "form_too_old",
    403: "form_too_old",
    404: "not_found",
    405: "not_found",
    413: "body_too_large",
    429: "too_many_tries",
    503: "unavailable",
}
REFUSAL_STATUS = {
    "not_found": 404,
    "forbidden": 403,
    "session_ended": 403,
    "portal_off": 403,
    "too_many_tries": 429,
    "invalid": 422,
    "body_too_large": 413,
}


def add_error_pages(app: Flask) -> None:
    """Registers them all; nothing in a log line holds an address, which may carry a token."""
    app.register_error_handler(CSRFError, lambda error: error_page("form_too_old", 400))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(ConcurrencyConflict, lambda error: error_page("changed_meanwhile", 409))
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Exception, _unexpected)


def error_page(code: str, status: int, **given: str) -> tuple[str, int]:
    """The page of an outcome that ends here: heading, what it means, how to go on."""
    practice = g.get("practice")
    wording = wording_of(code).fill(phone=practice.phone if practice else "", **given)
    return render_template("error.html", wording=wording, code=code), status


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    return error_page(CODES.get(status, "unexpected"), status)


def _refused(refusal: Refused) -> ResponseReturnValue:
    return error_page(refusal.code, REFUSAL_STATUS.get(refusal.code, 409))


def _unavailable(error: Unavailable) -> ResponseReturnValue:
    current_app.logger.warning("service trouble in %s: %s", request.endpoint, error)
    enter_practice_in_trouble()
    return error_page("unavailable", 503)


def _unexpected(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("unexpected %s in %s", type(error).__name__, request.endpoint, exc_info=error)
    return error_page("unexpected", 500)
