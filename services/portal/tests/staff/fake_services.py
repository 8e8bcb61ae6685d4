"""The four services as the staff pages call them, over a world in memory; they keep the promises of docs/http.md."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.application.ports import SignIn
from clinic.portal.domain.session import PracticeFront, Session

from .cast import BO, BOOKED, HARBOUR, NOW, OLGA, RIVER, TOM, USERS, ZONE, World, an_id
from .fake_audit import FakeAudit
from .fake_communications import FakeCommunications
from .fake_refusals import FakeRefusals


class FakeIdentity:
    """Sign-in and sessions: the session's secret is the user's short name."""

    def __init__(self, world: World) -> None:
        self.world = world

    def practice_front(self, slug: str) -> PracticeFront:
        for practice in (HARBOUR, RIVER):
            if practice.slug == slug:
                return PracticeFront(practice, True, "")
        raise Refused("not_found")

    def look_up(self, secret: str, face: str) -> Session | None:
        if secret not in USERS or secret in self.world.ended:
            return None
        practice, user = USERS[secret]
        later = NOW + timedelta(minutes=30)
        return Session(an_id(99), "staff", practice, None, user, None, later, later, {"identity": secret})

    def end(self, secret: str) -> None:
        self.world.ended.append(secret)

    def sign_in_staff(self, slug: str, email: str, password: str, source_address: str) -> SignIn:
        if email == "locked@harbour.example":
            return SignIn("too_many_tries", None)
        for secret, (practice, user) in USERS.items():
            if (practice.slug, user.email, "right password") == (slug, email, password):
                return SignIn("signed_in", secret)
        return SignIn("mismatch", None)

    def set_up_staff(self, slug: str, token: str, password: str) -> Mapping[str, Any]:
        if token != "fresh":
            return {"outcome": token if token == "expired" else "unknown"}
        return {"outcome": "weak_password"} if len(password) < 12 else {"outcome": "done"}


class FakeServices(FakeCommunications, FakeRefusals, FakeAudit):
    """The services as one user sees them; another practice's user finds nothing, an auditor may not write."""

    def __init__(self, world: World, tokens: Mapping[str, str]) -> None:
        self.world = world
        practice, self.user = USERS[tokens["identity"]]
        self.here = practice is HARBOUR

    def _called(self, name: str, given: Any = None, *, writes: bool = False) -> None:
        self.world.calls.append((name, given))
        if name in self.world.down:
            raise Unavailable(name)
        if name in self.world.refuse:
            raise self.world.refuse.pop(name)
        if writes and self.user.role == "auditor":
            raise Refused("forbidden")

    def _mine(self, found: Any) -> Any:
        if not self.here or found is None:
            raise Refused("not_found")
        return found

    def search_clients(self, words: str) -> list[dict[str, Any]]:
        self._called("search_clients", words)
        found = [one for one in self.world.clients.values() if words.lower() in one["last_name"].lower()]
        return found if self.here else []

    def client(self, client_id: UUID) -> Any:
        return self._mine(self.world.clients.get(str(client_id)))

    def change_client(self, client_id: UUID, version: int, changes: Mapping[str, Any]) -> Any:
        self._called("change_client", (version, dict(changes)), writes=True)
        return self._mine(self.world.clients[str(client_id)])

    def unlock_client(self, client_id: UUID) -> None:
        self._called("unlock_client", client_id, writes=True)

    def place_hold(self, client_id: UUID, reason: str) -> None:
        self._called("place_hold", reason, writes=True)
        self.client(client_id)["legal_hold"] = {"placed_at": "2026-12-02T09:00:00Z", "reason": reason}

    def lift_hold(self, client_id: UUID) -> None:
        self._called("lift_hold", client_id, writes=True)
        self.client(client_id)["legal_hold"] = None

    def erase_client(self, client_id: UUID, command: Mapping[str, Any]) -> None:
        self._called("erase_client", dict(command), writes=True)
        self.client(client_id).update(erased=True, first_name="", last_name="", date_of_birth=None)

    def export_client(self, client_id: UUID) -> dict[str, Any]:
        self._called("export_client", client_id, writes=True)
        return {"identity": {"record": [self.client(client_id)], "sessions": []}}

    def users(self) -> list[dict[str, Any]]:
        if not self.here:
            return []
        people = [
            (BO, "Dr Bo Lindqvist", "clinician", True),
            (TOM, "Tom Adeyemi", "clinician", True),
            (OLGA, "Olga Novak", "site_administrator", False),
        ]
        return [
            {"id": str(key), "name": name, "role": role, "is_clinician": is_clinician}
            for key, name, role, is_clinician in people
        ]

    def names(self, clients: Sequence[str], users: Sequence[str]) -> dict[str, Any]:
        self._called("names", (list(clients), list(users)))
        known = {user["id"]: user["name"] for user in self.users()}
        people = {key: self.world.clients[key] for key in clients if key in self.world.clients}
        return {"clients": people, "users": {key: known[key] for key in users if key in known}}

    def unseal(self, client_id: UUID, reason: str, messages: Sequence[Any]) -> dict[str, str | None]:
        self._called("unseal", reason, writes=True)
        return {one["event_id"]: "Could it be <b>earlier</b>?\nThank you" for one in messages}

    def appointment(self, appointment_id: UUID) -> Any:
        return self._mine(self.world.appointments.get(str(appointment_id)))

    def appointments_of(self, client_id: UUID, when: str, page: int) -> dict[str, Any]:
        self._mine(self.world.clients.get(str(client_id)))
        of = [one for one in self.world.appointments.values() if one["client_id"] == str(client_id)]
        found = [one for one in of if one["cancelled"] == (when == "previous")]
        return {"appointments": found, "page": page, "pages": 1}

    def _command(self, name: str, appointment: Any, command: Mapping[str, Any], outcome: str) -> dict[str, Any]:
        self._called(name, dict(command), writes=True)
        return {"outcome": self.world.outcome or outcome, "appointment": appointment, "position": 10, "revision": 3}

    def book(self, command: Mapping[str, Any]) -> Any:
        return self._command("book", self.world.appointments[str(BOOKED)], command, "booked")

    def reschedule(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("reschedule", self.appointment(appointment_id), command, "rescheduled")

    def cancel(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("cancel", self.appointment(appointment_id), command, "cancelled")

    def set_status(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("set_status", self.appointment(appointment_id), command, "status_changed")

    def set_rules(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("set_rules", self.appointment(appointment_id), command, "rules_changed")

    def payments(self, appointment_id: UUID) -> Any:
        self._called("payments", appointment_id)
        self._mine(self.appointment(UUID(str(appointment_id))))
        return self.world.payments

    def record_payment(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("record_payment", self.appointment(appointment_id), command, "payment_recorded")

    def record_refund(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("record_refund", self.appointment(appointment_id), command, "refund_recorded")

    def history(self, appointment_id: UUID, *, min_position: int | None = None) -> list[Any]:
        self._called("history", min_position)
        return self.world.entries if str(appointment_id) == str(BOOKED) else []

    def diary(self, from_: str, to: str) -> list[Any]:
        self._called("diary", (from_, to))
        found = [one for one in self.world.appointments.values() if from_ <= one["starts_at"] < to]
        return found if self.here else []

    def messages_of(self, client_id: UUID) -> list[Any]:
        self._called("messages_of", client_id, writes=True)
        return self.world.messages

    def practice_messages(self, *, dealt_with: bool | None, page: int) -> Any:
        self._called("practice_messages", (dealt_with, page), writes=True)
        left = self.world.messages if self.here else []
        found = [one for one in left if dealt_with is None or bool(one["dealt_with"]) is dealt_with]
        return {"messages": found, "page": page, "pages": 1}

    def read_message(self, message_id: UUID) -> None:
        self._called("read_message", message_id, writes=True)

    def deal_with(self, message_id: UUID, command: Mapping[str, Any]) -> None:
        self._called("deal_with", (message_id, dict(command)), writes=True)
        known = [one for one in self.world.messages if one["message_id"] == str(message_id)]
        self._mine(known[0] if known else None)

    def portal_settings(self) -> Any:
        return dict(self.world.settings)

    def portal_settings_history(self, page: int) -> dict[str, Any]:
        self._called("portal_settings_history", page)
        entries = self.world.settings_entries[20 * (page - 1) : 20 * page] if self.here else []
        return {"entries": entries, "page": page, "pages": max(1, -(-len(self.world.settings_entries) // 20))}

    def change_portal_settings(self, version: int, settings: Mapping[str, Any]) -> Any:
        self._called("change_portal_settings", (version, dict(settings)), writes=True)
        return self.world.settings

    def offered_times(self, **question: Any) -> Any:
        self._called("offered_times", question)
        days: list[dict[str, Any]] = [{"date": f"2026-12-{day:02}", "times": []} for day in range(7, 14)]
        for day, hours in ((0, (9, 10, 14)), (2, (8, 9, 11, 15, 16))):
            on = datetime(2026, 12, 7 + day, tzinfo=UTC)
            days[day]["times"] = [{"starts_at": utc_text(on + timedelta(hours=h)), "wall": f"{h:02}:00"} for h in hours]
        return {
            "zone": ZONE, "from": "2026-12-07", "to": "2026-12-14", "up_to_date": True, "first_week": "2026-12-07",
            "days": days, "earlier_from": None, "later_from": "2026-12-14", "last_date": "2027-01-27",
            "rules_version": 1, "available_online": True,
        }  # fmt: skip

    def change_online_profile(self, clinician_id: UUID, profile: Mapping[str, Any]) -> Any:
        self._called("change_online_profile", (clinician_id, dict(profile)), writes=True)
        return dict(profile)

    def alerts(self, *, unread: bool = False) -> dict[str, Any]:
        self._called("alerts", unread)
        waiting = [one for one in self.world.alerts if one["read_at"] is None]
        return {"alerts": waiting if unread else self.world.alerts, "unread": len(waiting)}

    def mark_read(self, alert_id: UUID) -> None:
        self._called("mark_read", alert_id)

    def mark_all_read(self) -> None:
        self._called("mark_all_read")

    def _switches_of(self, user_id: UUID) -> None:
        if user_id != self.user.id and self.user.role != "site_administrator":
            raise Refused("forbidden")
        self._mine(user_id)

    def alert_switches(self, user_id: UUID) -> Any:
        self._called("alert_switches", user_id)
        self._switches_of(user_id)
        return dict(self.world.switches)

    def set_alert_switches(self, user_id: UUID, switches: Mapping[str, Any]) -> Any:
        self._called("set_alert_switches", (user_id, dict(switches)))
        self._switches_of(user_id)
        return dict(switches)

    def sent_messages(self, *, client: UUID | None = None, appointment: UUID | None = None) -> list[Any]:
        self._called("sent_messages", client)
        return self.world.sent

    def resend(self, message_id: UUID, command_id: str) -> Any:
        self._called("resend", message_id, writes=True)
        return {}

    def send_confirmation(self, appointment_id: UUID, command_id: str) -> Any:
        self._called("send_confirmation", appointment_id, writes=True)
        return {}

    def catalogue(self) -> Any:
        return self.world.catalogue if self.here else {"locations": [], "appointment_types": [], "clinicians": []}
