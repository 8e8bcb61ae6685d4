"""A contact in every spelling (F9, F16)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinic.identity.domain.contacts import Contact, NotAContact, read_contact
from clinic.practice_files import cells
from clinic.practice_files.faults import Invalid

NUMBERS = [
    "07700 900001", "07700900001", " 07700  900 001 ", "07700.900.001", "07700-900-001", "(07700) 900001",
    "07700/900001",
    "+447700900001", "+44 7700 900001", "+44 (0)7700 900001", "+44 (0) 7700-900.001", "0044 7700 900001",
    "00447700900001",
    "447700900001", "7700900001", "０７７００ ９００００１", "+４４７７００９００００１", "07700\u00a0900001",
    "+44\u20117700\u2011900001", "07700\u2013900001", "\u202a+44 7700 900001\u202c",
    "0\u200b7700900001", "tel:+447700900001",
    "07700 900001.", "٠٧٧٠٠٩٠٠٠٠١", "07700\t900001\n",
]  # fmt: skip
ADDRESSES = [
    "pat@example.org", "Pat@Example.ORG", " pat@example.org ", "pat @ example.org", "ｐａｔ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    "pat@example.org.", "<pat@example.org>", "mailto:pat@example.org", "pat@example.org,", "pat\u200b@example.org",
    "PAT@EXAMPLE.ORG\r\n",
]  # fmt: skip
NOTHING = ["", " ", "\t\n", "\u200b", "\u00a0", "<>", "."]
NO_CONTACTS = [
    "pat", "12", "0", "+", "+44", "07700 900001 07700 900002", "0800 FLOWERS", "07700 900001 ext 5",
    "pat@", "@example.org", "pat@example", "pat@@example.org", "pat@example..org", "a@b@c.org", "\x00", "\ud800",
    "pat\x00@x.org", "00000000000", "+440000000000",
    "\ud800@example.org", "x" * 300, "p" * 250 + "@example.org", "1" * 100, "'; DROP TABLE clients", "%", "*",
]  # fmt: skip


@pytest.mark.parametrize("typed", NUMBERS)
def test_every_spelling_of_a_number_is_the_same_contact(typed: str) -> None:
    assert read_contact(typed) == Contact("+447700900001", "sms")


@pytest.mark.parametrize("typed", ADDRESSES)
def test_every_spelling_of_an_address_is_the_same_contact(typed: str) -> None:
    assert read_contact(typed) == Contact("pat@example.org", "email")


def test_what_makes_an_address_another_one_is_kept() -> None:
    assert read_contact("p.a.t+clinic@Example.org").address == "p.a.t+clinic@example.org"
    assert read_contact("+33 6 12 34 56 78") == Contact("+33612345678", "sms")


@pytest.mark.parametrize("typed", NOTHING)
def test_nothing_typed_is_missing(typed: str) -> None:
    with pytest.raises(NotAContact, match="missing"):
        read_contact(typed)


@pytest.mark.parametrize("typed", NO_CONTACTS)
def test_what_nobody_can_be_written_to_is_no_contact(typed: str) -> None:
    with pytest.raises(NotAContact, match="not_a_contact"):
        read_contact(typed)


@example("00000000000")
@example("+44 (0)016977 2030")
@given(st.one_of(st.text(), st.from_regex(r"[ +(]*[0-9][0-9 ().-]{6,16}"), st.emails()))
def test_whatever_is_typed_is_a_contact_in_canonical_form_or_refused(typed: str) -> None:
    try:
        contact = read_contact(typed)
    except NotAContact:
        return
    assert contact.address
    assert read_contact(contact.address) == contact, "the canonical form is a spelling of itself"


@pytest.mark.parametrize(
    "kept", ["07700 900001", "+44 (0)7700 900001", "+44 (0)016977 2030", "Pat.Marlow@Example.org", "0151 496 0000"]
)
def test_the_canonical_form_is_the_one_in_which_records_are_kept(kept: str) -> None:
    try:
        stored = cells.email(kept)
    except Invalid:
        stored = cells.mobile(kept)
    assert read_contact(kept).address == stored


def test_a_contact_is_never_printed() -> None:
    assert "7700" not in repr(read_contact("07700 900001"))
    assert "example" not in str(read_contact("pat@example.org"))
