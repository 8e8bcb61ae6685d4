"""What a link opens, and when it stops (F5, F10, F11, F14)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from clinic.identity.domain.facts import is_complete
from clinic.identity.domain.limits import TRIES_PER_LINK

LinkKind = Literal["appointment"]
LinkState = Literal["ready", "record_incomplete", "expired", "unknown", "portal_off", "too_many_tries"]


@dataclass(frozen=True, slots=True)
class AppointmentTime:
    """What identity knows of an appointment: whose it is and when it starts at present (UTC instant)."""

    client_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was sent, with the facts of the record that it can reach. The token itself is nowhere kept."""

    link_id: UUID
    kind: LinkKind
    client_id: UUID
    appointment_id: UUID
    revoked_at: datetime | None
    wrong_tries: int
    date_of_birth: date | None
    postcode: str

    def __repr__(self) -> str:
        return f"Link({self.link_id})"


def has_expired(link: Link, appointment: AppointmentTime, now: datetime) -> bool:
    """A link is usable until the appointment's current start, unless its contact was changed (F14)."""
    return link.revoked_at is not None or now >= appointment.starts_at


def state_of_link(
    link: Link | None, appointment: AppointmentTime | None, *, client_locked: bool, now: datetime
) -> LinkState:
    """What the holder of a token is told. A link to another client's appointment is as unknown as a made-up one.

    That the record is incomplete is told at once: it is the only record that this link can reach (F10).
    """
    if link is None or appointment is None or appointment.client_id != link.client_id:
        return "unknown"
    if has_expired(link, appointment, now):
        return "expired"
    if client_locked or link.wrong_tries >= TRIES_PER_LINK:
        return "too_many_tries"
    return "ready" if is_complete(link.date_of_birth, link.postcode) else "record_incomplete"
