"""Cancelling: a page with the policy, the message box and the way back, then done (F24-F29). Two taps."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import Refused
from clinic.portal.application import commands
from clinic.portal.application.ports import Backends
from clinic.portal.application.seen import Seen, explain, see
from clinic.portal.domain.facts import FieldError
from clinic.portal.domain.session import Session
from clinic.portal.domain.wording import Wording, wording_of
from clinic.portal.entrypoints.client_appointment import appointment_page, tell_once
from clinic.portal.entrypoints.client_refused import message_errors, refused_page, trouble_page
from clinic.portal.entrypoints.web import as_uuid
from clinic.portal.entrypoints.web_session import needs_session


def add_routes(client: Blueprint, backends: Backends) -> None:
    """`/p/<slug>/appointments/<id>/cancel`."""
    path = "/p/<slug>/appointments/<uuid:appointment_id>/cancel"

    @client.get(path)
    @needs_session
    def cancel(session: Session, slug: str, appointment_id: UUID) -> ResponseReturnValue:
        """The policy wording before anything is done (F25)."""
        seen = see(backends, session, appointment_id)
        if seen.why_no_cancel is not None:
            code = seen.appointment.may_cancel.reason or "cancellations_not_offered"
            if code in {"already_cancelled", "in_the_past"}:
                return appointment_page(session, seen, told=code, status=409)
            return refused_page(seen.why_no_cancel, code, appointment_id)
        return _page(seen, "")

    @client.post(path)
    @needs_session
    def cancel_confirm(session: Session, slug: str, appointment_id: UUID) -> ResponseReturnValue:
        """Does it; the ledger judges the window and the revision."""
        form = request.form
        command_id = as_uuid(form.get("command_id"))
        numbers = [form.get("revision", ""), form.get("policy_text_version", "")]
        message = form.get("message", "").replace("\r\n", "\n").strip()
        if command_id is None or not all(one.isascii() and one.isdigit() and len(one) < 10 for one in numbers):
            raise Refused("invalid")
        errors = message_errors(message)
        if errors:
            return _page(see(backends, session, appointment_id), message, errors=errors, status=422)
        revision, policy_text_version = map(int, numbers)
        try:
            done = commands.cancel(
                backends,
                session,
                appointment_id,
                command_id=command_id,
                revision=revision,
                policy_text_version=policy_text_version,
                message=message,
            )
        except commands.NoAnswer as trouble:
            return trouble_page(trouble, appointment_id)
        except Refused as refusal:
            return _after_refusal(backends, session, appointment_id, message, refusal)
        tell_once("ok_cancelled", done)
        return redirect(url_for("client.appointment", slug=slug, appointment_id=appointment_id), 303)


def _after_refusal(
    backends: Backends, session: Session, appointment_id: UUID, message: str, refusal: Refused
) -> ResponseReturnValue:
    if refusal.code in {"not_found", "portal_off", "session_ended", "invalid", "command_reused", "forbidden"}:
        raise refusal
    seen = see(backends, session, appointment_id)
    if refusal.code == "changed_meanwhile" and seen.why_no_cancel is None:
        return _page(seen, message, notice=wording_of("changed_meanwhile"), status=409)
    if refusal.code in {"already_cancelled", "in_the_past"}:
        return appointment_page(session, seen, told=refusal.code, status=409)
    return refused_page(explain(refusal.code, seen.appointment, session.practice.phone), refusal.code, appointment_id)


def _paid_note(seen: Seen) -> Wording | None:
    """What was paid and not given back: the portal never refunds, and says so before anything is done (F34)."""
    paid = seen.appointment.paid
    if paid is None or paid.kept_pence == 0:
        return None
    return wording_of("cancel_paid").fill(phone="", paid=seen.paid)


def _page(
    seen: Seen,
    message: str,
    *,
    errors: list[FieldError] | None = None,
    notice: Wording | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "client/cancel.html",
        seen=seen,
        message=message,
        errors=errors or [],
        notice=notice,
        paid=_paid_note(seen),
        previously=request.form.get("when_seen", "")[:80],
    )
    return page, status
