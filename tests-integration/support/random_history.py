"""A practice to which random things happen, and what was shown at some moments of it, for as-of (F50)."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from clinic.kernel.canonical import canonical_json
from clinic.kernel.client_time import utc_text
from clinic.kernel.ids import new_id

START = datetime(2027, 3, 26, 9, 0, 20, tzinfo=UTC)
"""Two days before clocks change; at 20 seconds past a minute, so that no minute begins while answers are taken."""
HISTORIES = 12
"""Appointments whose history is looked at in one moment."""
ABILITIES = ("may_change", "may_cancel", "may_leave_message", "may_view_upcoming", "may_view_previous")


@dataclass
class History:
    """A practice to which random things happen, and what was shown at some moments of it."""

    practice: Any
    chance: random.Random
    now: datetime = START
    clients: list[UUID] = field(default_factory=list)
    clinicians: list[UUID] = field(default_factory=list)
    booked: list[dict[str, Any]] = field(default_factory=list)
    moments: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def live(self, steps: int, moments: int) -> None:
        """`steps` random things; what is shown is taken at `moments` of them."""
        self.practice.database.set_clock(self.now)
        self.practice.availability.switched.clear()
        self.clients = [self.practice.pat, new_id(), new_id()]
        self.clinicians = [self.practice.bo, new_id()]
        self.switch(on=True)
        taken = set(self.chance.sample(range(steps), moments))
        self.settings()
        for step in range(steps):
            self.wait()
            things = [self.book, self.book, self.move, self.move, self.cancel, self.status, self.rules]
            self.chance.choice([*things, self.pay, self.refund, self.settings, self.deal_with, self.switch])()
            if step in taken:
                self.wait(minutes=self.chance.choice((0, 1, 600)))
                self.practice.project()
                self.moments.append((self.told_now(), self.shown()))
                self.wait(minutes=1)

    def wait(self, minutes: int | None = None) -> None:
        """Time passes; it never goes back."""
        passing = self.chance.choice((0, 1, 7, 55, 400, 1500)) if minutes is None else minutes
        if passing:
            self.now += timedelta(minutes=passing)
            self.practice.database.set_clock(self.now)

    def told_now(self) -> str:
        """The database's time."""
        with self.practice.database.connection() as connection:
            return utc_text(connection.execute("SELECT clinic_now() AS now").fetchone()["now"])

    def a_time(self) -> str:
        """A whole quarter within some days, sometimes one that has been."""
        quarters = self.chance.randrange(-40, 700)
        return (self.now.replace(second=0, minute=0) + timedelta(minutes=15 * quarters)).isoformat()

    def ask(self, how: str, path: str, headers: dict[str, str], **body: Any) -> Any:
        """A command; whether it was refused is counted, by its kind."""
        answer = self.practice.http.open(path, method=how, json={"command_id": str(new_id()), **body}, headers=headers)
        assert answer.status_code < 500, answer.text
        kind = path.rpartition("/")[2]
        self.outcomes[f"{kind} {'refused' if answer.status_code >= 400 else 'done'}"] += 1
        return answer.get_json(silent=True) or {}

    def one(self) -> tuple[str, dict[str, Any]]:
        """An appointment as it is now, and its address."""
        if not self.booked:
            self.book()
        known = self.chance.choice(self.booked)
        path = f"/v1/appointments/{known['id']}"
        return path, self.practice.get(path, self.practice.as_staff()).get_json()

    def someone(self, appointment: dict[str, Any]) -> tuple[dict[str, str], str]:
        """Its client and what the client writes, or staff, who write nothing."""
        if self.chance.random() < 0.3:
            return self.practice.as_staff(), ""
        message = self.chance.choice(("", "Is there a lift?"))
        return self.practice.token("client", client=appointment["client_id"]), message

    def book(self) -> None:
        body = self.practice.booking(self.now, self.chance.choice(self.clients), self.chance.choice(self.clinicians))
        body |= {"starts_at": self.a_time(), "overlap_accepted": self.chance.random() < 0.5}
        said = self.ask("POST", "/v1/appointments", self.practice.as_staff(), **body)
        if "appointment" in said:
            self.booked.append(said["appointment"])

    def move(self) -> None:
        path, present = self.one()
        by, message = self.someone(present)
        said = {"starts_at": self.a_time(), "message": message, "overlap_accepted": not message}
        self.ask("POST", f"{path}/reschedule", by, revision=present["revision"], **said)

    def cancel(self) -> None:
        path, present = self.one()
        version = self.practice.get("/v1/settings/portal", self.practice.as_staff()).get_json()["policy_text_version"]
        by, message = self.someone(present)
        said = {"policy_text_version": version, "message": message}
        self.ask("POST", f"{path}/cancel", by, revision=present["revision"], **said)

    def status(self) -> None:
        path, present = self.one()
        status = self.chance.choice(("booked", "arrived", "did_not_attend", "cancelled_by_practice", "nonsense"))
        by = self.practice.as_staff()
        self.ask("POST", f"{path}/status", by, revision=present["revision"], status=status, overlap_accepted=True)

    def rules(self) -> None:
        path, present = self.one()
        some = {
            "may_cancel": self.chance.choice((True, False, None)),
            "edit_window": {"kind": "minutes", "minutes": self.chance.choice((0, 90, 6000))},
        }
        rules = self.chance.choice((None, some))
        self.ask("PUT", f"{path}/rules", self.practice.as_staff(), revision=present["revision"], rules=rules)

    def pay(self) -> None:
        path, _ = self.one()
        said = {"amount_pence": self.chance.randrange(100, 9000), "currency": "GBP", "method": "card"}
        self.ask("POST", f"{path}/payments", self.practice.as_staff(), **said, paid_at=self.now.isoformat())

    def refund(self) -> None:
        path, _ = self.one()
        said = {"amount_pence": self.chance.randrange(1, 500), "refunded_at": self.now.isoformat()}
        self.ask("POST", f"{path}/refunds", self.practice.as_staff(), **said)

    def settings(self) -> None:
        changes: dict[str, Any] = {name: self.chance.random() < 0.8 for name in ABILITIES}
        changes |= {"portal_on": self.chance.random() < 0.8, "online_payments_on": self.chance.random() < 0.5}
        changes["edit_window"] = {"kind": "minutes", "minutes": self.chance.choice((0, 120, 1440, 4000))}
        changes["policy_text"] = f"Policy {self.chance.randrange(1000)}."
        self.practice.settings(**changes)
        self.outcomes["settings done"] += 1

    def deal_with(self) -> None:
        client, staff = self.chance.choice(self.clients), self.practice.as_staff()
        messages = self.practice.get(f"/v1/clients/{client}/messages", staff).get_json()["messages"]
        for message in messages[:1]:
            path = f"/v1/messages/{message['message_id']}"
            self.ask("POST", f"{path}/read", staff)
            self.ask("POST", f"{path}/dealt-with", staff, dealt_with=self.chance.random() < 0.7)

    def switch(self, on: bool | None = None) -> None:
        on = self.chance.random() < 0.6 if on is None else on
        self.practice.availability.answer = replace(self.practice.availability.answer, available_online=on)
        self.practice.availability.switched.append((self.now, on))

    def periods(self) -> list[tuple[str, str]]:
        """Two days and a month of the diary."""
        day = START.replace(hour=0, second=0)
        bounds = ((0, 1), (3, 4), (-2, 40))
        return [(utc_text(day + timedelta(days=a)), utc_text(day + timedelta(days=b))) for a, b in bounds]

    def shown(self) -> dict[str, str]:
        """Every answer of the live views, as canonical text by what was asked."""
        practice, staff, found = self.practice, self.practice.as_staff(), {}
        for client in self.clients:
            for when, page in product(("upcoming", "previous"), (1, 2)):
                token = practice.token("client", client=client)
                answer = practice.get("/v1/appointments", token, when=when, page=page)
                found[f"list {client} {when} {page}"] = canonical_json(_listed(answer))
            messages = practice.get(f"/v1/clients/{client}/messages", staff).get_json()
            found[f"messages {client}"] = canonical_json(messages)
        for from_, to in self.periods():
            for clinician in (None, self.practice.bo):
                answer = practice.get("/v1/diary", staff, **_given({"from": from_, "to": to, "clinician": clinician}))
                found[f"diary {from_} {to} {clinician}"] = canonical_json(answer.get_json()["entries"])
        found["settings"] = canonical_json(practice.get("/v1/settings/portal", staff).get_json())
        for one in self.chance.sample(self.booked, min(HISTORIES, len(self.booked))):
            entries = practice.get(f"/v1/appointments/{one['id']}/history", staff).get_json()["entries"]
            found[f"history {one['id']}"] = canonical_json(entries)
        return found

    def shown_as_of(self, at: str, asked: str) -> str:
        """The past views' answer to the same question."""
        auditor = self.practice.as_staff("auditor")

        def get(path: str, **query: Any) -> Any:
            answer = self.practice.get(path, auditor, **_given(query))
            assert answer.status_code == 200, answer.text
            return answer.get_json()

        match asked.split():
            case ["list", client, when, page]:
                body = get("/v1/as-of/appointments", at=at, client=client, when=when, page=page)
                return canonical_json(_as_listed(body))
            case ["messages", client]:
                return canonical_json({"messages": get("/v1/as-of/messages", at=at, client=client)["messages"]})
            case ["diary", from_, to, clinician]:
                query = {"from": from_, "to": to, "clinician": None if clinician == "None" else clinician}
                return canonical_json(get("/v1/as-of/diary", at=at, **query)["entries"])
            case ["settings"]:
                return canonical_json(get("/v1/as-of/settings", at=at)["settings"])
            case ["history", appointment]:
                entries = get(f"/v1/appointments/{appointment}/history", as_of=at)["entries"]
                return canonical_json([{k: v for k, v in one.items() if k != "changed"} for one in entries])
        raise AssertionError(asked)

    def compare(self) -> int:
        """How many answers were compared; each has to be the same."""
        compared = 0
        for at, shown in self.moments:
            for asked, live in shown.items():
                then = self.shown_as_of(at, asked)
                assert then == live, f"{asked} at {at}\nlive {live}\nthen {then}"
                compared += 1
        return compared


def _given(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _listed(answer: Any) -> Any:
    body = answer.get_json()
    if answer.status_code == 403:
        return {"shown": False, "reason": body["code"], "off_text": body.get("off_text", "")}
    assert answer.status_code == 200, answer.text
    return body


def _as_listed(body: dict[str, Any]) -> Any:
    if not body["list_shown"]["shown"]:
        return body["list_shown"]
    return {name: body[name] for name in ("appointments", "page", "pages")}
