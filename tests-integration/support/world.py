"""The practice of the journeys, from outside: people, appointments, links, mails and the recorded events."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import requests

from clinic.deploy.stack import Stack
from clinic.infra.service_client import ServiceClient
from clinic.kernel.ids import new_id

SLUG = "harbour-street"
OLGA = "olga@harbour-street.example"
Found = TypeVar("Found")


def eventually(ask: Callable[[], Found], seconds: float = 10.0) -> Found:
    """The first truthy answer; AssertionError when there is none within the time."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"nothing after {seconds} s: {ask.__name__}"
        time.sleep(0.05)
    return found


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the sample practice with their facts."""

    id: UUID
    first_name: str
    born: datetime
    postcode: str
    email: str

    @property
    def facts(self) -> dict[str, str]:
        """What they type on the confirmation page."""
        born = self.born
        return {"day": str(born.day), "month": str(born.month), "year": str(born.year), "postcode": self.postcode}


class World:
    """Everything that a test arranges before somebody comes in, by the same HTTP calls as the product's own parts."""

    def __init__(self, stack: Stack, password: str) -> None:
        self.stack = stack
        self.password = password
        self._clients = count(10)
        self.identity = self._caller("portal", "identity")
        self.practice = UUID(self.identity.get(f"/v1/practices/by-slug/{SLUG}")["id"])
        self.catalogue = self.call("availability", "GET", "/v1/catalogue")
        eventually(lambda: self._week()["up_to_date"], seconds=60)

    def _caller(self, caller: str, callee: str) -> ServiceClient:
        key = self.stack.instance.service_keys(caller)[callee]
        return ServiceClient(self.stack.instance.url(callee), caller=caller, key=key, timeout_seconds=10)

    def tokens(self, email: str = OLGA) -> dict[str, str]:
        """Fresh tokens of a staff member, by a real sign-in."""
        body = {"practice_slug": SLUG, "email": email, "password": self.password, "source_address": "127.0.0.1"}
        session = self.identity.post("/v1/staff/sign-in", body)["session"]
        found = self.identity.post("/v1/sessions/look-up", {"session": session, "face": "staff"})
        tokens: dict[str, str] = found["tokens"]
        return tokens

    def call(
        self, service: str, method: str, path: str, body: Any = None, *, email: str = OLGA, if_match: Any = None
    ) -> Any:
        """A staff member's call of a service's API; a refusal is raised as `Refused`."""
        client = self._caller("portal", service)
        headers = {"If-Match": f'"{if_match}"'} if if_match is not None else {}
        return client.call(method, path, body, self.tokens(email)[service], headers=headers)

    def next_client(self) -> Client:
        """A client that no other test uses: complete facts, an e-mail address, opted in."""
        ref = f"C{next(self._clients):05}"
        (found,) = self.call("identity", "GET", f"/v1/clients?q={ref}")["clients"]
        record = self.call("identity", "GET", f"/v1/clients/{found['id']}")
        return Client(
            UUID(record["id"]),
            record["first_name"],
            datetime.fromisoformat(record["date_of_birth"]),
            record["postcode"],
            record["email"],
        )

    def change_client(self, client: Client, **fields: Any) -> None:
        """Staff edit a client's record."""
        record = self.call("identity", "GET", f"/v1/clients/{client.id}")
        self.call("identity", "PATCH", f"/v1/clients/{client.id}", fields, if_match=record["version"])

    def clinician(self, name: str) -> UUID:
        """A clinician by display name."""
        return UUID(next(one["id"] for one in self.catalogue["clinicians"] if one["display_name"] == name))

    def type_named(self, name: str) -> dict[str, Any]:
        """An appointment type by name."""
        found: dict[str, Any] = next(one for one in self.catalogue["appointment_types"] if one["name"] == name)
        return found

    def offered(
        self,
        clinician: str = "Priya Nair",
        kind: str = "Follow-up physiotherapy",
        *,
        start: str = "first",
        min_position: int | None = None,
    ) -> list[str]:
        """The offered starts of eight weeks, as RFC 3339; AssertionError where they may be out of date.

        Without `min_position` they may lag 200 ms behind the ledger, as for any client.
        """
        week = self._week(clinician, kind, start, min_position)
        assert week["up_to_date"], week
        return [each["starts_at"] for day in week["days"] for each in day["times"]]

    def _week(
        self,
        clinician: str = "Priya Nair",
        kind: str = "Follow-up physiotherapy",
        start: str = "first",
        min_position: int | None = None,
    ) -> dict[str, Any]:
        place = self.catalogue["locations"][0]["id"]
        kinds = self.type_named(kind)["id"]
        asked = f"clinician={self.clinician(clinician)}&location={place}&appointment_type={kinds}&weeks=8&from={start}"
        at_least = "" if min_position is None else f"&min_position={min_position}"
        found: dict[str, Any] = self.call("availability", "GET", f"/v1/offered-times?{asked}{at_least}")
        return found

    def book(
        self,
        client: Client,
        starts_at: str | datetime | None = None,
        *,
        clinician: str = "Priya Nair",
        kind: str = "Follow-up physiotherapy",
        days_ahead: int = 4,
        overlap_accepted: bool = False,
    ) -> dict[str, Any]:
        """Staff book an appointment: at the given start, or at an offered one at least `days_ahead` days away."""
        if starts_at is None:
            earliest = (datetime.now(UTC) + timedelta(days=days_ahead)).isoformat()
            free = self.offered(clinician, kind, min_position=self.head())
            starts_at = next(one for one in free if one >= earliest)
        start = starts_at if isinstance(starts_at, str) else starts_at.isoformat()
        body = {
            "command_id": str(new_id()),
            "client_id": str(client.id),
            "clinician_id": str(self.clinician(clinician)),
            "location_id": self.catalogue["locations"][0]["id"],
            "appointment_type_id": self.type_named(kind)["id"],
            "starts_at": start,
            "overlap_accepted": overlap_accepted,
        }
        booked: dict[str, Any] = self.call("appointments", "POST", "/v1/appointments", body)["appointment"]
        return booked

    def appointment(self, appointment_id: str) -> dict[str, Any]:
        """The appointment as staff see it."""
        found: dict[str, Any] = self.call("appointments", "GET", f"/v1/appointments/{appointment_id}")
        return found

    def link(self, client: Client, appointment: dict[str, Any]) -> str:
        """A fresh appointment link, minted as notifications does at the moment of sending."""
        body = {"client_id": str(client.id), "appointment_id": appointment["id"]}
        minted: str = self._caller("notifications", "identity").post(f"/v1/links?practice={self.practice}", body)["url"]
        return minted

    def settings(self, **changed: Any) -> None:
        """A site administrator changes portal settings."""
        now = self.call("appointments", "GET", "/v1/settings/portal")
        kept = {name: value for name, value in now.items() if name not in {"version", "policy_text_version"}}
        self.call("appointments", "PUT", "/v1/settings/portal", kept | changed, if_match=now["version"])

    def online(self, clinician: str, available: bool) -> None:
        """The clinician's switch *available for online booking*."""
        found = next(one for one in self.catalogue["clinicians"] if one["display_name"] == clinician)
        body = {name: found[name] for name in ("display_name", "title", "description")}
        path = f"/v1/clinicians/{found['id']}/online"
        self.call("availability", "PUT", path, body | {"available_online": available})

    def mails(self, to: str) -> list[dict[str, Any]]:
        """The caught mails to an address, newest first."""
        address = f"{self.stack.instance.url('mailbox')}/messages"
        found: list[dict[str, Any]] = requests.get(address, params={"to": to, "channel": "email"}, timeout=5).json()[
            "messages"
        ]
        return found

    def events(self, stream: str | None = None) -> list[dict[str, Any]]:
        """The recorded events of the practice, or of one stream."""
        feed = self._caller("notifications", "appointments")
        found: list[dict[str, Any]] = []
        while batch := feed.get(
            "/v1/events", practice=self.practice, after=found[-1]["position"] if found else 0, limit=1000
        )["events"]:
            found += batch
        return [event for event in found if stream in (None, event["stream_id"])]

    def head(self) -> int:
        """The practice's last position in the ledger."""
        heads: dict[str, int] = self._caller("notifications", "appointments").get("/v1/heads")["heads"]
        return heads[str(self.practice)]

    def types(self, appointment: dict[str, Any]) -> list[str]:
        """The types of an appointment's events, in order."""
        return [event["type"] for event in self.events(f"appointment-{appointment['id']}")]

    def alerts(self, email: str) -> list[dict[str, Any]]:
        """A user's in-app alerts, newest first."""
        found: list[dict[str, Any]] = self.call("notifications", "GET", "/v1/alerts", email=email)["alerts"]
        return found
