"""Refused requests as staff read them: what was wanted, by whom, and which rule said no (F53)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.kernel.client_time import say_instant_for_staff
from clinic.portal.application.staff.history import Names, people_in, say_actor
from clinic.portal.application.staff.joining import names_of
from clinic.portal.application.staff.moments import read_instant
from clinic.portal.application.staff.ports import StaffServices
from clinic.portal.application.staff.words import LINKS, NOT_CONFIRMED, REFUSED_BECAUSE, say_broken_rule

Entries = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """One line. `left_out` says how many were not recorded before it; `client_id` is empty where nobody is known."""

    at: str
    who: str
    wanted: str
    because: str
    left_out: str
    client_id: str
    client: str
    appointment_id: str


def told_refusals(services: StaffServices, entries: Entries, zone: str) -> list[RefusedRequest]:
    """Changes and cancellations in the order given, with one call for all names; `zone` is the practice's."""
    listed = list(entries)
    clients, users = people_in(listed)
    names = names_of(services, clients | {one["client_id"] for one in listed}, users)
    return [_refusal(one, names, zone) for one in listed]


def told_confirmations(services: StaffServices, entries: Entries, zone: str) -> list[RefusedRequest]:
    """Confirmations of identity in the order given; whoever held a sign-in link is nobody known."""
    listed = list(entries)
    names = names_of(services, {one["client_id"] for one in listed if one["client_id"]}, ())
    return [_confirmation(one, names, zone) for one in listed]


def _refusal(one: Mapping[str, Any], names: Names, zone: str) -> RefusedRequest:
    left_out = int(one["unrecorded_before"])
    return RefusedRequest(
        at=say_instant_for_staff(read_instant(one["recorded_at"]), zone),
        who=say_actor(one["actor"], names),
        wanted=_wanted(one),
        because=say_broken_rule(one["code"], REFUSED_BECAUSE),
        left_out=_left_out(left_out) if left_out else "",
        client_id=one["client_id"],
        client=names.client(one["client_id"]),
        appointment_id=one["appointment_id"],
    )


def _wanted(one: Mapping[str, Any]) -> str:
    """`Cancel Wed 2 Dec 2026, 10:20`, in the zone of the location."""
    was = say_instant_for_staff(read_instant(one["starts_at"]), one["zone"])
    if one["wanted"] == "cancel" or not one["wanted_starts_at"]:
        return f"Cancel {was}"
    return f"Move {was} to {say_instant_for_staff(read_instant(one['wanted_starts_at']), one['zone'])}"


def _left_out(number: int) -> str:
    more = "One more request" if number == 1 else f"{number} more requests"
    return f"{more} for this appointment had been refused before, too many to record each."


def _confirmation(one: Mapping[str, Any], names: Names, zone: str) -> RefusedRequest:
    client_id = one["client_id"] or ""
    return RefusedRequest(
        at=say_instant_for_staff(read_instant(one["recorded_at"]), zone),
        who="",
        wanted=f"Get in by {LINKS.get(one['link'], 'a link')}",
        because=say_broken_rule(one["code"], NOT_CONFIRMED),
        left_out="",
        client_id=client_id,
        client=names.client(client_id) if client_id else "Somebody with a sign-in link",
        appointment_id=one["appointment_id"] or "",
    )
