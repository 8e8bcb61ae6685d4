"""What each appointment type decides differently from the practice (F18)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, abort

from clinic.contracts.identity import ADMINISTRATOR
from clinic.portal.application.staff import rules
from clinic.portal.application.staff.joining import types_of
from clinic.portal.application.staff.windows import KINDS
from clinic.portal.application.staff.worked_example import next_friday, worked_example
from clinic.portal.entrypoints.staff_desk import Desk, form, page, posted_number, staff_page
from clinic.portal.entrypoints.staff_settings_saving import NOT_YET, save, settings_page

blueprint = Blueprint("type_rule", __name__, url_prefix="/p/<slug>/settings/portal/types")


@blueprint.get("")
@staff_page(ADMINISTRATOR)
def types(desk: Desk) -> Any:
    """Every type with its own rules and its worked example."""
    now, zone = desk.services.portal_settings(), desk.practice.zone
    friday = next_friday(desk.now, zone)
    told = []
    for key, name in types_of(desk.services).items():
        own = rules.rules_of_type(now, key)
        told.append((key, name, rules.said_own(own), worked_example(rules.effective(now, own), friday, zone)))
    return page("settings_types.html", types=told, example=worked_example(now, friday, zone))


@blueprint.get("/<uuid:type_id>")
@staff_page(ADMINISTRATOR)
def type_rules(desk: Desk, type_id: UUID) -> Any:
    """One type's rules as a form."""
    now, name = desk.services.portal_settings(), _name_of(desk, type_id)
    own = rules.rules_of_type(now, str(type_id))
    return _type_rules(desk, now, name, rules.as_form(own), own)


@blueprint.post("/<uuid:type_id>")
@staff_page(ADMINISTRATOR)
def post_type_rules(desk: Desk, type_id: UUID) -> Any:
    """Saves the type's rules, or shows what they would mean."""
    given, now, name = form(), desk.services.portal_settings(), _name_of(desk, type_id)
    read = rules.read_form(given)

    def draw(now: Mapping[str, Any], status: int, **more: Any) -> Any:
        return _type_rules(desk, now, name, given, None if read.errors else read.rules, status, **more)

    if given.get("do") == "example":
        return draw(now, 422 if read.errors else 200, errors=read.errors, version=posted_number("version"))
    changes = {"type_rules": rules.with_type_rules(now, str(type_id), read.rules)}
    return save(desk, now, changes, read.errors, draw, "type_rule.types")


def _name_of(desk: Desk, type_id: UUID) -> str:
    return types_of(desk.services).get(str(type_id)) or abort(404)


def _type_rules(
    desk: Desk,
    now: Mapping[str, Any],
    name: str,
    given: Mapping[str, str],
    own: Mapping[str, Any] | None,
    status: int = 200,
    **more: Any,
) -> Any:
    zone = desk.practice.zone
    meant = None if own is None else rules.effective(now, own)
    return settings_page(
        "settings_type.html",
        now,
        status,
        name=name,
        given=given,
        above=rules.said_above(now),
        labels=rules.LABELS,
        kinds=KINDS.items(),
        example=worked_example(meant, next_friday(desk.now, zone), zone) if meant else NOT_YET,
        **more,
    )
