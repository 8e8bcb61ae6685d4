"""The diary of a day: a column per clinician, six at a time."""

from datetime import timedelta
from typing import Any

from flask import Blueprint

from clinic.kernel.client_time import utc_text
from clinic.portal.application.staff.diary import lay_out
from clinic.portal.application.staff.joining import catalogue_of, clinicians_of, names_of
from clinic.portal.application.staff.moments import bounds_of, read_date
from clinic.portal.entrypoints.staff_desk import Desk, asked, asked_page, page, staff_page

blueprint = Blueprint("diary", __name__, url_prefix="/p/<slug>")
COLUMNS = 6


@blueprint.get("/diary")
@staff_page()
def day(desk: Desk) -> Any:
    """`?date=2026-12-02` (today without it), `?page=2` for the next six clinicians."""
    typed = asked("date")
    chosen = read_date(typed) if typed else desk.today
    if chosen is None or not 1970 <= chosen.year < 9000:
        return _drawn(desk, desk.today, {"date": "Enter a date, for example 2/12/2026."}, 422)
    return _drawn(desk, chosen, {}, 200)


def _drawn(desk: Desk, chosen: Any, errors: dict[str, str], status: int) -> Any:
    zone = desk.practice.zone
    begins, ends = bounds_of(chosen, zone)
    clinicians = clinicians_of(desk.services)
    pages = max(1, -(-len(clinicians) // COLUMNS))
    number = min(asked_page(), pages)
    shown = clinicians[(number - 1) * COLUMNS : number * COLUMNS]
    entries = desk.services.diary(utc_text(begins), utc_text(ends))
    catalogue = catalogue_of(desk.services)
    drawn = lay_out(
        chosen,
        zone,
        entries,
        shown,
        clients=names_of(desk.services, (one["client_id"] for one in entries), ()).clients,
        types={key: one["name"] for key, one in catalogue.types.items()},
        places={key: one["name"] for key, one in catalogue.locations.items()},
        now=desk.now,
    )
    return page(
        "diary.html",
        status,
        errors=errors,
        drawn=drawn,
        today=desk.today,
        previous=chosen - timedelta(days=1),
        following=chosen + timedelta(days=1),
        several_places=len(catalogue.locations) > 1,
        number=number,
        pages=pages,
    )
