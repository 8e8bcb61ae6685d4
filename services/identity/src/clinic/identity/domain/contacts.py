"""A contact as somebody typed it, in the one form in which clients' records keep it (F9, F16)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from email_validator import EmailNotValidError, validate_email

from clinic.kernel.telephone import NotANumber, e164

Channel = Literal["email", "sms"]

LONGEST = 254
_TELEPHONE = re.compile(r"[+0-9()./-]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")


@dataclass(frozen=True, slots=True)
class Contact:
    """An e-mail address in lower case or a telephone number in E.164. Never printed: `repr` does not show it."""

    address: str
    channel: Channel

    def __repr__(self) -> str:
        return f"Contact({self.channel})"


class NotAContact(Exception):
    """What was typed cannot be written to; `code` says why: `missing` or `not_a_contact`."""

    def __init__(self, code: Literal["missing", "not_a_contact"]) -> None:
        super().__init__(code)
        self.code = code


def read_contact(typed: str) -> Contact:
    """The contact in its canonical form, whatever case, width, spaces, dots, dashes and brackets it was typed with.

    Numbers without a country are British. Nothing is looked up: whose it is, if anybody's, makes no difference here.
    """
    text = _plain(typed)
    if not text:
        raise NotAContact("missing")
    if len(text) > LONGEST or not text.isprintable():
        raise NotAContact("not_a_contact")
    if "@" in text:
        return Contact(_email(text), "email")
    return Contact(_mobile(text), "sms")


def _plain(typed: str) -> str:
    """Without spaces, invisible marks, differences of width, and what keyboards and address books put around it."""
    text = unicodedata.normalize("NFKC", typed)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    text = _DASHES.sub("-", "".join(text.split()))
    for prefix in ("mailto:", "tel:"):
        if text.casefold().startswith(prefix):
            text = text[len(prefix) :]
    return text.strip("<>\"',;").rstrip(".")


def _email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        raise NotAContact("not_a_contact") from None


def _mobile(text: str) -> str:
    """Only digits and what people put between them: letters would be dialled as digits otherwise."""
    digits = "".join(str(unicodedata.digit(character)) if character.isdigit() else character for character in text)
    if not _TELEPHONE.fullmatch(digits):
        raise NotAContact("not_a_contact")
    try:
        return e164(digits)
    except NotANumber:
        raise NotAContact("not_a_contact") from None
