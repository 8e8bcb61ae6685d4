"""What the holder of a link's token is told, before and after the facts are asked. Looking changes nothing (F12)."""

from dataclasses import dataclass
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.application.secret_texts import digest
from clinic.identity.domain.limits import PER_CLIENT
from clinic.identity.domain.links import AppointmentTime, Link, LinkState, has_expired, state_of_link
from clinic.identity.domain.practices import Practice, is_slug
from clinic.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a link showed. `practice` is None where the address names none."""

    state: LinkState
    practice: Practice | None = None
    link: Link | None = None
    appointment: AppointmentTime | None = None


def client_window(client_id: UUID) -> str:
    """The name of the sliding window of a client's wrong posts."""
    return f"client:{client_id}"


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
        appointment = rows.appointment_time(link.appointment_id) if link else None
        tries = rows.tries(client_window(link.client_id)) if link else []
    if practice is None:
        return Seen("unknown")
    if not practice.portal_on:
        return Seen("portal_off", practice)
    if link and link.revoked_at is None and (appointment is None or has_expired(link, appointment, now)):
        appointment = _present_time(ports, practice_id, link, appointment)
    state = state_of_link(link, appointment, client_locked=PER_CLIENT.reached(tries, now), now=now)
    return Seen(state, practice, link, appointment)


def _present_time(ports: Ports, practice_id: UUID, link: Link, copy: AppointmentTime | None) -> AppointmentTime | None:
    """The ledger's word, which may be newer than the copy; the copy where the ledger does not answer."""
    try:
        return ports.appointments.time_of(practice_id, link.appointment_id)
    except Unavailable:
        if copy is None:
            raise
        return copy
