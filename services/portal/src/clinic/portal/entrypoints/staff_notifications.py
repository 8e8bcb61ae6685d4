"""The signed-in user's notifications: every change or cancellation by a client (F31)."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.portal.application.staff.alerts import tell
from clinic.portal.application.staff.joining import names_of
from clinic.portal.entrypoints.staff_desk import Desk, asked, done, page, staff_page

blueprint = Blueprint("notification", __name__, url_prefix="/p/<slug>/notifications")


@blueprint.get("")
@staff_page()
def notifications(desk: Desk) -> Any:
    """All of them, newest first; `?unread=1` only those that were not read."""
    only_unread = asked("unread") == "1"
    answer = desk.services.alerts(unread=only_unread)
    alerts = answer["alerts"]
    names = names_of(desk.services, (one["client_id"] for one in alerts), (one["clinician_id"] for one in alerts))
    told = [tell(one, names, desk.practice.zone) for one in alerts]
    return page("notifications.html", alerts=told, unread=answer["unread"], only_unread=only_unread)


@blueprint.post("/<uuid:alert_id>/read")
@staff_page()
def read(desk: Desk, alert_id: UUID) -> Any:
    """Marks one as read; auditors may, for it is their own."""
    desk.services.mark_read(alert_id)
    return done("read", "notification.notifications")


@blueprint.post("/read-all")
@staff_page()
def read_all(desk: Desk) -> Any:
    """Marks all as read."""
    desk.services.mark_all_read()
    return done("all_read", "notification.notifications")
