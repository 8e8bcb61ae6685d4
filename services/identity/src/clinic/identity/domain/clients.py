"""A client's record: what it holds, what a change of it means, and by which words it is found."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from clinic.identity.domain.contacts import Channel, Contact


@dataclass(frozen=True, slots=True)
class Client:
    """A client of one practice. E-mail in lower case, mobile in E.164, postcode as typed; absent texts are empty.

    `version` rises by one with every change: the ETag. Next of kin's contacts are written to and open nothing (F45).
    `erased`: everything else is blank for good (F52). Never printed: `repr` shows no personal data.
    """

    client_id: UUID
    external_ref: str
    first_name: str
    last_name: str
    date_of_birth: date | None
    postcode: str
    email: str
    mobile: str
    email_opt_in: bool
    sms_opt_in: bool
    version: int
    next_of_kin_name: str = ""
    next_of_kin_email: str = ""
    next_of_kin_mobile: str = ""
    next_of_kin_email_opt_in: bool = False
    next_of_kin_sms_opt_in: bool = False
    erased: bool = False

    def __repr__(self) -> str:
        return f"Client({self.client_id}, version {self.version})"

    def contact(self, channel: Channel) -> Contact:
        """Where the client is written to by this channel; its address is empty where there is none."""
        return Contact(self.email if channel == "email" else self.mobile, channel)

    def contacts(self) -> list[Contact]:
        """Those that there are."""
        return [contact for contact in (self.contact("email"), self.contact("sms")) if contact.address]


@dataclass(frozen=True, slots=True)
class NewClient:
    """A record that is to be kept for the first time, with its raw public key and the words by which it is found."""

    client: Client
    key_id: UUID
    public_key: bytes
    words: frozenset[str]


CHANGEABLE = (
    "first_name", "last_name", "date_of_birth", "postcode", "email", "mobile", "email_opt_in", "sms_opt_in",
    "next_of_kin_name", "next_of_kin_email", "next_of_kin_mobile", "next_of_kin_email_opt_in", "next_of_kin_sms_opt_in",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangedClient:
    """The record after a change, the names of the fields that differ, and the old contacts that are no longer hers."""

    client: Client
    changed: tuple[str, ...]
    lost_contacts: tuple[Contact, ...]


def change_client(client: Client, wanted: Mapping[str, Any]) -> ChangedClient:
    """Changes what differs. Nothing differs: nothing changed, the version stays.

    A contact is lost when an address that was there is replaced or removed: whoever holds that mailbox or telephone
    holds the links that were sent to it.
    """
    changed = tuple(name for name in CHANGEABLE if name in wanted and wanted[name] != getattr(client, name))
    if not changed:
        return ChangedClient(client, (), ())
    after = replace(client, **{name: wanted[name] for name in changed}, version=client.version + 1)
    lost = tuple(contact for contact in client.contacts() if after.contact(contact.channel) != contact)
    return ChangedClient(after, changed, lost)


def search_words(client: Client) -> frozenset[str]:
    """The words by which a record is found from their beginning: names, reference, e-mail, mobile (+44… and 07…).

    Never next of kin's: whoever looks for that person does not want this client's record.
    """
    words = set(fold(client.first_name).split()) | set(fold(client.last_name).split())
    words |= {fold(client.external_ref), fold(client.email), client.mobile}
    if client.mobile.startswith("+44"):
        words.add("0" + client.mobile.removeprefix("+44"))
    return frozenset(word for word in words if word)


def asked_words(question: str) -> tuple[str, ...]:
    """The words of a search, at most six. A telephone number may be typed with spaces: then it is one word."""
    folded = fold(question)
    digits = "".join(folded.split())
    if len(digits) > 5 and digits.lstrip("+").isdigit():
        return (digits,)
    return tuple(folded.split())[:6]


def fold(text: str) -> str:
    """Without case, accents and control characters: `Zoë` is found by `zoe`."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    decomposed = unicodedata.normalize("NFKD", printable.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).strip()
