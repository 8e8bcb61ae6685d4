"""The practice's statuses as a form, and which one a booking and a cancellation set (F25, F26)."""

import re
from collections.abc import Mapping
from typing import Any

from clinic.portal.application.staff.form import Read

CHOSEN = {
    "booked_status": "Status of a new appointment",
    "cancellation_status": "Status that a cancellation in the portal sets",
}
LABELS = {"statuses": "Statuses", **CHOSEN}
ROW_TEXTS = ("code", "name", "client_wording")
LONGEST = 60
UNKNOWN = "Choose one of the statuses."
MUST_ATTEND = "A new appointment needs a status in which the client is attending."
MUST_NOT_ATTEND = (
    "A cancelled appointment needs a status in which the client is not attending, or its time stays taken."
)
STILL_CHOSEN = "It cannot be removed while a booking or a cancellation sets it: choose another one there first."


def as_form(settings: Mapping[str, Any]) -> dict[str, str]:
    """The form's values: a row of fields per status."""
    form = {name: str(settings[name]) for name in CHOSEN}
    for row, status in enumerate(settings["statuses"]):
        form |= {f"status-{row}-{name}": status[name] for name in ROW_TEXTS}
        if status["attending"]:
            form[f"status-{row}-attending"] = "on"
    return form


def rows_of(form: Mapping[str, str]) -> list[int]:
    """The numbers of the status rows of a form, in order."""
    return sorted(int(name.split("-")[1]) for name in form if re.fullmatch(r"status-\d{1,3}-name", name))


def filled_rows(form: Mapping[str, str]) -> list[int]:
    """The rows that hold anything: an empty one is not shown again."""
    return [row for row in rows_of(form) if any(form.get(f"status-{row}-{name}", "").strip() for name in ROW_TEXTS)]


def named(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """Code and name of every status of a form that has a code: a new one gets it when it is saved."""
    pairs = ((form.get(f"status-{row}-code", ""), form.get(f"status-{row}-name", "").strip()) for row in rows_of(form))
    return [(code, name or code) for code, name in pairs if code]


def read_form(form: Mapping[str, str]) -> Read:
    """What the form says; a row whose box `Remove` is checked is gone."""
    errors: dict[str, str] = {}
    statuses: list[dict[str, Any]] = []
    removed: dict[str, int] = {}
    for row in filled_rows(form):
        code = form.get(f"status-{row}-code", "").strip()
        if form.get(f"status-{row}-remove") == "on":
            removed[code] = row
        else:
            statuses.append(_status(form, row, code, {one["code"] for one in statuses}, errors))
    settings: dict[str, Any] = {"statuses": statuses} | {name: form.get(name, "") for name in CHOSEN}
    attending = {one["code"]: one["attending"] for one in statuses}
    for name, wanted, reason in (("booked_status", True, MUST_ATTEND), ("cancellation_status", False, MUST_NOT_ATTEND)):
        code = settings[name]
        if code in removed:
            errors[f"status-{removed[code]}-remove"] = STILL_CHOSEN
        elif code not in attending:
            errors[name] = UNKNOWN
        elif attending[code] is not wanted:
            errors[name] = reason
    return Read(settings, errors)


def _status(form: Mapping[str, str], row: int, code: str, taken: set[str], errors: dict[str, str]) -> dict[str, Any]:
    name, wording = (form.get(f"status-{row}-{field}", "").strip() for field in ("name", "client_wording"))
    for field, text, missing in (
        ("name", name, "Enter a name for this status."),
        ("client_wording", wording, "Enter what clients read for this status."),
    ):
        if not text or len(text) > LONGEST:
            errors[f"status-{row}-{field}"] = f"Enter at most {LONGEST} characters." if text else missing
    attending = form.get(f"status-{row}-attending") == "on"
    return {"code": code or _code(name, taken), "name": name, "attending": attending, "client_wording": wording}


def _code(name: str, taken: set[str]) -> str:
    code = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "status"
    return next(one for one in (code, *(f"{code}_{n}" for n in range(2, 99))) if one not in taken)
