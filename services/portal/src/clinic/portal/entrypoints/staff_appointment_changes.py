"""What staff decide about one appointment besides its time: its status (F26) and its own rules (F18)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.contracts.identity import WRITERS
from clinic.kernel.errors import Refused
from clinic.portal.application.staff import rules
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.joining import catalogue_of, rows
from clinic.portal.application.staff.windows import KINDS
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    done,
    form,
    page,
    posted_command,
    posted_number,
    refused_page,
    staff_page,
)

blueprint = Blueprint("decision", __name__, url_prefix="/p/<slug>/appointments/<uuid:appointment_id>")
ASKED_AGAIN = frozenset({"slot_taken", "changed_meanwhile"})


@blueprint.get("/status")
@staff_page(*WRITERS)
def status(desk: Desk, appointment_id: UUID) -> Any:
    """The practice's statuses to choose from; the present one is chosen."""
    appointment = desk.services.appointment(appointment_id)
    return page("status.html", **_status(desk, appointment, appointment["status"]))


@blueprint.post("/status")
@staff_page(*WRITERS)
def post_status(desk: Desk, appointment_id: UUID) -> Any:
    """Sets it. A status that takes time which is taken is asked about and sent again knowingly (F35)."""
    appointment, chosen = desk.services.appointment(appointment_id), form().get("status", "")
    command = {
        "command_id": posted_command(),
        "revision": posted_number("revision"),
        "status": chosen,
        "overlap_accepted": form().get("overlap_accepted") == "yes",
    }
    given = _status(desk, appointment, chosen)
    if chosen not in {code for code, _, _ in given["statuses"]}:
        return page("status.html", 422, errors={"status": "Choose one of the statuses."}, **given)
    try:
        answer = desk.services.set_status(appointment_id, command)
    except Refused as refusal:
        if refusal.code == "invalid":
            errors = told_errors(refusal.facts)
            return page("status.html", 422, errors=errors, **given)
        if refusal.code not in ASKED_AGAIN:
            raise
        return refused_page("status.html", refusal, **given, overlaps=refusal.code == "slot_taken")
    return done(_said(answer["outcome"], "status"), "appointment.details", appointment_id=appointment_id)


def _status(desk: Desk, appointment: Mapping[str, Any], chosen: str) -> dict[str, Any]:
    (told,) = rows(desk.services, [appointment], catalogue_of(desk.services))
    statuses = desk.services.portal_settings()["statuses"]
    return {
        "appointment": told,
        "chosen": chosen,
        "statuses": [(one["code"], one["name"], one["attending"]) for one in statuses],
    }


@blueprint.get("/rules")
@staff_page(*WRITERS)
def appointment_rules(desk: Desk, appointment_id: UUID) -> Any:
    """What this appointment decides differently from its type and the practice."""
    appointment = desk.services.appointment(appointment_id)
    given = rules.as_form(appointment.get("rules") or rules.NO_RULES)
    return page("appointment_rules.html", **_rules(desk, appointment, given))


@blueprint.post("/rules")
@staff_page(*WRITERS)
def post_rules(desk: Desk, appointment_id: UUID) -> Any:
    """Saves them; the client is told nothing, for nothing that they were told changes."""
    appointment, given = desk.services.appointment(appointment_id), form()
    command = {"command_id": posted_command(), "revision": posted_number("revision")}
    read = rules.read_form(given)
    if read.errors:
        return page("appointment_rules.html", 422, errors=read.errors, **_rules(desk, appointment, given))
    try:
        answer = desk.services.set_rules(appointment_id, {**command, "rules": read.rules})
    except Refused as refusal:
        if refusal.code not in {"invalid", "changed_meanwhile"}:
            raise
        if refusal.code == "changed_meanwhile":
            return refused_page("appointment_rules.html", refusal, **_rules(desk, appointment, given), is_stale=True)
        errors = told_errors(refusal.facts)
        return page("appointment_rules.html", 422, errors=errors, **_rules(desk, appointment, given))
    return done(_said(answer["outcome"], "rules"), "appointment.details", appointment_id=appointment_id)


def _rules(desk: Desk, appointment: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    (told,) = rows(desk.services, [appointment], catalogue_of(desk.services))
    settings = desk.services.portal_settings()
    of_type = rules.rules_of_type(settings, appointment["appointment_type_id"])
    return {
        "appointment": told,
        "given": given,
        "above": rules.said_above(rules.effective(settings, of_type)),
        "now": rules.said_effective(appointment, settings),
        "labels": rules.LABELS,
        "kinds": KINDS.items(),
    }


def _said(outcome: str, what: str) -> str:
    return f"{what}_unchanged" if outcome == "unchanged" else outcome
