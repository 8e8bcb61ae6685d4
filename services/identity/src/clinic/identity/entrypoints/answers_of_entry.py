"""What the API gives to those who come in: links, sessions, sign-in; schemas for its OpenAPI, and their values."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from clinic.identity.application.sessions import LookedUp
from clinic.identity.domain.practices import Practice
from clinic.identity.entrypoints.answers import PracticeAnswer, UserAnswer


class PortalSwitch(Schema):
    """Whether the portal is open, and the text to show while it is not (F2, F5)."""

    on = fields.Boolean()
    off_text = fields.String()


class PracticeFront(PracticeAnswer):
    """A practice with the state of its portal."""

    portal = fields.Nested(PortalSwitch)


class OpenedLink(Schema):
    """What the holder of a link is told before the facts are asked."""

    state = fields.String()
    kind = fields.String(allow_none=True)
    practice = fields.Nested(PracticeFront, allow_none=True)
    client_first_name = fields.String(allow_none=True)
    can_send_again = fields.Boolean()


class Choice(Schema):
    """A client who may be chosen after confirmation (F13)."""

    client_id = fields.UUID()
    first_name = fields.String()


class AskedForLink(Schema):
    """The same whatever exists (F16)."""

    outcome = fields.String()


class NewSession(Schema):
    """The secret of a session that replaced another one."""

    session = fields.String()


class Confirmed(Schema):
    """The outcome of a confirmation."""

    outcome = fields.String()
    tries_left = fields.Integer()
    session = fields.String()
    appointment_id = fields.UUID()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    choices = fields.List(fields.Nested(Choice))
    some_incomplete = fields.Boolean()


class Person(Schema):
    """The client of a session."""

    id = fields.UUID(attribute="client_id")
    first_name = fields.String()
    last_name = fields.String()


class SessionAnswer(Schema):
    """A live session with the tokens by which services know the person for 60 s."""

    session_id = fields.UUID()
    kind = fields.String()
    practice = fields.Nested(PracticeFront)
    client = fields.Nested(Person, allow_none=True)
    user = fields.Nested(UserAnswer, allow_none=True)
    appointment_id = fields.UUID(allow_none=True)
    choices = fields.List(fields.Nested(Choice))
    idle_expires_at = fields.AwareDateTime()
    absolute_expires_at = fields.AwareDateTime()
    tokens = fields.Dict(keys=fields.String(), values=fields.String())


class SignedInAnswer(Schema):
    """The outcome of a sign-in."""

    outcome = fields.String()
    session = fields.String()


class SetUpAnswer(Schema):
    """The outcome of setting a password."""

    outcome = fields.String()
    email = fields.String()


def practice_front(practice: Practice | None) -> dict[str, Any] | None:
    """The members of PracticeFront."""
    if practice is None:
        return None
    return {**asdict(practice), "portal": {"on": practice.portal_on, "off_text": practice.portal_off_text}}


def session_answer(found: LookedUp) -> dict[str, Any]:
    """The members of SessionAnswer."""
    return {
        "session_id": found.session.session_id,
        "kind": found.session.face,
        "practice": practice_front(found.practice),
        "client": found.client,
        "user": found.user,
        "appointment_id": found.session.appointment_id,
        "choices": [{"client_id": client_id, "first_name": first_name} for client_id, first_name in found.choices],
        "idle_expires_at": found.session.idle_expires_at,
        "absolute_expires_at": found.session.absolute_expires_at,
        "tokens": found.tokens,
    }


def without_none(**members: Any) -> dict[str, Any]:
    """Only what there is."""
    return {name: value for name, value in members.items() if value is not None}
