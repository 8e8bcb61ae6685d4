"""Changing the date and time: picker, check page, done (F17-F22). Four taps from the appointment's page."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import Refused
from clinic.portal.application import commands
from clinic.portal.application.ports import Backends
from clinic.portal.application.seen import Seen, explain, say_start, see
from clinic.portal.domain.facts import FieldError
from clinic.portal.domain.picker import has_first_free, shown_days, week_title, weeks_on_offer
from clinic.portal.domain.session import Session
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.client_appointment import appointment_page, tell_once
from clinic.portal.entrypoints.client_refused import message_errors, refused_page, trouble_page
from clinic.portal.entrypoints.web import as_uuid
from clinic.portal.entrypoints.web_session import needs_session

BACK_TO_PICKER = {"slot_taken", "slot_not_offered"}
YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form carries from page to page: nothing but date and time can be wished for (F17)."""

    starts_at: datetime | None
    revision: int | None
    message: str

    @staticmethod
    def of_request() -> "Wish":
        """The wish in this request; what cannot be read is None."""
        values = request.values
        message = request.form.get("message", "").replace("\r\n", "\n").strip()
        revision = values.get("revision", "")
        return Wish(
            _instant(values.get("starts_at", "")), int(revision) if _is_small_number(revision) else None, message
        )


def add_routes(client: Blueprint, backends: Backends) -> None:
    """`/p/<slug>/appointments/<id>/change`, `…/change/check`, `…/change/confirm`."""
    path = "/p/<slug>/appointments/<uuid:appointment_id>/change"

    @client.route(path, methods=["GET", "POST"])
    @needs_session
    def change(session: Session, slug: str, appointment_id: UUID) -> ResponseReturnValue:
        """The picker. By POST it keeps the message that was typed already; it changes nothing."""
        seen = see(backends, session, appointment_id)
        return _unless_refused(session, seen) or _picker(backends, session, seen, Wish.of_request())

    @client.route(f"{path}/check", methods=["GET", "POST"])
    @needs_session
    def check(session: Session, slug: str, appointment_id: UUID) -> ResponseReturnValue:
        """Old and new time, and the message box. It changes nothing."""
        seen, wish = see(backends, session, appointment_id), Wish.of_request()
        refused = _unless_refused(session, seen)
        if refused:
            return refused
        if wish.revision is not None and wish.revision != seen.appointment.revision:
            return _changed_meanwhile(seen, wish)
        if wish.starts_at is None:
            return _picker(backends, session, seen, wish, error=wording_of("no_time_chosen").text, status=422)
        if wish.starts_at == seen.appointment.starts_at:
            told = wording_of("unchanged").heading
            return _picker(backends, session, seen, wish, error=f"{told}. Choose another time", status=422)
        return _check_page(seen, wish)

    @client.post(f"{path}/confirm")
    @needs_session
    def change_confirm(session: Session, slug: str, appointment_id: UUID) -> ResponseReturnValue:
        """Does it. The slot, the windows and the revision are judged by the ledger."""
        wish, command_id = Wish.of_request(), as_uuid(request.form.get("command_id"))
        if wish.starts_at is None or wish.revision is None or command_id is None:
            raise Refused("invalid")
        errors = message_errors(wish.message)
        if errors:
            return _check_page(see(backends, session, appointment_id), wish, errors=errors, status=422)
        try:
            done = commands.reschedule(
                backends,
                session,
                appointment_id,
                command_id=command_id,
                revision=wish.revision,
                starts_at=wish.starts_at,
                message=wish.message,
            )
        except commands.NoAnswer as trouble:
            return trouble_page(trouble, appointment_id)
        except Refused as refusal:
            return _after_refusal(backends, session, appointment_id, wish, refusal)
        tell_once("unchanged" if done.outcome == "unchanged" else "ok_changed", done)
        return redirect(url_for("client.appointment", slug=slug, appointment_id=appointment_id), 303)


def _after_refusal(
    backends: Backends, session: Session, appointment_id: UUID, wish: Wish, refusal: Refused
) -> ResponseReturnValue:
    if refusal.code in {"not_found", "portal_off", "session_ended", "invalid", "command_reused", "forbidden"}:
        raise refusal
    seen = see(backends, session, appointment_id)
    if refusal.code in BACK_TO_PICKER:
        told = wording_of(refusal.code)
        return _picker(backends, session, seen, wish, error=f"{told.heading}. {told.text}", status=409)
    if refusal.code == "changed_meanwhile":
        return _changed_meanwhile(seen, wish)
    if refusal.code in {"already_cancelled", "in_the_past"}:
        return appointment_page(session, seen, told=refusal.code, status=409)
    return refused_page(explain(refusal.code, seen.appointment, session.practice.phone), refusal.code, appointment_id)


def _unless_refused(session: Session, seen: Seen) -> ResponseReturnValue | None:
    if seen.why_no_change is None:
        return None
    code = seen.appointment.may_change.reason or "changes_not_offered"
    if code in {"already_cancelled", "in_the_past"}:
        return appointment_page(session, seen, told=code, status=409)
    return refused_page(seen.why_no_change, code, seen.appointment.id)


def _picker(
    backends: Backends, session: Session, seen: Seen, wish: Wish, *, error: str | None = None, status: int = 200
) -> ResponseReturnValue:
    wanted = _date(request.values.get("from", "")) if error is None else None
    if error is not None and wish.starts_at is not None:
        wanted = _date(request.values.get("week", ""))
    week = backends.availability.offered_week(session.tokens["availability"], seen.appointment, start=wanted)
    days = shown_days(week, seen.appointment.starts_at)
    nothing = wording_of("no_free_times").fill(phone=session.practice.phone, weeks=weeks_on_offer(week))
    first_chip = next((f"t{time.starts_at:%Y%m%d%H%M}" for day in days for time in day.times), None)
    page = render_template(
        "client/picker.html",
        seen=seen,
        week=week,
        earlier=None if has_first_free(week) else week.earlier_from,
        days=days,
        title=week_title(days, week),
        is_empty=week.first_week is None,
        nothing=nothing,
        message=wish.message,
        errors=[FieldError(first_chip or "", error)] if error else [],
    )
    return page, status


def _check_page(
    seen: Seen, wish: Wish, *, errors: list[FieldError] | None = None, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "client/check.html",
        seen=seen,
        starts_at=wish.starts_at,
        new_when=say_start(seen.appointment, wish.starts_at) if wish.starts_at else "",
        message=wish.message,
        week=request.values.get("week", ""),
        errors=errors or [],
    )
    return page, status


def _changed_meanwhile(seen: Seen, wish: Wish) -> ResponseReturnValue:
    """Shows both: what the clinic made of it and what the client had chosen."""
    page = render_template(
        "client/changed_meanwhile.html",
        seen=seen,
        wording=wording_of("changed_meanwhile"),
        wished=say_start(seen.appointment, wish.starts_at) if wish.starts_at else None,
        message=wish.message,
    )
    return page, 409


def _instant(text: str) -> datetime | None:
    """None also for years so far away that no zone could show them."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo and instant.year in YEARS else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
