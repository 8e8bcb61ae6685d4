"""The cast of the staff pages and what their practice holds, in memory.

Olga (site administrator), Dr Bo (clinician), Rita (receptionist) and Audrey (auditor) work at Harbour Street; Charlie
administrates another practice and must see nothing. Pat is Bo's client, Sam her twin.
"""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused
from clinic.portal.domain.session import Practice, User

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
    "online_payments_on": False, "type_rules": [],
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

RULES = ("may_change", "may_cancel", "may_leave_message", "edit_window", "cancellation_window")


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
        "edit_window": SETTINGS["edit_window"], "cancellation_window": SETTINGS["cancellation_window"], "paid": None,
        "rules": dict.fromkeys(RULES), "rules_from": dict.fromkeys(RULES, "practice"),
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
    payments: dict[str, Any] = field(default_factory=lambda: {"payments": [], "refunds": []})
    sent: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    refuse: dict[str, Refused] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    switches: dict[str, Any] = field(default_factory=lambda: dict(SWITCHES))
    communications: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(COMMUNICATIONS))
    savings: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = ""
    ended: list[str] = field(default_factory=list)

    def said(self, name: str) -> list[Any]:
        """What was asked of the services under this name."""
        return [given for called, given in self.calls if called == name]


def a_world() -> World:
    """Pat has a visit at 10:20 today that she moved there herself, with a message; another one was cancelled."""
    world = World()
    for key, first, reference in ((PAT, "Pat", "C-1001"), (SAM, "Sam", "C-1002")):
        world.clients[str(key)] = {
            "id": str(key), "first_name": first, "last_name": "Okafor", "date_of_birth": "1984-11-04",
            "postcode": "L1 4AB", "email": f"{first.lower()}@example.org", "mobile": "+447700900123",
            "next_of_kin_name": "", "next_of_kin_email": None, "next_of_kin_mobile": None,
            "next_of_kin_email_opt_in": False, "next_of_kin_sms_opt_in": False,
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
         "sealed": {"key_id": "k"}, "left_at": "2026-11-22T14:41:00Z",
         "client_id": str(PAT), "dealt_with": None, "read_by": [{"user_id": str(OLGA), "at": "2026-11-22T15:00:00Z"}]}
    ]  # fmt: skip
    world.sent = [
        {"id": str(SENT), "kind": "changed", "channel": "email", "appointment_id": str(BOOKED), "state": "failed",
         "reason": "mailbox does not exist", "queued_at": "2026-11-22T14:41:05Z", "sent_at": None,
         "subject": "Your appointment is now Wednesday 2 December, 10:20am"}
    ]  # fmt: skip
    world.alerts = [
        {"id": str(ALERT), "kind": "rescheduled", "appointment_id": str(BOOKED), "client_id": str(PAT),
         "clinician_id": str(BO), "old_starts_at": "2026-11-26T10:20:00Z", "starts_at": "2026-12-02T10:20:00Z",
         "zone": ZONE, "has_message": True, "at": "2026-11-22T14:41:01Z", "read_at": None,
         "paid": None}
    ]  # fmt: skip
    return world
