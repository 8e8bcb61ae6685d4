"""The client's details as a form: three boxes for the date of birth, everything as typed, only changes are sent."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from clinic.portal.application.staff.moments import say_birthday

ERASED_CLIENT = "Erased client"
KIN_TEXTS = ("next_of_kin_name", "next_of_kin_email", "next_of_kin_mobile")
KIN_FLAGS = ("next_of_kin_email_opt_in", "next_of_kin_sms_opt_in")
TEXTS = ("first_name", "last_name", "email", "mobile", "postcode", *KIN_TEXTS)
FLAGS = ("email_opt_in", "sms_opt_in", *KIN_FLAGS)
FIELDS = (*TEXTS, "date_of_birth", *FLAGS)
LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail address",
    "mobile": "Mobile number",
    "postcode": "Postcode",
    "date_of_birth": "Date of birth",
    "email_opt_in": "Messages by e-mail",
    "sms_opt_in": "Messages by text message",
    "next_of_kin_name": "Next of kin’s name",
    "next_of_kin_email": "Next of kin’s e-mail address",
    "next_of_kin_mobile": "Next of kin’s mobile number",
    "next_of_kin_email_opt_in": "Copies to the next of kin by e-mail",
    "next_of_kin_sms_opt_in": "Copies to the next of kin by text message",
}


def as_form(client: Mapping[str, Any]) -> dict[str, str]:
    """The form's values for a client, as text."""
    form = {name: client.get(name) or "" for name in TEXTS}
    form |= {name: "on" for name in FLAGS if client.get(name)}
    if client.get("date_of_birth"):
        born = date.fromisoformat(client["date_of_birth"])
        form |= {"day": str(born.day), "month": str(born.month), "year": str(born.year)}
    return form


def read_form(form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of the form and what is wrong per field; identity judges e-mail, mobile and the rest."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in TEXTS}
    values |= {name: form.get(name) == "on" for name in FLAGS}
    for name, said in (("first_name", "first name"), ("last_name", "last name")):
        if not values[name]:
            errors[name] = f"Enter the client’s {said}."
    values["date_of_birth"] = _birthday(form, errors)
    return values, errors


def _birthday(form: Mapping[str, str], errors: dict[str, str]) -> str | None:
    parts = [form.get(name, "").strip() for name in ("day", "month", "year")]
    if not any(parts):
        return None
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day).isoformat()
    except ValueError:
        errors["date_of_birth"] = "Enter a real date of birth, for example 31 3 1980, or leave all three boxes empty."
        return None


def changes(values: Mapping[str, Any], client: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that differ from the record; an empty text and no text are the same."""
    return {name: values[name] for name in FIELDS if (values[name] or None) != (client.get(name) or None)}


def say_born(client: Mapping[str, Any]) -> str:
    """`4 November 1984`, or that it is missing."""
    born = client.get("date_of_birth")
    return say_birthday(date.fromisoformat(born)) if born else ""


def full_name(client: Mapping[str, Any]) -> str:
    """First and last name; `Erased client` where that is all that is left (F52)."""
    if client.get("erased"):
        return ERASED_CLIENT
    return f"{client['first_name']} {client['last_name']}".strip()


def differences(form: Mapping[str, str], client: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where the entries differ from the record as it is now: the field and what the record holds."""
    values, _ = read_form(form)
    return [(LABELS[name], _say(name, client)) for name in changes(values, client)]


def _say(name: str, client: Mapping[str, Any]) -> str:
    if name in FLAGS:
        return "Yes" if client.get(name) else "No"
    return (say_born(client) if name == "date_of_birth" else client.get(name)) or "Nothing"
