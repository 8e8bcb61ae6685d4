"""Refused requests of the practice: changes and cancellations, and attempts to get in (F53)."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.kernel.errors import Refused
from clinic.portal.application.staff.client_details import full_name
from clinic.portal.application.staff.refusals import told_confirmations, told_refusals
from clinic.portal.entrypoints.staff_desk import Desk, asked, asked_page, page, staff_page

blueprint = Blueprint("refusal", __name__, url_prefix="/p/<slug>/refusals")


@blueprint.get("")
@staff_page()
def refusals(desk: Desk) -> Any:
    """Newest first; `?show=getting-in` those who did not confirm who they are, `?client=` one client's only."""
    show = "getting-in" if asked("show") == "getting-in" else "changes"
    client = desk.services.client(_client_id(asked("client"))) if asked("client") else None
    only = UUID(client["id"]) if client else None
    if show == "changes":
        found = desk.services.refusals(client=only, page=asked_page())
        told = told_refusals(desk.services, found["refusals"], desk.practice.zone)
    else:
        found = desk.services.confirmation_refusals(client=only, page=asked_page())
        told = told_confirmations(desk.services, found["refusals"], desk.practice.zone)
    return page(
        "refusals.html",
        refusals=told,
        show=show,
        client=client,
        client_name=full_name(client) if client else "",
        number=found["page"],
        pages=found["pages"],
    )


def _client_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("not_found") from None
