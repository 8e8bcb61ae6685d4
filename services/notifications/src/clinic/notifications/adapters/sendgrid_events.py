"""SendGrid's Event Webhook: signed batches of what became of mails. Nothing is read before the signature holds."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from clinic.notifications.application.receipts import Forged
from clinic.notifications.domain.receipts import Receipt, Said

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
REPLAY_SECONDS = 600

SAYS: Mapping[str, Said] = {
    "processed": "taken",
    "delivered": "delivered",
    "bounce": "failed",
    "dropped": "failed",
}
"""SendGrid's events that say something of a delivery; the others (deferred, open, …) are nobody's business here."""

DROPPED = {
    "Bounced Address": "SendGrid did not send it: earlier mails to this address bounced",
    "Invalid": "SendGrid did not send it: the address is not valid",
    "Unsubscribed Address": "SendGrid did not send it: the recipient has unsubscribed",
    "Spam Reporting Address": "SendGrid did not send it: the recipient reported an earlier mail as spam",
}
"""SendGrid's reasons that name nobody, in words for staff; any other is not repeated."""


@dataclass(frozen=True, slots=True)
class SendGridEvents:
    """`public_key` as SendGrid shows it (base64). ValueError at once where it is none."""

    public_key: str

    def __post_init__(self) -> None:
        self._key()

    def receipts(self, body: bytes, signature: str, stamp: str, now: datetime) -> list[Receipt]:
        """What a request says; Forged where SendGrid did not sign just this within the last ten minutes."""
        self._verify(body, signature, stamp)
        if abs(now.timestamp() - int(stamp)) > REPLAY_SECONDS:
            raise Forged("too old")
        return list(_receipts(body))

    def _verify(self, body: bytes, signature: str, stamp: str) -> None:
        if not re.fullmatch(r"[0-9]{1,12}", stamp):
            raise Forged("no time stamp")
        try:
            key = self._key()
            key.verify(base64.b64decode(signature, validate=True), stamp.encode() + body, ECDSA(SHA256()))
        except (InvalidSignature, binascii.Error, ValueError):
            raise Forged("the signature does not hold") from None

    def _key(self) -> EllipticCurvePublicKey:
        key = load_der_public_key(base64.b64decode(self.public_key))
        if not isinstance(key, EllipticCurvePublicKey):
            raise ValueError("SENDGRID_WEBHOOK_PUBLIC_KEY is not an elliptic curve's key")
        return key


def _receipts(body: bytes) -> Iterator[Receipt]:
    """One for each event that we know and that names a message of ours; SendGrid may add what it likes."""
    try:
        events = json.loads(body)
    except ValueError:
        return
    for event in events if isinstance(events, list) else []:
        said = SAYS.get(str(event.get("event"))) if isinstance(event, dict) else None
        if said is None:
            continue
        try:
            practice_id, message_id = UUID(str(event["practice_id"])), UUID(str(event["message_id"]))
        except (KeyError, ValueError):
            continue
        yield Receipt(practice_id, message_id, said, _reason(event) if said == "failed" else None)


def _reason(event: dict[str, Any]) -> str:
    """In words for staff: the enhanced status code alone, for the server's own words can hold the address."""
    if event["event"] == "dropped":
        return DROPPED.get(str(event.get("reason")), "SendGrid did not send it")
    code = re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", str(event.get("status", "")))
    return f"the recipient's mail server refused it ({code[0]})" if code else "the recipient's mail server refused it"
