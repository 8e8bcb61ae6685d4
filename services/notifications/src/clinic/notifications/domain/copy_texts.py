"""What the next of kin reads (F45): built in, never the practice's own text, and without any way into the portal."""

from collections.abc import Mapping

COPY_SUBJECTS: Mapping[str, str] = {
    "confirmation": "Copy: appointment on {Appt. Day}, {Appt. Time}",
    "changed": "Copy: appointment is now {Appt. Day}, {Appt. Time}",
    "cancelled": "Copy: appointment on {Appt. Day}, {Appt. Time} is cancelled",
    "reminder": "Copy: appointment on {Appt. Day}, {Appt. Time}",
}
"""One per kind that is copied."""

_PLACE = """Where: {Location}
With: {Clinician Name}"""

_CLOSING = """You get this copy because {Client First Name} named you as next of kin.

Questions? Call {Practice Name} on {Practice Phone}."""

COPY_BODIES: Mapping[str, str] = {
    "confirmation": f"""The appointment of {{Client First Name}} at {{Practice Name}} is booked.

When: {{Appt. Date and Time}}
{_PLACE}

{_CLOSING}""",
    "changed": f"""The time of the appointment of {{Client First Name}} at {{Practice Name}} has changed.

Old time: {{Previous Appt. Date and Time}}
New time: {{Appt. Date and Time}}
{_PLACE}

{_CLOSING}""",
    "cancelled": f"""The appointment of {{Client First Name}} at {{Practice Name}} is cancelled. It will not take place.

Cancelled: {{Appt. Date and Time}}
{_PLACE}

{_CLOSING}""",
    "reminder": f"""This is a reminder of the appointment of {{Client First Name}} at {{Practice Name}}.

When: {{Appt. Date and Time}}
{_PLACE}

{_CLOSING}""",
}

_SMS_CLOSING = "(Copy for next of kin.)"

COPY_SMS: Mapping[str, str] = {
    "confirmation": (
        f"{{Practice Name}}: appointment of {{Client First Name}} {{Appt. Short Day}}, {{Appt. Time}}. {_SMS_CLOSING}"
    ),
    "changed": (
        f"{{Practice Name}}: appointment of {{Client First Name}} is now {{Appt. Short Day}}, {{Appt. Time}}."
        f" {_SMS_CLOSING}"
    ),
    "cancelled": (
        f"{{Practice Name}}: appointment of {{Client First Name}} {{Appt. Short Day}}, {{Appt. Time}} is cancelled."
        f" {_SMS_CLOSING}"
    ),
    "reminder": (
        f"{{Practice Name}}: reminder, appointment of {{Client First Name}} {{Appt. Short Day}}, {{Appt. Time}}."
        f" {_SMS_CLOSING}"
    ),
}
