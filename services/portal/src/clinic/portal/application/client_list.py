"""All appointments of the session's client: upcoming and previous, each a page of its own count (F1, F9)."""

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.kernel.errors import Refused
from clinic.portal.application.ports import Backends, When
from clinic.portal.application.seen import Seen, describe_all
from clinic.portal.domain.appointment import AppointmentPage
from clinic.portal.domain.session import Client, Session

PARTS: tuple[When, ...] = ("upcoming", "previous")


@dataclass(frozen=True, slots=True)
class Part:
    """One page of upcoming or of previous appointments."""

    seen: tuple[Seen, ...]
    page: int
    pages: int


def list_appointments(
    backends: Backends, session: Session, client: Client, wanted: Mapping[When, int]
) -> Mapping[When, Part | None]:
    """Both parts at the wanted pages; None for a part that the practice does not show.

    A page past the last is the last one.
    """
    found = {when: _page(backends, session, client, when, wanted[when]) for when in PARTS}
    everything = [each for page in found.values() if page for each in page.appointments]
    seen = {each.appointment.id: each for each in describe_all(backends, session, everything)}
    return {
        when: Part(tuple(seen[each.id] for each in page.appointments), page.page, page.pages) if page else None
        for when, page in found.items()
    }


def _page(backends: Backends, session: Session, client: Client, when: When, number: int) -> AppointmentPage | None:
    token = session.tokens["appointments"]
    try:
        page = backends.appointments.client_list(token, client.id, when, number)
        if page.pages < number:
            page = backends.appointments.client_list(token, client.id, when, page.pages)
    except Refused as refusal:
        if refusal.code == "forbidden":
            return None
        raise
    return page
