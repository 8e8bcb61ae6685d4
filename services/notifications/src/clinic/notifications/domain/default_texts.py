"""The texts that a practice sends until it writes its own. Nothing clinical in any of them (F48).

In a subject only variables of time may stand: it is stored, and read by staff beside the message's state.
"""

from collections.abc import Mapping
from datetime import datetime

from clinic.kernel.client_time import in_zone, say_date, say_instant, say_time
from clinic.notifications.domain.variables import fill

SUBJECTS: Mapping[str, str] = {
    "confirmation": "Your appointment on {Appt. Day}, {Appt. Time}",
    "changed": "Your appointment is now {Appt. Day}, {Appt. Time}",
    "cancelled": "Your appointment on {Appt. Day}, {Appt. Time} is cancelled",
    "status_changed": "Your appointment on {Appt. Day}, {Appt. Time}",
    "reminder": "Your appointment on {Appt. Day}, {Appt. Time}",
    "sign_in": "Your link to the client portal",
    "alert_changed": "A client moved an appointment to {Appt. Day}, {Appt. Time}",
    "alert_cancelled": "A client cancelled the appointment on {Appt. Day}, {Appt. Time}",
}

_CLOSING = """{Next Appt. Link}

Questions? Call {Practice Name} on {Practice Phone}."""

_PLACE = """Where: {Location}
With: {Clinician Name}"""

BODIES: Mapping[str, str] = {
    "confirmation": f"""Hello {{Client First Name}},

Your appointment at {{Practice Name}} is booked.

When: {{Appt. Date and Time}}
{_PLACE}

Use the link to see your appointment, or to change or cancel it.

{_CLOSING}""",
    "changed": f"""Hello {{Client First Name}},

The time of your appointment at {{Practice Name}} has changed.

Old time: {{Previous Appt. Date and Time}}
New time: {{Appt. Date and Time}}
{_PLACE}

Use the link to see your appointment.

{_CLOSING}""",
    "status_changed": f"""Hello {{Client First Name}},

The status of your appointment at {{Practice Name}} is now: {{Appt. Status}}.

When: {{Appt. Date and Time}}
{_PLACE}

Use the link to see your appointment.

{_CLOSING}""",
    "reminder": f"""Hello {{Client First Name}},

This is a reminder of your appointment at {{Practice Name}}.

When: {{Appt. Date and Time}}
{_PLACE}

Use the link to see your appointment, or to change or cancel it.

{_CLOSING}""",
    "cancelled": f"""Hello {{Client First Name}},

Your appointment at {{Practice Name}} is cancelled. It will not take place.

Cancelled: {{Appt. Date and Time}}
{_PLACE}

Use the link to see what is recorded.

{_CLOSING}""",
}

ALERT_BODIES: Mapping[str, str] = {
    "alert_changed": f"""A client changed the time of an appointment at {{Practice Name}}.

Old time: {{Previous Appt. Date and Time}}
New time: {{Appt. Date and Time}}
{_PLACE}""",
    "alert_cancelled": f"""A client cancelled an appointment at {{Practice Name}}. The time is free again.

Cancelled: {{Appt. Date and Time}}
{_PLACE}""",
}
"""Alerts to users: they name no client, and hold nothing that the client wrote (F33)."""

ALERT_PAID = "Paid: {paid}. The portal refunds nothing: whether any of it is refunded is for the practice to decide."
"""Stands in the alert to a cancellation that had been paid for (F34)."""

ALERT_PARTLY_REFUNDED = (
    "Paid: {paid}, of which {refunded} was already refunded. The portal refunds nothing: whether the rest is refunded"
    " is for the practice to decide."
)
ALERT_REFUNDED = "Paid: {paid}. All of it was already refunded."

ALERT_LINK_READS = "Open the appointment"
ALERT_CLOSING = "You get this e-mail because of the alerts in your profile."

SMS: Mapping[str, str] = {
    "status_changed": "{Practice Name}: {Appt. Short Day}, {Appt. Time} is now: {Appt. Status}. {Next Appt. URL}",
    "reminder": "{Practice Name}: reminder of your appointment {Appt. Short Day}, {Appt. Time}. {Next Appt. URL}",
    "confirmation": "{Practice Name}: your appointment is {Appt. Short Day}, {Appt. Time}. {Next Appt. URL}",
    "changed": "{Practice Name}: your appointment is now {Appt. Short Day}, {Appt. Time}. {Next Appt. URL}",
    "cancelled": "{Practice Name}: your appointment {Appt. Short Day}, {Appt. Time} is cancelled. {Next Appt. URL}",
}


TIME_VARIABLES = ("Appt. Date", "Appt. Day", "Appt. Short Day", "Appt. Time", "Appt. Date and Time")
"""What may stand in a subject."""


def time_values(starts_at: datetime, zone: str) -> dict[str, str]:
    """The variables of time: in the location's zone, as clients read it."""
    wall = in_zone(starts_at, zone)
    day = say_date(wall.date(), year=False)
    weekday, number, month = day.split(" ")
    return {
        "Appt. Date": say_date(wall.date()),
        "Appt. Day": day,
        "Appt. Short Day": f"{weekday[:3]} {number} {month[:3]}",
        "Appt. Time": say_time(wall),
        "Appt. Date and Time": say_instant(starts_at, zone),
    }


def subject_of(kind: str, starts_at: datetime, zone: str) -> str:
    """The subject line of a kind of message about an appointment at this time."""
    return filled_subject(SUBJECTS[kind], starts_at, zone)


def filled_subject(subject: str, starts_at: datetime, zone: str) -> str:
    """A subject line with its variables of time filled in."""
    return fill(subject, time_values(starts_at, zone))
