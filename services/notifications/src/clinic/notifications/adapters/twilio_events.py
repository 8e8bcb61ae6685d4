"""Twilio's status callbacks: signed over our public address and the form. The Host header is never believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl
from uuid import UUID

from werkzeug.datastructures import MultiDict

from clinic.notifications.adapters.twilio_words import in_words
from clinic.notifications.application.receipts import Forged
from clinic.notifications.domain.receipts import Receipt, Said

SIGNATURE = "X-Twilio-Signature"

SAYS: Mapping[str, Said] = {
    "accepted": "taken",
    "queued": "taken",
    "sending": "taken",
    "sent": "taken",
    "delivered": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
"""Twilio's message states as receipts."""


@dataclass(frozen=True, slots=True)
class TwilioEvents:
    """`url` is our public address of the callback, as Twilio was given it; `auth_token` the account's."""

    url: str
    auth_token: str = field(repr=False)

    def receipts(self, query: str, form: "MultiDict[str, str]", signature: str) -> list[Receipt]:
        """What a callback says, at most one; Forged where Twilio did not sign just this for our address.

        Twilio signs no time: a callback that is repeated says the same again, which changes nothing.
        """
        from twilio.request_validator import RequestValidator

        address = f"{self.url}?{query}" if query else self.url
        if not RequestValidator(self.auth_token).validate(address, form, signature):
            raise Forged("the signature does not hold")
        said = SAYS.get(form.get("MessageStatus", ""))
        if said is None:
            return []
        about = dict(parse_qsl(query))
        try:
            practice_id, message_id = UUID(about["practice"]), UUID(about["message"])
        except (KeyError, ValueError):
            return []
        return [Receipt(practice_id, message_id, said, in_words(form.get("ErrorCode")) if said == "failed" else None)]
