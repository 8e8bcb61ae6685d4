"""What the API gives about records: schemas for its OpenAPI, and the values that they show."""

from dataclasses import asdict
from datetime import UTC
from typing import Any

from marshmallow import Schema, fields

from clinic.identity.domain.clients import Client
from clinic.identity.domain.erasures import LegalHold


class PracticeAnswer(Schema):
    """A practice, as everybody may see it."""

    id = fields.UUID(attribute="practice_id")
    name = fields.String()
    slug = fields.String()
    phone = fields.String()
    email = fields.String()
    zone = fields.String()
    nation = fields.String()


class UserAnswer(Schema):
    """A staff member."""

    id = fields.UUID(attribute="user_id")
    name = fields.String()
    role = fields.String()
    email = fields.String()
    is_clinician = fields.Boolean()


class UsersAnswer(Schema):
    """All staff, by name."""

    users = fields.List(fields.Nested(UserAnswer))


class FoundClient(Schema):
    """A client in a list."""

    id = fields.UUID(attribute="client_id")
    first_name = fields.String()
    last_name = fields.String()
    date_of_birth = fields.Date(allow_none=True)
    external_ref = fields.String()


class FoundClients(Schema):
    """At most 50, by name."""

    clients = fields.List(fields.Nested(FoundClient))


class StandingHold(Schema):
    """That a record must not be erased (F52); `reason` is null for everybody but site administrators."""

    placed_at = fields.AwareDateTime(default_timezone=UTC)
    reason = fields.String(allow_none=True)


class HandedOut(Schema):
    """What identity holds about a client, by kind."""

    identity = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()))


class Erased(Schema):
    """The client's record is erased."""

    outcome = fields.String()


class ClientAnswer(FoundClient):
    """A client's record; `version` is its ETag."""

    postcode = fields.String()
    email = fields.String()
    mobile = fields.String()
    email_opt_in = fields.Boolean()
    sms_opt_in = fields.Boolean()
    next_of_kin_name = fields.String()
    next_of_kin_email = fields.String()
    next_of_kin_mobile = fields.String()
    next_of_kin_email_opt_in = fields.Boolean()
    next_of_kin_sms_opt_in = fields.Boolean()
    version = fields.Integer()
    locked = fields.Boolean()
    erased = fields.Boolean()
    legal_hold = fields.Nested(StandingHold, allow_none=True)


class Names(Schema):
    """Names by id; unknown ids are left out."""

    clients = fields.Dict(keys=fields.UUID(), values=fields.Dict())
    users = fields.Dict(keys=fields.UUID(), values=fields.String())


class Texts(Schema):
    """Messages in clear by the id of their event; null where the key is gone."""

    texts = fields.Dict(keys=fields.UUID(), values=fields.String(allow_none=True))


class NextOfKin(Schema):
    """Where a client's next of kin may be written to (F45)."""

    name = fields.String()
    email = fields.String()
    mobile = fields.String()
    email_opt_in = fields.Boolean()
    sms_opt_in = fields.Boolean()


class Contact(Schema):
    """Where a client may be written to; `next_of_kin` is null where nobody is named and nothing is known."""

    first_name = fields.String()
    last_name = fields.String()
    email = fields.String()
    mobile = fields.String()
    email_opt_in = fields.Boolean()
    sms_opt_in = fields.Boolean()
    next_of_kin = fields.Nested(NextOfKin, allow_none=True)


class Colleague(Schema):
    """Where a staff member may be written to."""

    name = fields.String()
    email = fields.String()


class PublicKey(Schema):
    """A client's X25519 key (base64, raw)."""

    key_id = fields.UUID()
    public_key = fields.String()


class SignInAddressAnswer(Schema):
    """A sign-in link, minted now, and where it is to be sent."""

    url = fields.String()
    channel = fields.String()
    address = fields.String()


class LinkAddress(Schema):
    """An address that opens one appointment of one client."""

    url = fields.String()


class ActorAnswer(Schema):
    """Who: staff, or the system for an operator's command."""

    kind = fields.String()
    id = fields.UUID(allow_none=True)


class UnsealingAnswer(Schema):
    """Messages of a client were read in clear."""

    position = fields.Integer()
    recorded_at = fields.AwareDateTime()
    actor = fields.Nested(ActorAnswer)
    client_id = fields.UUID()
    messages = fields.Integer()
    reason = fields.String()


class Unsealings(Schema):
    """Newest first, 20 a page; whether there are `more`."""

    unsealings = fields.List(fields.Nested(UnsealingAnswer))
    page = fields.Integer()
    more = fields.Boolean()


def client_answer(client: Client, *, locked: bool, hold: LegalHold | None, with_reason: bool) -> dict[str, Any]:
    """The members of ClientAnswer. What an erased client's reference became is nobody's business."""
    told = hold and {"placed_at": hold.placed_at, "reason": hold.reason if with_reason else None}
    answer = {**asdict(client), "locked": locked, "legal_hold": told}
    return {**answer, "external_ref": ""} if client.erased else answer


def contact_answer(client: Client) -> dict[str, Any]:
    """The members of Contact."""
    kin = {
        "name": client.next_of_kin_name,
        "email": client.next_of_kin_email,
        "mobile": client.next_of_kin_mobile,
        "email_opt_in": client.next_of_kin_email_opt_in,
        "sms_opt_in": client.next_of_kin_sms_opt_in,
    }
    is_known = any((client.next_of_kin_name, client.next_of_kin_email, client.next_of_kin_mobile))
    return {**asdict(client), "next_of_kin": kin if is_known else None}
