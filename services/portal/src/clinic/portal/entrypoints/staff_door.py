"""Into the staff pages and out again: sign-in, a first password by a one-time address, sign-out."""

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clinic.portal.application.staff.words import SET_UP, SIGN_IN_LIMIT, SIGN_IN_MISMATCH
from clinic.portal.entrypoints.staff_desk import face, page
from clinic.portal.entrypoints.web_session import (
    current_session,
    delete_session_cookie,
    session_secret,
    set_session_cookie,
)

blueprint = Blueprint("door", __name__, url_prefix="/p/<slug>")


def _enter(slug: str) -> None:
    g.practice = face().identity.practice_front(slug).practice


@blueprint.get("")
def front(slug: str) -> ResponseReturnValue:
    """The diary for whom is signed in here, the sign-in page for everybody else."""
    _enter(slug)
    session = current_session()
    is_here = session is not None and session.practice.slug == slug
    return redirect(url_for("diary.day" if is_here else "door.sign_in"), 303)


@blueprint.get("/sign-in")
def sign_in(slug: str) -> Any:
    """The sign-in page of one practice."""
    _enter(slug)
    g.portal_session = None
    return page("sign_in.html", email="")


@blueprint.post("/sign-in")
def post_sign_in(slug: str) -> Any:
    """Signs in; one sentence for every mismatch. The form keeps the e-mail address, never the password."""
    _enter(slug)
    g.portal_session = None
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    errors = {}
    if not email:
        errors["email"] = "Enter your e-mail address."
    if not password:
        errors["password"] = "Enter your password."  # noqa: S105  a sentence, not a password
    if errors:
        return page("sign_in.html", 422, errors=errors, email=email)
    answer = face().identity.sign_in_staff(slug, email, password, request.remote_addr or "")
    if answer.outcome == "signed_in" and answer.session:
        response = make_response(redirect(url_for("diary.day"), 303))
        set_session_cookie(response, answer.session)
        return response
    if answer.outcome == "too_many_tries":
        return page("sign_in.html", 429, errors={"": SIGN_IN_LIMIT}, email=email)
    return page("sign_in.html", 422, errors={"email": SIGN_IN_MISMATCH}, email=email)


@blueprint.get("/set-up/<token>")
def set_up(slug: str, token: str) -> Any:
    """Choose a password. Opening the address changes nothing and uses nothing up."""
    _enter(slug)
    g.portal_session = None
    return page("set_up.html")


@blueprint.post("/set-up/<token>")
def post_set_up(slug: str, token: str) -> Any:
    """Sets the first password and leads to the sign-in page."""
    _enter(slug)
    g.portal_session = None
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return page("set_up.html", 422, errors={"again": SET_UP["differ"]})
    outcome = face().identity.set_up_staff(slug, token, password)["outcome"]
    if outcome == "done":
        flash("set_up")
        return redirect(url_for("door.sign_in"), 303)
    if outcome == "weak_password":
        return page("set_up.html", 422, errors={"password": SET_UP["weak_password"]})
    return page("set_up.html", 410, errors={"": SET_UP.get(outcome, SET_UP["unknown"])}, closed=True)


@blueprint.post("/sign-out")
def sign_out(slug: str) -> ResponseReturnValue:
    """Ends the session, also when it has ended already."""
    _enter(slug)
    secret = session_secret()
    if secret:
        face().identity.end(secret)
    response = make_response(redirect(url_for("door.sign_in"), 303))
    delete_session_cookie(response)
    flash("signed_out")
    return response
