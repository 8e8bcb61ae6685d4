"""What the holder of a link's token is told, before and after the facts are asked. Looking changes nothing (F12)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.reaching import locked_clients, reachable_records, window_of
from clinic.identity.application.rows import Rows
from clinic.identity.application.secret_texts import digest
from clinic.identity.domain.links import AppointmentTime, Link, LinkState, Reach, has_expired, state_of_link
from clinic.identity.domain.practices import Practice, is_slug
from clinic.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a link showed. `practice` is None where the address names none."""

    state: LinkState
    practice: Practice | None = None
    link: Link | None = None
    appointment: AppointmentTime | None = None


def find_practice(ports: Ports, slug: str) -> Practice | None:
    """The practice that an address of the portal means."""
    practice_id = ports.store.practice_of_slug(slug) if is_slug(slug) else None
    if practice_id is None:
        return None
    with ports.store.rows(practice_id) as rows:
        return rows.practice()


def open_link(ports: Ports, slug: str, token: str) -> Seen:
    """The state of a link. Unavailable where its appointment's time is not known and the ledger does not answer."""
    practice_id = ports.store.practice_of_slug(slug) if is_slug(slug) else None
    if practice_id is None:
        return Seen("unknown")
    with ports.store.rows(practice_id) as rows:
        practice = rows.practice()
        now = rows.now()
        link = rows.link(digest(token))
        reach = reach_of(rows, link, rows.tries(window_of(link)), now) if link else Reach()
    if practice is None:
        return Seen("unknown")
    if not practice.portal_on:
        return Seen("portal_off", practice)
    appointment = _appointment(ports, practice_id, link, reach.appointment, now)
    state = state_of_link(link, replace(reach, appointment=appointment), now)
    return Seen(state, practice, link, appointment)


def reach_of(rows: Rows, link: Link, tries: Sequence[datetime], now: datetime) -> Reach:
    """What a link reaches now; `tries` is its window, locked or not."""
    records = reachable_records(rows, link)
    appointment = rows.appointment_time(link.appointment_id) if link.appointment_id else None
    return Reach(records, appointment, tries, locked_clients(rows, link, records, now))


def _appointment(
    ports: Ports, practice_id: UUID, link: Link | None, copy: AppointmentTime | None, now: datetime
) -> AppointmentTime | None:
    """The ledger is asked where the copy says nothing, or that the link has ended."""
    if link is None or link.appointment_id is None or link.revoked_at is not None:
        return copy
    if copy is None or has_expired(link, copy, now):
        return _present_time(ports, practice_id, link.appointment_id, copy)
    return copy


def _present_time(
    ports: Ports, practice_id: UUID, appointment_id: UUID, copy: AppointmentTime | None
) -> AppointmentTime | None:
    """The ledger's word, which may be newer than the copy; the copy where the ledger does not answer."""
    try:
        return ports.appointments.time_of(practice_id, appointment_id)
    except Unavailable:
        if copy is None:
            raise
        return copy
