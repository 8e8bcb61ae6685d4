"""What if other windows had held? The question as a form, and its answer in words, lines and a drawing (F54)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clinic.kernel.grid_drawing import WEEKDAYS, Cell, Line, Words, draw_grid
from clinic.portal.application.staff.joining import names_of
from clinic.portal.application.staff.moments import read_date, say_birthday
from clinic.portal.application.staff.ports import StaffServices

WINDOWS = {
    "": "As it was",
    "always": "Always, until the appointment starts",
    "2h": "Until 2 hours before the start",
    "12h": "Until 12 hours before the start",
    "24h": "Until 24 hours before the start",
    "48h": "Until 48 hours before the start",
    "72h": "Until 3 days before the start",
    "7d": "Until 7 days before the start",
    "never": "Never online",
}
LESS, MORE = "would be refused", "would be allowed"
MOST_DAYS = 366
USUAL_DAYS = 90
WANTED = {"change": "changes", "cancel": "cancellations"}


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the service's query, what is wrong with it per field, and the form's values."""

    query: Mapping[str, str]
    errors: Mapping[str, str]
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DayLine:
    """One clinician's weekday in numbers."""

    clinician: str
    weekday: str
    decided: int
    allowed: int
    would_be_refused: int
    would_be_allowed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The sentences, the drawing (SVG, safe to be shown as it is) and all numbers that are not zero."""

    sentences: tuple[str, ...]
    drawing: str
    lines: tuple[DayLine, ...]


def read_question(asked: Mapping[str, str], today: date) -> Question:
    """The question; by default the last 90 days. Without a window there is nothing to try."""
    given = {
        "edit": asked.get("edit", ""),
        "cancel": asked.get("cancel", ""),
        "from": asked.get("from") or (today - timedelta(days=USUAL_DAYS)).isoformat(),
        "to": asked.get("to") or today.isoformat(),
        "everywhere": asked.get("everywhere", ""),
    }
    errors = {name: "Choose one of these." for name in ("edit", "cancel") if given[name] not in WINDOWS}
    if not given["edit"] and not given["cancel"]:
        errors["edit"] = "Choose another window for changes, for cancellations, or for both."
    first, last = read_date(given["from"]), read_date(given["to"])
    errors |= {name: "Enter a date." for name, day in (("from", first), ("to", last)) if day is None}
    if first and last and not 0 <= (last - first).days < MOST_DAYS:
        errors["to"] = "Enter a date that is not before the first one, and at most a year after it."
    query = {"from": first.isoformat() if first else "", "to": last.isoformat() if last else ""}
    windows = (("edit_window", given["edit"]), ("cancellation_window", given["cancel"]))
    query |= {name: window for name, window in windows if window}
    return Question(query | ({"everywhere": "true"} if given["everywhere"] else {}), errors, given)


def told_answer(services: StaffServices, body: Mapping[str, Any]) -> Answer:
    """The report with the clinicians' names, in their order."""
    names = names_of(services, (), {one["clinician_id"] for one in body["clinicians"]})
    named = sorted(
        ((names.user(one["clinician_id"]), one["weekdays"]) for one in body["clinicians"]),
        key=lambda pair: pair[0].casefold(),
    )
    sentences = _sentences(body)
    cells = [
        Line(name, [Cell(one["decided"], one["would_be_refused"], one["would_be_allowed"]) for one in week])
        for name, week in named
    ]
    period = f"{_said(body['from'])} to {_said(body['to'])}"
    words = Words(f"What would have been otherwise, {period}", " ".join(sentences), LESS, MORE)
    lines = tuple(
        DayLine(name, WEEKDAYS[day], **count)
        for name, week in named
        for day, count in enumerate(week)
        if count["decided"]
    )
    return Answer(sentences, draw_grid(words, cells), lines)


def _sentences(body: Mapping[str, Any]) -> tuple[str, ...]:
    told = [
        f"Clients asked for {count['decided']} {name}, of which {count['allowed']} were allowed. Under these windows, "
        f"{count['would_be_refused']} of the allowed ones would have been refused, and "
        f"{count['would_be_allowed']} of the refused ones allowed."
        for count, name in ((body["totals"][wanted], name) for wanted, name in WANTED.items())
    ]
    if body["unrecorded"]:
        told.append(
            f"At least {body['unrecorded']} more requests were refused, too many to record each: "
            "they are not counted here."
        )
    return tuple(told)


def _said(text: str) -> str:
    return say_birthday(date.fromisoformat(text))
