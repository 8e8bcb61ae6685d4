"""The cast of the staff pages and their services in memory.

Olga (site administrator), Dr Bo (clinician), Rita (receptionist) and Audrey (auditor) work at Harbour Street; Charlie
administrates another practice and must see nothing. Pat is Bo's client, Sam her twin.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.infra.settings import ServiceSettings
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.application.ports import SignIn
from clinic.portal.bootstrap import PortalSettings
from clinic.portal.domain.session import Practice, PracticeFront, Session, User
from clinic.portal.entrypoints.staff import build_app

BASE = "https://staff.example.org"
NOW = datetime(2026, 12, 2, 8, 30, tzinfo=UTC)
ZONE = "Europe/London"


def an_id(number: int) -> UUID:
    return UUID(int=number)


HARBOUR = Practice(
    an_id(1), "Harbour Street", "harbour-street", "0151 496 0182", "hello@harbour.example", ZONE, "england"
)
RIVER = Practice(an_id(2), "River Lane", "river-lane", "0161 496 0555", "hi@river.example", ZONE, "england")
OLGA, BO, RITA, AUDREY, CHARLIE, TOM = (an_id(number) for number in range(11, 17))
PAT, SAM = an_id(21), an_id(22)
PLACE, VIDEO = an_id(31), an_id(32)
FOLLOW_UP, ASSESSMENT, VIDEO_CALL = an_id(41), an_id(42), an_id(43)
MONDAY_VISIT, BOOKED, CANCELLED, MESSAGE, EVENT, ALERT, SENT = (an_id(number) for number in range(51, 58))
USERS = {
    "olga": (HARBOUR, User(OLGA, "Olga Novak", "site_administrator", "olga@harbour.example")),
    "bo": (HARBOUR, User(BO, "Dr Bo Lindqvist", "clinician", "bo@harbour.example")),
    "rita": (HARBOUR, User(RITA, "Rita Shah", "receptionist", "rita@harbour.example")),
    "audrey": (HARBOUR, User(AUDREY, "Audrey Finch", "auditor", "audrey@harbour.example")),
    "charlie": (RIVER, User(CHARLIE, "Charlie Fox", "site_administrator", "charlie@river.example")),
}
CATALOGUE = {
    "locations": [
        {"id": str(PLACE), "name": "Harbour Street", "address": "1 Harbour St", "postcode": "L1 4AB", "zone": ZONE,
         "video": False},
        {"id": str(VIDEO), "name": "Video", "address": "", "postcode": "", "zone": ZONE, "video": True},
    ],
    "appointment_types": [
        {"id": str(key), "name": name, "duration_minutes": minutes, "buffer_after_minutes": 5, "video": video,
         "price_pence": 5500, "clinician_ids": who, "location_ids": [str(PLACE), str(VIDEO)]}
        for key, name, minutes, video, who in (
            (FOLLOW_UP, "Follow-up physiotherapy", 40, False, [str(BO), str(TOM)]),
            (ASSESSMENT, "Assessment", 60, False, [str(BO)]),
            (VIDEO_CALL, "Video review", 20, True, [str(BO), str(TOM)]),
        )
    ],
    "clinicians": [
        {"id": str(BO), "display_name": "Dr Bo Lindqvist", "title": "Senior physiotherapist", "description": "Knees.",
         "available_online": True},
        {"id": str(TOM), "display_name": "", "title": "", "description": "", "available_online": False},
    ],
    "first_day_of_week": 0,
}  # fmt: skip
SWITCHES = {
    "email_change_own": False, "email_change_any": False, "email_cancel_own": True, "email_cancel_any": False,
    "in_app_change_others": False, "in_app_cancel_others": True, "within_hours": 48,
}  # fmt: skip
SETTINGS = {
    "version": 3, "policy_text_version": 1, "online_booking_edition": "v2", "online_booking_on": True,
    "online_booking_off_text": "", "portal_on": True, "portal_off_text": "Please phone us.",
    "may_view_upcoming": True, "may_view_previous": True, "may_change": True, "may_cancel": True,
    "may_leave_message": True, "edit_window": {"kind": "minutes", "minutes": 1440},
    "cancellation_window": {"kind": "never", "minutes": 0},
    "statuses": [
        {"code": "booked", "name": "Booked", "attending": True, "client_wording": "Booked"},
        {"code": "off", "name": "Cancelled online", "attending": False, "client_wording": "Cancelled"},
    ],
    "booked_status": "booked", "cancellation_status": "off", "policy_text": "Please tell us a day before.",
}  # fmt: skip

TEXT = an_id(61)
COMMUNICATIONS = {
    "version": 4, "remind_imported": False,
    "triggers": [
        {"kind": "confirmation", "channel": "email", "on": True, "minutes_before": None, "appointment_type_id": None,
         "template_id": str(TEXT)},
        {"kind": "reminder", "channel": "sms", "on": True, "minutes_before": 1440, "appointment_type_id": None,
         "template_id": None},
        {"kind": "reminder", "channel": "sms", "on": False, "minutes_before": 1440,
         "appointment_type_id": str(ASSESSMENT), "template_id": None},
        {"kind": "reminder", "channel": "email", "on": True, "minutes_before": 10080, "appointment_type_id": None,
         "template_id": None},
    ],
    "templates": [
        {"id": str(TEXT), "name": "Warm welcome", "kind": "confirmation", "channel": "email",
         "subject": "See you on {Appt. Day}", "body": "Dear {Client First Name}", "has_way_to_portal": False},
    ],
    "variables": ["Client First Name", "Appt. Time", "Next Appt. Link", "Next Appt. URL"],
    "subject_variables": ["Appt. Day", "Appt. Time"],
    "built_in": [
        {"kind": kind, "channel": channel, "subject": "Your appointment" if channel == "email" else "",
         "body": f"Built in for {kind} by {channel}"}
        for kind in ("confirmation", "changed", "cancelled", "status_changed", "reminder")
        for channel in ("email", "sms")
    ],
}  # fmt: skip


def an_appointment(number: UUID, at: str, **changes: Any) -> dict[str, Any]:
    starts_at = datetime.fromisoformat(f"{at}:00+00:00")
    yes = {"allowed": True, "reason": None}
    minutes = changes.get("duration_minutes", 40)
    body = {
        "id": str(number), "client_id": str(PAT), "clinician_id": str(BO), "location_id": str(PLACE),
        "appointment_type_id": str(FOLLOW_UP), "starts_at": utc_text(starts_at),
        "ends_at": utc_text(starts_at + timedelta(minutes=minutes)), "zone": ZONE, "duration_minutes": minutes,
        "buffer_after_minutes": 5, "status": "booked", "status_name": "Booked", "status_for_client": "Booked",
        "cancelled": False, "past": False, "video": False, "revision": 2, "position": 9, "overlap_accepted": False,
        "may_change": yes, "may_cancel": yes, "may_leave_message": True,
    }  # fmt: skip
    return body | changes


@dataclass
class World:
    """Everything behind the pages of Harbour Street. `refuse` lets the next call of a name refuse, `down` breaks it."""

    appointments: dict[str, dict[str, Any]] = field(default_factory=dict)
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    settings_entries: list[dict[str, Any]] = field(default_factory=list)
    catalogue: dict[str, Any] = field(default_factory=lambda: dict(CATALOGUE))
    messages: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    refuse: dict[str, Refused] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    switches: dict[str, Any] = field(default_factory=lambda: dict(SWITCHES))
    communications: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(COMMUNICATIONS))
    savings: list[dict[str, Any]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def said(self, name: str) -> list[Any]:
        """What was asked of the services under this name."""
        return [given for called, given in self.calls if called == name]


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


class FakeServices:
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

    def users(self) -> list[dict[str, Any]]:
        if not self.here:
            return []
        names = [(BO, "Dr Bo Lindqvist", True), (TOM, "Tom Adeyemi", True), (OLGA, "Olga Novak", False)]
        return [{"id": str(key), "name": name, "is_clinician": is_clinician} for key, name, is_clinician in names]

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
        return {"outcome": outcome, "appointment": appointment, "position": 10, "revision": 3}

    def book(self, command: Mapping[str, Any]) -> Any:
        return self._command("book", self.world.appointments[str(BOOKED)], command, "booked")

    def reschedule(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("reschedule", self.appointment(appointment_id), command, "rescheduled")

    def cancel(self, appointment_id: UUID, command: Mapping[str, Any]) -> Any:
        return self._command("cancel", self.appointment(appointment_id), command, "cancelled")

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

    def communications(self) -> Any:
        self._called("communications")
        return self._mine(copy.deepcopy(self.world.communications))

    def communications_history(self, page: int) -> Any:
        self._called("communications_history", page)
        return self._mine({"entries": self.world.savings, "page": page, "pages": 1})

    def change_communications(self, version: int, wanted: Mapping[str, Any]) -> Any:
        self._called("change_communications", (version, dict(wanted)), writes=True)
        return self._mine({})

    def preview_text(self, text: Mapping[str, Any]) -> Any:
        self._called("preview_text", dict(text))
        return {"subject": text["subject"], "text": "Dear Alex", "has_way_to_portal": "{Next Appt." in text["body"]}

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


def a_world() -> World:
    """Pat has a visit at 10:20 today that she moved there herself, with a message; another one was cancelled."""
    world = World()
    for key, first, reference in ((PAT, "Pat", "C-1001"), (SAM, "Sam", "C-1002")):
        world.clients[str(key)] = {
            "id": str(key), "first_name": first, "last_name": "Okafor", "date_of_birth": "1984-11-04",
            "postcode": "L1 4AB", "email": f"{first.lower()}@example.org", "mobile": "+447700900123",
            "email_opt_in": True, "sms_opt_in": False, "external_ref": reference, "version": 5, "locked": False,
        }  # fmt: skip
    for number, at, changes in (
        (MONDAY_VISIT, "2026-12-02T09:00", {"client_id": str(SAM), "duration_minutes": 60,
                                            "appointment_type_id": str(ASSESSMENT)}),
        (BOOKED, "2026-12-02T10:20", {}),
        (CANCELLED, "2026-12-02T14:00", {"cancelled": True, "status_name": "Cancelled by client",
                                         "may_change": {"allowed": False, "reason": "already_cancelled"},
                                         "may_cancel": {"allowed": False, "reason": "already_cancelled"}}),
    ):  # fmt: skip
        world.appointments[str(number)] = an_appointment(number, at, **changes)
    world.entries = [
        {"position": 9, "recorded_at": "2026-11-22T14:41:00Z", "actor": {"kind": "client", "id": str(PAT)},
         "type": "AppointmentRescheduled", "title": "Changed by client", "message_id": str(MESSAGE),
         "sentence": "{client} moved it from Thursday 26 November 2026, 10:20 to Wednesday 2 December 2026, 10:20."},
        {"position": 2, "recorded_at": "2026-11-02T09:00:00Z", "actor": {"kind": "staff", "id": str(OLGA)},
         "type": "AppointmentBooked", "title": "Booked", "message_id": None,
         "sentence": "{user} booked it with {clinician} for Thursday 26 November 2026, 10:20."},
    ]  # fmt: skip
    world.messages = [
        {"message_id": str(MESSAGE), "event_id": str(EVENT), "appointment_id": str(BOOKED), "about": "change",
         "sealed": {"key_id": "k"}, "left_at": "2026-11-22T14:41:00Z"}
    ]  # fmt: skip
    world.sent = [
        {"id": str(SENT), "kind": "changed", "channel": "email", "appointment_id": str(BOOKED), "state": "failed",
         "reason": "mailbox does not exist", "queued_at": "2026-11-22T14:41:05Z", "sent_at": None,
         "subject": "Your appointment is now Wednesday 2 December, 10:20am"}
    ]  # fmt: skip
    world.alerts = [
        {"id": str(ALERT), "kind": "rescheduled", "appointment_id": str(BOOKED), "client_id": str(PAT),
         "clinician_id": str(BO), "old_starts_at": "2026-11-26T10:20:00Z", "starts_at": "2026-12-02T10:20:00Z",
         "zone": ZONE, "has_message": True, "at": "2026-11-22T14:41:01Z", "read_at": None}
    ]  # fmt: skip
    return world


def an_app(world: World, base_url: str = BASE) -> Flask:
    """The staff face over this world."""
    shared = ServiceSettings("portal", "", "", {}, {}, {}, {}, True)
    settings = PortalSettings("staff", shared, base_url, "s" * 40, "t", 0, "https://portal.example.org")
    return build_app(settings, FakeIdentity(world), lambda tokens: FakeServices(world, tokens), clock=lambda: NOW)  # type: ignore[arg-type]


class Browser:
    """One person's browser at one practice: follows forms by their real hidden fields."""

    def __init__(self, app: Flask, who: str | None, slug: str = "harbour-street") -> None:
        self.client: FlaskClient = app.test_client()
        self.path = f"/p/{slug}"
        if who:
            self.client.set_cookie("__Host-staff-t", who, domain="staff.example.org", secure=True)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(self.path + path, query_string=query, base_url=BASE)

    def post(self, path: str, given: Mapping[str, Any] | None = None, *, token: bool = True) -> Any:
        """Posts a form; the token is that of the sign-in page, which any page of the browser's session shares."""
        fields = dict(given or {})
        if token:
            fields["csrf_token"] = _hidden(self._token_page(), "csrf_token")
        return self.client.post(self.path + path, data=fields, base_url=BASE, headers={"Origin": BASE})

    def _token_page(self) -> str:
        page = self.get("/notifications")
        return str((page if page.status_code == 200 else self.get("/sign-in")).text)


def _hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def staff(world: World) -> Any:
    """`staff("olga")` is that person's browser; `staff(None)` nobody's."""
    app = an_app(world)
    return lambda who, slug="harbour-street": Browser(app, who, slug)
