"""An appointment's history as staff read it: the ledger's sentences with names in place of the placeholders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.portal.application.staff.moments import read_instant, say_long
from clinic.portal.application.staff.words import ACTORS


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, joined for one page: clients, users, and clinicians among the users."""

    clients: Mapping[str, str]
    users: Mapping[str, str]

    def client(self, client_id: str | None) -> str:
        """The client's name; `the client` where it is not known."""
        return self.clients.get(client_id or "", "the client")

    def user(self, user_id: str | None) -> str:
        """The user's name; `a staff member` where it is not known."""
        return self.users.get(user_id or "", "a staff member")


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the timeline. `message_id` names the message that the client left with it."""

    position: int
    title: str
    who: str
    at: str
    sentence: str
    message_id: str | None
    appointment_id: str


def people_in(entries: Iterable[Mapping[str, Any]]) -> tuple[set[str], set[str]]:
    """The ids of clients and of users who acted in these entries."""
    clients: set[str] = set()
    users: set[str] = set()
    for entry in entries:
        actor = entry["actor"]
        if actor["id"]:
            (clients if actor["kind"] == "client" else users).add(actor["id"])
    return clients, users


def timeline(
    entries: Sequence[Mapping[str, Any]], appointment: Mapping[str, Any], names: Names, zone: str
) -> tuple[Moment, ...]:
    """The moments in the order given (newest first), with every placeholder filled."""
    return tuple(_moment(entry, appointment, names, zone) for entry in entries)


def _moment(entry: Mapping[str, Any], appointment: Mapping[str, Any], names: Names, zone: str) -> Moment:
    actor = entry["actor"]
    sentence = (
        str(entry["sentence"])
        .replace("{client}", names.client(appointment["client_id"]))
        .replace("{clinician}", names.user(appointment["clinician_id"]))
        .replace("{user}", names.user(actor["id"]))
    )
    return Moment(
        position=entry["position"],
        title=entry["title"],
        who=say_actor(actor, names),
        at=say_long(read_instant(entry["recorded_at"]), zone),
        sentence=sentence[:1].upper() + sentence[1:],
        message_id=entry.get("message_id"),
        appointment_id=appointment["id"],
    )


def say_actor(actor: Mapping[str, Any], names: Names) -> str:
    """Who, and through what: `Pat Lee, client portal`, `Dr Bo, staff pages`, `the system`."""
    match actor["kind"]:
        case "client":
            return f"{names.client(actor['id'])}, client portal"
        case "staff":
            return f"{names.user(actor['id'])}, staff pages"
        case kind:
            return ACTORS.get(str(kind), str(kind))
