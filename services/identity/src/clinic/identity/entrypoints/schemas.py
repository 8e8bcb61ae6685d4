"""What the API takes (docs/http.md, identity). Unknown members and wrong types are refused with 422."""

import ipaddress
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from clinic.contracts.appointments import Sealed
from clinic.contracts.codec import wire_schema
from clinic.infra.json_fields import StrictBoolean
from clinic.practice_files import cells
from clinic.practice_files.faults import Invalid

MAX_TYPED = 200
MAX_IDS = 500


class Strict(Schema):
    """Unknown members are refused."""

    class Meta:
        """For every body."""

        unknown = RAISE


class Typed(fields.String):
    """What a person typed, up to 200 characters, kept as it is: it never reaches a database as text."""

    def __init__(self, **given: Any) -> None:
        super().__init__(required=True, validate=validate.Length(max=MAX_TYPED), **given)


class Cell(fields.String):
    """A text with the same rules as in an imported file; the message says what is wrong, never what was sent."""

    def __init__(self, parse: Any, most: int = 100) -> None:
        super().__init__(allow_none=True)
        self._parse = parse
        self._most = most

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """None means empty."""
        return super().deserialize("" if value is None else value, attr, data, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None or not all(character.isprintable() for character in text):
            raise ValidationError("has a character that cannot be kept")
        if len(text) > self._most:
            raise ValidationError(f"has more than {self._most} characters")
        try:
            return self._parse(text)
        except Invalid as error:
            raise ValidationError(str(error)) from None


def _address(text: str) -> None:
    try:
        ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        raise ValidationError("is no IP address") from None


class SourceAddress(fields.String):
    """The IP address that the portal saw."""

    def __init__(self) -> None:
        super().__init__(required=True, validate=_address)


class PracticeQuery(Schema):
    """A calling service names the practice."""

    practice = fields.UUID()


class OpenLink(Strict):
    """Body of `POST /v1/links/open`."""

    practice_slug = Typed()
    token = Typed()


class ConfirmLink(OpenLink):
    """Body of `POST /v1/links/confirm`: the facts as typed."""

    day = Typed()
    month = Typed()
    year = Typed()
    postcode = Typed()
    source_address = SourceAddress()


class AskForLink(Strict):
    """Body of `POST /v1/sign-in-links`: the contact as typed, read by `domain.contacts`."""

    practice_slug = Typed()
    contact = fields.String(required=True)
    source_address = SourceAddress()


class AskAgain(OpenLink):
    """Body of `POST /v1/sign-in-links/again`."""

    source_address = SourceAddress()


class ChooseClient(Strict):
    """Body of `POST /v1/sessions/choose`."""

    session = Typed()
    client_id = fields.UUID(required=True)


class LookUp(Strict):
    """Body of `POST /v1/sessions/look-up`."""

    session = Typed()
    face = fields.String(required=True, validate=validate.OneOf(["client", "staff"]))


class EndSession(Strict):
    """Body of `POST /v1/sessions/end`."""

    session = Typed()


class SignIn(Strict):
    """Body of `POST /v1/staff/sign-in`."""

    practice_slug = Typed()
    email = fields.String(required=True, validate=validate.Length(max=320))
    password = fields.String(required=True, validate=validate.Length(max=1024))
    source_address = SourceAddress()


class SetUp(Strict):
    """Body of `POST /v1/staff/set-up`."""

    practice_slug = Typed()
    token = Typed()
    password = fields.String(required=True, validate=validate.Length(max=1024))


class ClientQuery(Schema):
    """Query of `GET /v1/clients`."""

    q = fields.String(load_default="", validate=validate.Length(max=MAX_TYPED))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 50))


class ClientChanges(Strict):
    """Body of `PATCH /v1/clients/<id>`: only what is to change. An empty text or null empties an optional field."""

    first_name = Cell(cells.needed)
    last_name = Cell(cells.needed)
    date_of_birth = fields.Date(allow_none=True)
    postcode = Cell(cells.text, 20)
    email = Cell(cells.email, 254)
    mobile = Cell(cells.mobile, 40)
    email_opt_in = StrictBoolean()
    sms_opt_in = StrictBoolean()
    next_of_kin_name = Cell(cells.text)
    next_of_kin_email = Cell(cells.email, 254)
    next_of_kin_mobile = Cell(cells.mobile, 40)
    next_of_kin_email_opt_in = StrictBoolean()
    next_of_kin_sms_opt_in = StrictBoolean()


class Ids(Strict):
    """Body of `POST /v1/names`."""

    clients = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MAX_IDS))
    users = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MAX_IDS))


class SealedText(Strict):
    """One message: its event's id and the sealed text as the ledger keeps it."""

    event_id = fields.UUID(required=True)
    sealed = fields.Nested(wire_schema(Sealed), required=True, unknown=EXCLUDE)


class Unseal(Strict):
    """Body of `POST /v1/messages/unseal`."""

    client_id = fields.UUID(required=True)
    reason = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z][A-Za-z ]{2,60}\Z"))
    messages = fields.List(fields.Nested(SealedText), required=True, validate=validate.Length(1, 100))


class PageQuery(Strict):
    """Which page, from 1."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 10_000))


class Reason(Strict):
    """Body of `POST /v1/clients/<id>/legal-hold`. The reason stays with the practice: no client's name in it."""

    reason = Cell(cells.needed, 200)


class EraseClient(Reason):
    """Body of `POST /v1/clients/<id>/erase`. `command_id` is the caller's; the outcome depends on the client alone."""

    command_id = fields.UUID(required=True)
    with_appointments = StrictBoolean(load_default=False)


class NewLink(Strict):
    """Body of `POST /v1/links`."""

    client_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
