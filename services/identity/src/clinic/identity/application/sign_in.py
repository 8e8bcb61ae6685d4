"""Asks for, and mints, sign-in links (F9, F13, F14, F16; ADR 0017)."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.reaching import reachable_records
from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest, new_link_token
from clinic.identity.application.ways_in import find_practice
from clinic.identity.domain.contacts import Channel, Contact, NotAContact, read_contact
from clinic.identity.domain.limits import source_of
from clinic.identity.domain.links import Link, has_expired
from clinic.identity.domain.sign_in_requests import SignInRequest, is_too_old
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id

Asked = Literal["accepted", "portal_off"]


@dataclass(frozen=True, slots=True, repr=False)
class SignInAddress:
    """The address that opens everything of a contact's clients, and where it is to be sent; never printed."""

    url: str
    channel: Channel
    address: str


def ask_for_link(ports: Ports, slug: str, typed: str, source_address: str) -> Asked:
    """Notes that a link was asked for, whatever exists: nothing is looked up here, one path, one answer (F16).

    Refuses what is no contact (`invalid`) and an address of no practice (`not_found`).
    """
    practice = find_practice(ports, slug)
    if practice is None:
        raise Refused("not_found")
    if not practice.portal_on:
        return "portal_off"
    try:
        contact = read_contact(typed)
    except NotAContact as error:
        raise Refused("invalid", errors={"contact": [error.code]}) from None
    with ports.store.rows(practice.practice_id) as rows:
        _note(rows, contact, source_address)
    return "accepted"


def ask_again(ports: Ports, slug: str, token: str, source_address: str) -> Asked:
    """Notes that a link was asked for by the holder of one that has ended; for any other token nothing happens."""
    practice = find_practice(ports, slug)
    if practice is None:
        raise Refused("not_found")
    if not practice.portal_on:
        return "portal_off"
    with ports.store.rows(practice.practice_id) as rows:
        link = rows.link(digest(token))
        if link and link.channel and has_expired(link, None, rows.now()):
            _note_again(rows, link, link.channel, source_address)
    return "accepted"


def mint_sign_in_link(ports: Ports, practice_id: UUID, request_id: UUID) -> SignInAddress:
    """A new link at the moment of sending; the contact's older ones stop working, only the token's hash is kept.

    `not_found` for a request that was not accepted, is too old or of another practice, while the portal is off, and
    where the contact is nobody's any more. Said twice, the second link replaces the first.
    """
    token = new_link_token()
    with ports.store.rows(practice_id) as rows:
        practice, request, now = rows.practice(), rows.sign_in_request(request_id), rows.now()
        if practice is None or not practice.portal_on or request is None or is_too_old(request, now):
            raise Refused("not_found")
        contact = request.contact
        contact_hash = digest(contact.address)
        rows.lock_minting(contact_hash)
        holders = rows.clients_by_contact(contact)
        if request.accepted_at is None or not holders:
            raise Refused("not_found")
        rows.replace_sign_in_links(contact_hash, now)
        rows.add_sign_in_link(new_id(), digest(token), holders[0].client_id, contact.channel, contact_hash)
    url = f"{ports.client_portal_url}/p/{practice.slug}/s/{token}"
    return SignInAddress(url, contact.channel, contact.address)


def _note(rows: Rows, contact: Contact, source_address: str) -> None:
    rows.add_sign_in_request(SignInRequest(new_id(), contact, source_of(source_address), rows.now()))


def _note_again(rows: Rows, link: Link, channel: Channel, source_address: str) -> None:
    records = reachable_records(rows, link)
    if records:
        _note(rows, records[0].contact(channel), source_address)
