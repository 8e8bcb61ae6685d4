"""What a link opens, and when it stops (F5, F8–F14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from clinic.identity.domain.clients import Client
from clinic.identity.domain.contacts import Channel
from clinic.identity.domain.facts import is_complete
from clinic.identity.domain.limits import PER_CLIENT, TRIES_PER_LINK

LinkKind = Literal["appointment", "sign_in"]
LinkState = Literal["ready", "record_incomplete", "expired", "unknown", "portal_off", "too_many_tries"]

SIGN_IN_LINK_LIVES = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class AppointmentTime:
    """What identity knows of an appointment: whose it is and when it starts at present (UTC instant)."""

    client_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was sent. The token itself is nowhere kept.

    An appointment link opens `appointment_id` of `client_id`. A sign-in link belongs to a contact (F13), of which it
    has the channel and the SHA-256; `client_id` is one of the clients who had that contact when it was minted.
    """

    link_id: UUID
    kind: LinkKind
    client_id: UUID
    appointment_id: UUID | None
    channel: Channel | None
    contact_hash: bytes | None
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    wrong_tries: int

    def __repr__(self) -> str:
        return f"Link({self.link_id})"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a link reaches at this moment, and what was counted against its holder.

    `records` are the client of an appointment link, or all clients who have the contact of a sign-in link. `tries` is
    the window of that client or contact; `locked` are clients whose own window is full by other links.
    """

    records: Sequence[Client] = ()
    appointment: AppointmentTime | None = None
    tries: Sequence[datetime] = ()
    locked: frozenset[UUID] = frozenset()


def has_expired(link: Link, appointment: AppointmentTime | None, now: datetime) -> bool:
    """An appointment link is usable until the appointment's current start, unless its client's contact was changed.

    A sign-in link is usable once, for 30 minutes, unless a newer one replaced it or its contact was changed (F14).
    """
    if link.revoked_at is not None or link.used_at is not None:
        return True
    if link.kind == "sign_in":
        return now >= link.created_at + SIGN_IN_LINK_LIVES
    return appointment is not None and now >= appointment.starts_at


def state_of_link(link: Link | None, reach: Reach, now: datetime) -> LinkState:
    """What the holder of a token is told. A link to another client's appointment is as unknown as a made-up one.

    That a record is incomplete is told at once where it is the only one, or they all are (F10). A contact that is
    nobody's any more opens nothing.
    """
    if link is None or (link.kind == "appointment" and not _is_its_client_s(link, reach.appointment)):
        return "unknown"
    if has_expired(link, reach.appointment, now) or not reach.records:
        return "expired"
    all_locked = all(record.client_id in reach.locked for record in reach.records)
    if link.wrong_tries >= TRIES_PER_LINK or PER_CLIENT.reached(reach.tries, now) or all_locked:
        return "too_many_tries"
    return "ready" if any(is_complete_record(record) for record in reach.records) else "record_incomplete"


def is_complete_record(client: Client) -> bool:
    """Whether a record has both facts."""
    return is_complete(client.date_of_birth, client.postcode)


def can_send_again(link: Link | None, state: LinkState) -> bool:
    """Whether the page offers to send a new link to the same contact: for a sign-in link that has ended (F14)."""
    return link is not None and link.kind == "sign_in" and state == "expired"


def _is_its_client_s(link: Link, appointment: AppointmentTime | None) -> bool:
    return appointment is not None and appointment.client_id == link.client_id
