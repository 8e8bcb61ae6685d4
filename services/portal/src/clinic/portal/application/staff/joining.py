"""Names for one page: one batched call for people, one for what the practice offers; nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import in_zone, say_instant_for_staff
from clinic.kernel.errors import Refused
from clinic.portal.application.staff.client_details import full_name
from clinic.portal.application.staff.history import Names, people_in
from clinic.portal.application.staff.moments import read_instant, say_long, say_span
from clinic.portal.application.staff.ports import Json, StaffServices

MOST_NAMES = 500
MOST_NAMED = 30
"""Appointments of one page that are looked up one by one."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the practice offers, by id."""

    types: Mapping[str, Json]
    locations: Mapping[str, Json]
    clinicians: Mapping[str, Json]
    first_day_of_week: int = 0

    def type_name(self, type_id: str) -> str:
        """The appointment type's name."""
        return str(self.types.get(type_id, {}).get("name", "Appointment"))

    def place(self, appointment: Mapping[str, Any]) -> str:
        """`By video`, or the location's name."""
        if appointment["video"]:
            return "By video"
        return str(self.locations.get(appointment["location_id"], {}).get("name", ""))


@dataclass(frozen=True, slots=True)
class Row:
    """An appointment with its names, in the words of the staff pages."""

    id: str
    client_id: str
    client: str
    clinician: str
    kind: str
    place: str
    day: str
    at: str
    long: str
    span: str
    duration: str
    status: str
    cancelled: bool
    past: bool
    revision: int
    body: Mapping[str, Any]


def catalogue_of(services: StaffServices) -> Catalogue:
    """The catalogue, keyed by id."""
    body = services.catalogue()
    types, locations, clinicians = (
        {one["id"]: one for one in body[kind]} for kind in ("appointment_types", "locations", "clinicians")
    )
    return Catalogue(types, locations, clinicians, int(body.get("first_day_of_week", 0)))


def clinicians_of(services: StaffServices) -> list[tuple[UUID, str]]:
    """All clinicians of the practice by name."""
    found = [(UUID(user["id"]), str(user["name"])) for user in services.users() if user["is_clinician"]]
    return sorted(found, key=lambda one: one[1].casefold())


def by_name(things: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Ids and names, in the order of names."""
    return sorted(((str(one["id"]), str(one["name"])) for one in things), key=lambda pair: pair[1].casefold())


def types_of(services: StaffServices) -> dict[str, str]:
    """The names of the practice's appointment types by id, in the order of names."""
    return dict(by_name(services.catalogue()["appointment_types"]))


def names_of(services: StaffServices, clients: Iterable[str], users: Iterable[str]) -> Names:
    """The names of these people, in as few calls as the limit of 500 ids allows."""
    wanted_clients, wanted_users = sorted(set(clients)), sorted(set(users))
    found = Names({}, {})
    while wanted_clients or wanted_users:
        some_users = wanted_users[:MOST_NAMES]
        some_clients = wanted_clients[: MOST_NAMES - len(some_users)]
        wanted_users, wanted_clients = wanted_users[MOST_NAMES:], wanted_clients[len(some_clients) :]
        answer = services.names(some_clients, some_users)
        found = Names(
            {**found.clients, **{key: full_name(name) for key, name in answer["clients"].items()}},
            {**found.users, **answer["users"]},
        )
    return found


def names_for(
    services: StaffServices, appointments: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]] = ()
) -> Names:
    """The names of everybody in these appointments and history entries."""
    clients, users = people_in(entries)
    return names_of(
        services,
        clients | {one["client_id"] for one in appointments},
        users | {one["clinician_id"] for one in appointments},
    )


def row(appointment: Mapping[str, Any], names: Names, catalogue: Catalogue) -> Row:
    """One appointment, told."""
    starts_at, zone = read_instant(appointment["starts_at"]), appointment["zone"]
    return Row(
        id=appointment["id"],
        client_id=appointment["client_id"],
        client=names.client(appointment["client_id"]),
        clinician=names.user(appointment["clinician_id"]),
        kind=catalogue.type_name(appointment["appointment_type_id"]),
        place=catalogue.place(appointment),
        day=in_zone(starts_at, zone).date().isoformat(),
        at=say_instant_for_staff(starts_at, zone),
        long=say_long(starts_at, zone),
        span=say_span(starts_at, read_instant(appointment["ends_at"]), zone),
        duration=f"{appointment['duration_minutes']} minutes",
        status=appointment.get("status_name") or appointment.get("status_for_client") or appointment["status"],
        cancelled=appointment["cancelled"],
        past=appointment["past"],
        revision=appointment["revision"],
        body=appointment,
    )


def rows(services: StaffServices, appointments: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> list[Row]:
    """Many appointments with one call for all their names."""
    names = names_for(services, appointments)
    return [row(one, names, catalogue) for one in appointments]


def appointments_named(services: StaffServices, ids: list[str]) -> dict[str, str]:
    """What each appointment is, in a line. Some only are looked up: a page has its deadline."""
    found = []
    for appointment_id in ids[-MOST_NAMED:]:
        try:
            found.append(services.appointment(UUID(appointment_id)))
        except Refused:
            continue
    return {one.id: f"{one.kind}, {one.at}" for one in rows(services, found, catalogue_of(services))}
