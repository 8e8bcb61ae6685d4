"""The demo's practice: made up, imported, with staff passwords and three clients who have a link in the mailbox."""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import requests

from clinic.deploy.instance import Instance
from clinic.deploy.processes import Addresses, operator_environment
from clinic.infra.private_files import write_private
from clinic.infra.service_client import ServiceClient

Found = TypeVar("Found")

PRACTICE = "harbour-street"
SHOWN_CLIENTS = 3
TWINS, FAMILY = "T", "M"
"""What the references of the sample's twins, and of its mother with three children, begin with."""


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How large the practice is: its clients, the months of its history, and the seed that it is drawn from."""

    clients: int = 150
    months: int = 6
    seed: int = 1


class CommandFailed(Exception):
    """A `clinic` command did not end well; the message is what it said."""


class SamplePractice:
    """Makes the practice once; `people.json` keeps who may log in and which clients to try."""

    def __init__(self, instance: Instance, postgres: Addresses, say: Callable[[str], None]) -> None:
        self._instance = instance
        self._operator = operator_environment(instance, postgres)
        self._say = say
        self._files = instance.directory / "sample"
        self._people = instance.directory / "people.json"
        self._password = instance.secrets["demo password"]

    def people(self, size: SampleSize) -> dict[str, Any]:
        """`logins` and `sample_clients`; makes the practice where it is missing, and finishes what was interrupted."""
        if not self._people.exists():
            write_private(self._people, json.dumps(self._make(size), indent=1))
        found: dict[str, Any] = json.loads(self._people.read_text(encoding="utf-8"))
        return found

    def _make(self, size: SampleSize) -> dict[str, Any]:
        if not (self._files / "appointments.csv").exists():
            numbers = (f"--clients={size.clients}", f"--months={size.months}", f"--seed={size.seed}")
            self._clinic("sample-practice", str(self._files), *numbers)
        self._say(f"Importing the sample practice ({size.clients} clients) …")
        self._clinic("import", str(self._files))
        users = self._rows("users.csv")
        addresses = [f"--email={user['email']}" for user in users]
        self._clinic("practice", "demo-passwords", f"--slug={PRACTICE}", *addresses, password=self._password)
        logins = [
            {
                "practice": PRACTICE,
                **{name: user[name] for name in ("name", "email", "role")},
                "password": self._password,
            }
            for user in users
        ]
        self._say("Sending three confirmations to the mailbox …")
        desk, rows = _Desk(self._instance, logins[0]), self._rows("clients.csv")
        return {
            "logins": logins,
            "sample_clients": self._send_confirmations(desk, rows[:SHOWN_CLIENTS]),
            "twins": [desk.client_to_try(row) for row in rows if row["ref"].startswith(TWINS)],
            "family": [desk.client_to_try(row) for row in rows if row["ref"].startswith(FAMILY)],
        }

    def _send_confirmations(self, desk: "_Desk", rows: list[dict[str, str]]) -> list[dict[str, Any]]:
        """As a member of staff would: signed in, over HTTP. The import may still be on its way into the views."""
        shown = [desk.client_to_try(row) for row in rows]
        for client in shown:
            desk.send_confirmation(client["appointment_id"])
        wait_for(lambda: all(self._has_mail(client["contact"]) for client in shown), "the confirmations to arrive", 60)
        return shown

    def _has_mail(self, address: str) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{self._instance.url('mailbox')}/messages", params={"to": address}, timeout=5)
            return bool(answer.json()["messages"])

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (self._files / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _clinic(self, *arguments: str, password: str | None = None) -> None:
        """Runs the operators' command with the addresses of this instance."""
        environment = {"PATH": os.environ.get("PATH", ""), **self._operator, "DEMO": "1"}
        given = [] if password is None else [f"--password={password}"]
        command = [str(Path(sys.executable).with_name("clinic")), *arguments, *given]
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if said.returncode != 0:
            raise CommandFailed(f"clinic {' '.join(arguments[:2])}: {said.stderr.strip() or said.stdout.strip()}")


class _Desk:
    """A signed-in member of staff, over the services' HTTP."""

    def __init__(self, instance: Instance, login: dict[str, str]) -> None:
        self._instance = instance
        self._clients: dict[str, ServiceClient] = {}
        wanted = {"practice_slug": PRACTICE, "email": login["email"], "password": login["password"]}
        answer = self._service("identity").post("/v1/staff/sign-in", {**wanted, "source_address": "127.0.0.1"})
        if answer["outcome"] != "signed_in":
            raise CommandFailed(f"the demo log-in was not accepted: {answer['outcome']}")
        self._session = answer["session"]

    def client_to_try(self, row: dict[str, str]) -> dict[str, Any]:
        """The client of a row of clients.csv with the first appointment that they can still change."""
        found = self._ask("identity", "/v1/clients", q=row["ref"], limit=1)["clients"][0]
        appointment = wait_for(lambda: self._first_upcoming(found["id"]), f"the appointments of {row['ref']}", 60)
        return {
            "id": found["id"],
            "practice": PRACTICE,
            **{name: row[name] for name in ("ref", "first_name", "last_name", "date_of_birth", "postcode", "mobile")},
            "contact": row["email"],
            "appointment_id": appointment["id"],
            "starts_at": appointment["starts_at"],
        }

    def send_confirmation(self, appointment_id: str) -> None:
        """Queues the confirmation with a fresh link."""
        path = f"/v1/appointments/{appointment_id}/confirmation"
        body = {"command_id": str(uuid4())}
        self._service("notifications").post(path, body, token=self._token("notifications"))

    def _first_upcoming(self, client_id: str) -> dict[str, Any] | None:
        found = self._ask("appointments", "/v1/appointments", client=client_id, when="upcoming")["appointments"]
        changeable = [one for one in found if one["may_change"]["allowed"]]
        return next(iter(changeable), None)

    def _ask(self, service: str, path: str, **query: Any) -> Any:
        return self._service(service).get(path, token=self._token(service), timeout=5.0, **query)

    def _token(self, audience: str) -> str:
        body = {"session": self._session, "face": "staff"}
        tokens: dict[str, str] = self._service("identity").post("/v1/sessions/look-up", body)["tokens"]
        return tokens[audience]

    def _service(self, name: str) -> ServiceClient:
        if name not in self._clients:
            key = self._instance.service_keys("portal")[name]
            self._clients[name] = ServiceClient(self._instance.url(name), caller="portal", key=key, timeout_seconds=5.0)
        return self._clients[name]


def wait_for(look: Callable[[], Found | None], what: str, seconds: float) -> Found:
    """What `look` finds as soon as it is true; TimeoutError says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.2)
    return found
