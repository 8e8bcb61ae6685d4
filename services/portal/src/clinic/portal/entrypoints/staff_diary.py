"""The diary: a day with a column per clinician, six at a time, or a clinician's week with a column per day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.kernel.client_time import utc_text
from clinic.portal.application.staff.diary import WEEK, first_of_week, lay_out, lay_out_week, say_day
from clinic.portal.application.staff.diary_parts import Called
from clinic.portal.application.staff.joining import Catalogue, catalogue_of, clinicians_of, names_of
from clinic.portal.application.staff.moments import bounds_of, read_date
from clinic.portal.application.staff.ports import Json
from clinic.portal.entrypoints.staff_desk import Desk, asked, asked_page, page, staff_page

blueprint = Blueprint("diary", __name__, url_prefix="/p/<slug>/diary")
COLUMNS = 6
WRONG_DATE = {"date": "Enter a date, for example 2/12/2026."}


@blueprint.get("")
@staff_page()
def day(desk: Desk) -> Any:
    """`?date=2026-12-02` (today without it), `?page=2` for the next six clinicians."""
    chosen, errors = _asked_date(desk)
    clinicians = clinicians_of(desk.services)
    pages = max(1, -(-len(clinicians) // COLUMNS))
    number = min(asked_page(), pages)
    shown = clinicians[(number - 1) * COLUMNS : number * COLUMNS]
    entries, catalogue = _entries(desk, chosen, chosen), catalogue_of(desk.services)
    called = _called(desk, entries, catalogue)
    return page(
        "diary.html",
        422 if errors else 200,
        errors=errors,
        drawn=lay_out(chosen, desk.practice.zone, entries, shown, called, desk.now),
        chosen=chosen,
        is_now=chosen == desk.today,
        previous=chosen - timedelta(days=1),
        following=chosen + timedelta(days=1),
        several_places=len(catalogue.locations) > 1,
        number=number,
        pages=pages,
    )


@blueprint.get("/week")
@staff_page()
def week(desk: Desk) -> Any:
    """`?clinician=` (the user's own without it, else the first one's), `?date=` any day of the week."""
    chosen, errors = _asked_date(desk)
    clinicians, catalogue = clinicians_of(desk.services), catalogue_of(desk.services)
    first = first_of_week(chosen, catalogue.first_day_of_week)
    last = first + timedelta(days=WEEK - 1)
    whose = _asked_clinician(desk, clinicians)
    entries = _entries(desk, first, last) if whose else []
    mine = [one for one in entries if one["clinician_id"] == str(whose)]
    called = _called(desk, mine, catalogue)
    return page(
        "diary_week.html",
        422 if errors else 200,
        errors=errors,
        drawn=lay_out_week(first, desk.practice.zone, mine, whose, called, desk.now) if whose else None,
        clinicians=[(str(key), name) for key, name in clinicians],
        clinician=str(whose or ""),
        name=dict(clinicians).get(whose, "") if whose else "",
        heading=f"{say_day(first)} to {say_day(last)} {last.year}",
        chosen=chosen,
        is_now=first <= desk.today <= last,
        previous=chosen - timedelta(days=WEEK),
        following=chosen + timedelta(days=WEEK),
        several_places=len(catalogue.locations) > 1,
    )


def _asked_date(desk: Desk) -> tuple[date, dict[str, str]]:
    typed = asked("date")
    chosen = read_date(typed) if typed else desk.today
    if chosen is None or not 1970 <= chosen.year < 9000:
        return desk.today, WRONG_DATE
    return chosen, {}


def _asked_clinician(desk: Desk, clinicians: Sequence[tuple[UUID, str]]) -> UUID | None:
    known = {str(key): key for key, _ in clinicians}
    own = known.get(str(desk.user.id))
    return known.get(asked("clinician")) or own or next(iter(known.values()), None)


def _entries(desk: Desk, first: date, last: date) -> list[Json]:
    begins, _ = bounds_of(first, desk.practice.zone)
    _, ends = bounds_of(last, desk.practice.zone)
    return desk.services.diary(utc_text(begins), utc_text(ends))


def _called(desk: Desk, entries: Sequence[Json], catalogue: Catalogue) -> Called:
    return Called(
        clients=names_of(desk.services, (one["client_id"] for one in entries), ()).clients,
        types={key: one["name"] for key, one in catalogue.types.items()},
        places={key: one["name"] for key, one in catalogue.locations.items()},
    )
