"""The practice's own texts: a text area, a VAR list with Insert, a preview; all without any script (F43, F6)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort

from clinic.contracts.identity import ADMINISTRATOR
from clinic.kernel.errors import Refused
from clinic.portal.application.staff import communications as words
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.ports import Json
from clinic.portal.application.staff.words import CHANNELS
from clinic.portal.entrypoints.staff_communications import refusal_of
from clinic.portal.entrypoints.staff_desk import Desk, asked, done, form, page, posted_number, staff_page

blueprint = Blueprint("communication_text", __name__, url_prefix="/p/<slug>/settings/communications/templates")


@blueprint.get("/new")
@staff_page(ADMINISTRATOR)
def new_template(desk: Desk) -> Any:
    """A text of the practice's own, beginning with the built-in one."""
    decided = desk.services.communications()
    kind, channel = asked("kind"), asked("channel")
    built_in = _built_in(decided, kind, channel)
    given = {"name": "", "subject": built_in["subject"], "body": built_in["body"], "use": "on"}
    return _template(desk, decided, None, kind, channel, given)


@blueprint.get("/<uuid:template_id>")
@staff_page(ADMINISTRATOR)
def template(desk: Desk, template_id: UUID) -> Any:
    """A text to change or to remove."""
    decided = desk.services.communications()
    one = _template_of(decided, template_id)
    return _template(desk, decided, template_id, one["kind"], one["channel"], one)


@blueprint.post("/new")
@staff_page(ADMINISTRATOR)
def post_new_template(desk: Desk) -> Any:
    """Inserts a variable, previews, or saves."""
    decided, given = desk.services.communications(), form()
    kind, channel = given.get("kind", ""), given.get("channel", "")
    _built_in(decided, kind, channel)
    return _work_on(desk, decided, None, kind, channel, given)


@blueprint.post("/<uuid:template_id>")
@staff_page(ADMINISTRATOR)
def post_template(desk: Desk, template_id: UUID) -> Any:
    """Inserts a variable, previews, saves or removes."""
    decided, given = desk.services.communications(), form()
    one = _template_of(decided, template_id)
    if given.get("do") == "remove":
        wanted = words.without_template(decided, str(template_id))
        if failed := refusal_of(desk, posted_number("version"), wanted, ""):
            errors, status = failed
            return _template(desk, decided, template_id, one["kind"], one["channel"], given, status, errors=errors)
        return done("template_removed", "communications.overview")
    return _work_on(desk, decided, template_id, one["kind"], one["channel"], given)


def _work_on(
    desk: Desk, decided: Json, template_id: UUID | None, kind: str, channel: str, given: dict[str, str]
) -> Any:
    typed = words.read_template(given, template_id or uuid4(), kind, channel)
    match given.get("do"):
        case "insert":
            body = words.with_variable(given.get("body", ""), given.get("variable", ""), decided["variables"])
            return _template(desk, decided, template_id, kind, channel, {**given, "body": body})
        case "preview":
            return _preview(desk, decided, template_id, typed, given)
        case _:
            return _save_template(desk, decided, template_id, typed, given)


def _preview(desk: Desk, decided: Json, template_id: UUID | None, typed: Json, given: Mapping[str, str]) -> Any:
    text = {name: typed[name] for name in ("kind", "channel", "subject", "body")}
    try:
        shown = desk.services.preview_text(text)
    except Refused as refusal:
        if refusal.code != "invalid":
            raise
        errors = told_errors(refusal.facts)
        return _template(desk, decided, template_id, typed["kind"], typed["channel"], given, 422, errors=errors)
    return _template(desk, decided, template_id, typed["kind"], typed["channel"], given, shown=shown)


def _save_template(desk: Desk, decided: Json, template_id: UUID | None, typed: Json, given: Mapping[str, str]) -> Any:
    wanted, place = words.with_template(decided, typed, use=given.get("use") == "on")
    if failed := refusal_of(desk, posted_number("version"), wanted, f"templates.{place}"):
        errors, status = failed
        kind, channel = typed["kind"], typed["channel"]
        return _template(desk, decided, template_id, kind, channel, given, status, errors=errors, stale=status == 409)
    return done("template", "communications.overview")


def _template(
    desk: Desk,
    decided: Json,
    template_id: UUID | None,
    kind: str,
    channel: str,
    given: Mapping[str, Any],
    status: int = 200,
    **more: Any,
) -> Any:
    return page(
        "communications_template.html",
        status,
        given=given,
        template_id=template_id,
        version=form().get("version") or decided["version"],
        kind=kind,
        channel=channel,
        kind_name=words.KINDS[kind],
        channel_name=CHANNELS[channel],
        variables=[(name, f"{{{name}}}") for name in decided["variables"]],
        subject_variables=[f"{{{name}}}" for name in decided["subject_variables"]],
        no_way=words.NO_WAY,
        **more,
    )


def _template_of(decided: Json, template_id: UUID) -> Json:
    return next((dict(one) for one in decided["templates"] if one["id"] == str(template_id)), None) or abort(404)


def _built_in(decided: Json, kind: str, channel: str) -> Json:
    found = (one for one in decided["built_in"] if (one["kind"], one["channel"]) == (kind, channel))
    return next((dict(one) for one in found), None) or abort(404)
