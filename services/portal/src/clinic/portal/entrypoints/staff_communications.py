"""Settings → Scheduling → Appointment Communications: what is sent when, and in which words (F43, F44; F6)."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort

from clinic.contracts.identity import ADMINISTRATOR
from clinic.kernel.errors import Refused
from clinic.portal.application.staff import communications as words
from clinic.portal.application.staff.communications_history import told_savings
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.history import people_in
from clinic.portal.application.staff.joining import names_of, types_of
from clinic.portal.application.staff.ports import Json
from clinic.portal.application.staff.words import CHANNELS, say_refusal
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    asked_page,
    done,
    form,
    page,
    posted_number,
    staff_page,
)

blueprint = Blueprint("communications", __name__, url_prefix="/p/<slug>/settings/communications")
NEW_TRIGGER = {
    "kind": "reminder", "channel": "email", "on": True, "minutes_before": 1440, "appointment_type_id": None,
    "template_id": None,
}  # fmt: skip


@blueprint.get("")
@staff_page()
def overview(desk: Desk) -> Any:
    """What is sent when, for everybody to read; site administrators change it (F6)."""
    decided = desk.services.communications()
    return page(
        "communications.html",
        decided=decided,
        rows=words.rows_of(decided, types_of(desk.services)),
        kinds=words.KINDS,
        channels=CHANNELS,
        may_edit=desk.is_administrator,
    )


@blueprint.post("/imported")
@staff_page(ADMINISTRATOR)
def post_imported(desk: Desk) -> Any:
    """Whether appointments taken over from another system are reminded of (F49)."""
    decided = desk.services.communications()
    wanted = words.what_is_decided(decided) | {"remind_imported": form().get("remind_imported") == "on"}
    desk.services.change_communications(posted_number("version"), wanted)
    return done("communications", "communications.overview")


@blueprint.get("/triggers/new")
@staff_page(ADMINISTRATOR)
def new_trigger(desk: Desk) -> Any:
    """A trigger to add; a reminder to begin with."""
    decided = desk.services.communications()
    return _trigger(desk, decided, None, words.as_form(NEW_TRIGGER))


@blueprint.get("/triggers/<int:number>")
@staff_page(ADMINISTRATOR)
def trigger(desk: Desk, number: int) -> Any:
    """A trigger to change or to remove."""
    decided = desk.services.communications()
    return _trigger(desk, decided, number, words.as_form(_at(decided, number)))


@blueprint.post("/triggers/new")
@staff_page(ADMINISTRATOR)
def post_new_trigger(desk: Desk) -> Any:
    """Adds it."""
    return _save_trigger(desk, None)


@blueprint.post("/triggers/<int:number>")
@staff_page(ADMINISTRATOR)
def post_trigger(desk: Desk, number: int) -> Any:
    """Saves or removes it; what it is for stays."""
    return _save_trigger(desk, number)


def _save_trigger(desk: Desk, number: int | None) -> Any:
    decided, given = desk.services.communications(), form()
    version = posted_number("version")
    if number is not None and version == decided["version"]:
        old = _at(decided, number)
        given |= {"kind": old["kind"], "channel": old["channel"]}
    read = words.Read({})
    if given.get("do") != "remove":
        read = words.read_trigger(given, types_of(desk.services), decided)
        if read.errors:
            return _trigger(desk, decided, number, given, 422, errors=read.errors)
    wanted = words.with_trigger(decided, number, read.value or None)
    place = f"triggers.{len(decided['triggers']) if number is None else number}"
    if failed := refusal_of(desk, version, wanted, place):
        errors, status = failed
        return _trigger(desk, decided, number, given, status, errors=errors, stale=status == 409)
    return done("trigger" if read.value else "trigger_removed", "communications.overview")


def _trigger(
    desk: Desk, decided: Json, number: int | None, given: Mapping[str, str], status: int = 200, **more: Any
) -> Any:
    fixed = number is not None
    kind, channel = (given.get("kind", ""), given.get("channel", "")) if fixed else ("", "")
    return page(
        "communications_trigger.html",
        status,
        given=given,
        number=number,
        version=form().get("version") or decided["version"],
        kinds=words.KINDS,
        channels=CHANNELS,
        types=types_of(desk.services).items(),
        templates=words.templates_for(decided, kind, channel),
        **more,
    )


@blueprint.get("/history")
@staff_page()
def history(desk: Desk) -> Any:
    """Who changed what, when: every role may read it."""
    found = desk.services.communications_history(asked_page())
    names = names_of(desk.services, *people_in(found["entries"]))
    savings = told_savings(found["entries"], types_of(desk.services), names, desk.practice.zone)
    return page("communications_history.html", savings=savings, number=found["page"], pages=found["pages"])


def refusal_of(desk: Desk, version: int, wanted: Json, place: str) -> tuple[dict[str, str], int] | None:
    """Saves; the errors by field and the status where the service refuses."""
    try:
        desk.services.change_communications(version, wanted)
    except Refused as refusal:
        if refusal.code == "changed_meanwhile":
            return {"": say_refusal("changed_meanwhile")}, 409
        if refusal.code != "invalid":
            raise
        return words.errors_at(told_errors(refusal.facts), place), 422
    return None


def _at(decided: Json, number: int) -> Json:
    triggers = decided["triggers"]
    return dict(triggers[number]) if number < len(triggers) else abort(404)
