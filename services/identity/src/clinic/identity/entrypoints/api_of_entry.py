"""Getting in: practices by their address, links, sessions, sign-in. Only the portal calls these."""

from typing import Any

from flask_smorest import Blueprint

from clinic.identity.application.confirm_link import Post, confirm_link
from clinic.identity.application.ports import Ports
from clinic.identity.application.sessions import choose_client, end_session, look_up_session
from clinic.identity.application.sign_in import ask_again, ask_for_link
from clinic.identity.application.staff import set_up, sign_in
from clinic.identity.application.ways_in import find_practice, open_link
from clinic.identity.domain.links import can_send_again
from clinic.identity.entrypoints import answers_of_entry as answers
from clinic.identity.entrypoints import schemas
from clinic.infra.api import allow
from clinic.kernel.errors import Refused


def entry_blueprint(ports: Ports) -> Blueprint:
    """The portal's calls."""
    blueprint = Blueprint("entry", __name__, url_prefix="/v1", description="Links, sessions, sign-in")
    _asking(blueprint, ports)
    _links(blueprint, ports)
    _sessions(blueprint, ports)
    _staff(blueprint, ports)
    return blueprint


def _asking(blueprint: Blueprint, ports: Ports) -> None:
    @blueprint.post("/sign-in-links")
    @allow("portal")
    @blueprint.arguments(schemas.AskForLink)
    @blueprint.response(202, answers.AskedForLink)
    def post_sign_in_links(body: dict[str, Any]) -> Any:
        """Notes that a sign-in link was asked for; looking up and sending happen later (F16)."""
        return {"outcome": ask_for_link(ports, body["practice_slug"], body["contact"], body["source_address"])}

    @blueprint.post("/sign-in-links/again")
    @allow("portal")
    @blueprint.arguments(schemas.AskAgain)
    @blueprint.response(202, answers.AskedForLink)
    def post_again(body: dict[str, Any]) -> Any:
        """The same for the contact of a sign-in link that has ended (F14)."""
        return {"outcome": ask_again(ports, body["practice_slug"], body["token"], body["source_address"])}


def _links(blueprint: Blueprint, ports: Ports) -> None:
    @blueprint.get("/practices/by-slug/<string:slug>")
    @allow("portal")
    @blueprint.response(200, answers.PracticeFront)
    def practice_by_slug(slug: str) -> Any:
        """The practice of an address, with the effective state of its portal."""
        practice = find_practice(ports, slug)
        if practice is None:
            raise Refused("not_found")
        return answers.practice_front(practice)

    @blueprint.post("/links/open")
    @allow("portal")
    @blueprint.arguments(schemas.OpenLink)
    @blueprint.response(200, answers.OpenedLink)
    def post_open(body: dict[str, Any]) -> Any:
        """The state of a link; changes nothing and uses up nothing (F12)."""
        seen = open_link(ports, body["practice_slug"], body["token"])
        return {
            "state": seen.state,
            "kind": seen.link.kind if seen.link and seen.state not in ("unknown", "portal_off") else None,
            "practice": answers.practice_front(seen.practice),
            "client_first_name": None,
            "can_send_again": can_send_again(seen.link, seen.state),
        }

    @blueprint.post("/links/confirm")
    @allow("portal")
    @blueprint.arguments(schemas.ConfirmLink)
    @blueprint.response(200, answers.Confirmed)
    def post_confirm(body: dict[str, Any]) -> Any:
        """Judges one post of date of birth and postcode; may wait 5 s (F14)."""
        answer = confirm_link(ports, Post(**body))
        return answers.without_none(
            outcome=answer.outcome,
            tries_left=answer.tries_left,
            session=answer.session,
            appointment_id=answer.appointment_id,
            errors=answer.errors,
            choices=list(answer.choices) or None,
            some_incomplete=answer.some_incomplete or None,
        )


def _sessions(blueprint: Blueprint, ports: Ports) -> None:
    @blueprint.post("/sessions/choose")
    @allow("portal")
    @blueprint.arguments(schemas.ChooseClient)
    @blueprint.response(200, answers.NewSession)
    def post_choose(body: dict[str, Any]) -> Any:
        """A new session for one of the session's choices; the old one ends (F13)."""
        return {"session": choose_client(ports, body["session"], body["client_id"])}

    @blueprint.post("/sessions/look-up")
    @allow("portal")
    @blueprint.arguments(schemas.LookUp)
    @blueprint.response(200, answers.SessionAnswer)
    def post_look_up(body: dict[str, Any]) -> Any:
        """The live session of a cookie's secret."""
        return answers.session_answer(look_up_session(ports, body["session"], body["face"]))

    @blueprint.post("/sessions/end")
    @allow("portal")
    @blueprint.arguments(schemas.EndSession)
    @blueprint.response(204)
    def post_end(body: dict[str, Any]) -> None:
        """Ends a session at once; said twice, it stays quiet."""
        end_session(ports, body["session"])


def _staff(blueprint: Blueprint, ports: Ports) -> None:
    @blueprint.post("/staff/sign-in")
    @allow("portal")
    @blueprint.arguments(schemas.SignIn)
    @blueprint.response(200, answers.SignedInAnswer)
    def post_sign_in(body: dict[str, Any]) -> Any:
        """Signs a staff member in."""
        done = sign_in(ports, body["practice_slug"], body["email"], body["password"], body["source_address"])
        return answers.without_none(outcome=done.outcome, session=done.session)

    @blueprint.post("/staff/set-up")
    @allow("portal")
    @blueprint.arguments(schemas.SetUp)
    @blueprint.response(200, answers.SetUpAnswer)
    def post_set_up(body: dict[str, Any]) -> Any:
        """Sets a password at a one-time address."""
        done = set_up(ports, body["practice_slug"], body["token"], body["password"])
        return answers.without_none(outcome=done.outcome, email=done.email)
