"""The appointment's own page, where every way begins and ends."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from clinic.infra.calendar_file import FILE_NAME, CalendarEntry, calendar_file, content_type_of
from clinic.infra.clock import utc_now
from clinic.portal.application.ports import Backends, Done
from clinic.portal.application.seen import Seen, see
from clinic.portal.domain.session import Session
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.web_session import needs_session


def add_routes(client: Blueprint, backends: Backends) -> None:
    """`/p/<slug>/appointment` and `/p/<slug>/appointments/<id>`."""

    @client.get("/p/<slug>/appointment")
    @needs_session
    def landing(session: Session, slug: str) -> ResponseReturnValue:
        """The one appointment of a session that is limited to one (F8), else all of them."""
        if session.appointment_id is None:
            return redirect(url_for("client.appointments", slug=slug), 303)
        return redirect(url_for("client.appointment", slug=slug, appointment_id=session.appointment_id), 303)

    @client.get("/p/<slug>/appointments/<uuid:appointment_id>")
    @needs_session
    def appointment(session: Session, slug: str, appointment_id: UUID) -> ResponseReturnValue:
        """The appointment, what may be done with it, and once what was just done."""
        told = form_session.get("told") or {}
        if told.get("id") != str(appointment_id):
            told = {}
        seen = see(backends, session, appointment_id, min_position=told.get("position"))
        form_session.pop("told", None)
        return appointment_page(session, seen, told=told.get("code"))

    @client.get("/p/<slug>/appointments/<uuid:appointment_id>/calendar.ics")
    @needs_session
    def calendar(session: Session, slug: str, appointment_id: UUID) -> Response:
        """The same calendar file as in the mails, as it is now (F48)."""
        entry = _calendar_entry(session, see(backends, session, appointment_id))
        headers = {"Content-Type": content_type_of(entry), "Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return Response(calendar_file(entry), headers=headers)


def appointment_page(session: Session, seen: Seen, *, told: str | None = None, status: int = 200) -> tuple[str, int]:
    """The page with the banner of an outcome, if any: `told` is its code."""
    banner = wording_of(told).fill(phone=session.practice.phone, new=seen.when) if told else None
    page = render_template("client/appointment.html", seen=seen, banner=banner, told=told, session=session)
    return page, status


def tell_once(code: str, done: Done) -> None:
    """The next view of the appointment shows this outcome, and has at least the state that the command made."""
    form_session["told"] = {"code": code, "id": str(done.appointment.id), "position": done.position}


def _calendar_entry(session: Session, seen: Seen) -> CalendarEntry:
    appointment, place = seen.appointment, seen.place
    where = [place.name, place.address, place.postcode] if place and not appointment.video else []
    return CalendarEntry(
        appointment_id=appointment.id,
        revision=appointment.revision,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        cancelled=appointment.cancelled,
        practice_name=session.practice.name,
        practice_slug=session.practice.slug,
        organizer=session.practice.email,
        place=" ".join(", ".join(part for part in where if part).split()),
        stamped_at=utc_now(),
    )
