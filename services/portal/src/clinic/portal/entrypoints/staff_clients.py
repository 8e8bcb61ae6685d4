"""Clients: search, and the record behind four tabs that are links: Details, Appointments, Messages, History."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint

from clinic.contracts.identity import WRITERS
from clinic.kernel.errors import Refused
from clinic.portal.application.staff import client_details
from clinic.portal.application.staff.form import told_errors
from clinic.portal.application.staff.history import timeline
from clinic.portal.application.staff.joining import catalogue_of, names_for, row, rows
from clinic.portal.application.staff.refusals import told_confirmations, told_refusals
from clinic.portal.application.staff.words import say_refusal
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    asked,
    asked_page,
    done,
    form,
    page,
    posted_number,
    staff_page,
)

blueprint = Blueprint("client", __name__, url_prefix="/p/<slug>/clients")
HISTORIES = 10
SHOWN = 5
"""Refused requests of each kind; the rest is a link away."""


@blueprint.get("")
@staff_page()
def search(desk: Desk) -> Any:
    """By name, reference, e-mail address or mobile number; at most fifty."""
    words = asked("q")
    found = desk.services.search_clients(words) if words else []
    clients = [
        (one["id"], client_details.full_name(one), client_details.say_born(one), one.get("external_ref") or "")
        for one in found
    ]
    return page("clients.html", words=words, clients=clients)


@blueprint.get("/<uuid:client_id>")
@staff_page()
def details(desk: Desk, client_id: UUID) -> Any:
    """The Details tab."""
    client = desk.services.client(client_id)
    return page("client.html", client=client, born=client_details.say_born(client), tab="details")


@blueprint.get("/<uuid:client_id>/edit")
@staff_page(*WRITERS)
def edit(desk: Desk, client_id: UUID) -> Any:
    """The record as a form."""
    client = desk.services.client(client_id)
    return page("client_edit.html", client=client, given=client_details.as_form(client), meanwhile=[])


@blueprint.post("/<uuid:client_id>/edit")
@staff_page(*WRITERS)
def post_edit(desk: Desk, client_id: UUID) -> Any:
    """Saves what differs from the record that was shown; a change by somebody else is shown beside the entries."""
    given, version = form(), posted_number("version")
    client = desk.services.client(client_id)
    values, errors = client_details.read_form(given)
    if errors:
        return page("client_edit.html", 422, errors=errors, client=client, given=given, version=version, meanwhile=[])
    changes = client_details.changes(values, client)
    if not changes:
        return done("client", "client.details", client_id=client_id)
    try:
        desk.services.change_client(client_id, version, changes)
    except Refused as refusal:
        if refusal.code == "changed_meanwhile":
            return _changed_meanwhile(desk.services.client(client_id), given)
        if refusal.code != "invalid":
            raise
        errors = told_errors(refusal.facts, client_details.LABELS)
        return page("client_edit.html", 422, errors=errors, client=client, given=given, version=version, meanwhile=[])
    return done("client", "client.details", client_id=client_id)


def _changed_meanwhile(client: Mapping[str, Any], given: dict[str, str]) -> Any:
    differing = client_details.differences(given, client)
    errors = {"": say_refusal("changed_meanwhile")}
    return page("client_edit.html", 409, errors=errors, client=client, given=given, meanwhile=differing)


@blueprint.post("/<uuid:client_id>/unlock")
@staff_page(*WRITERS)
def unlock(desk: Desk, client_id: UUID) -> Any:
    """Earlier wrong tries no longer count (F14)."""
    desk.services.unlock_client(client_id)
    return done("unlocked", "client.details", client_id=client_id)


@blueprint.get("/<uuid:client_id>/appointments")
@staff_page()
def appointments(desk: Desk, client_id: UUID) -> Any:
    """The Appointments tab: upcoming ones, and previous ones page by page."""
    client = desk.services.client(client_id)
    upcoming = desk.services.appointments_of(client_id, "upcoming", 1)
    previous = desk.services.appointments_of(client_id, "previous", asked_page())
    told = rows(desk.services, [*upcoming["appointments"], *previous["appointments"]], catalogue_of(desk.services))
    cut = len(upcoming["appointments"])
    given = {"upcoming": told[:cut], "previous": told[cut:], "number": previous["page"], "pages": previous["pages"]}
    return page("client_appointments.html", client=client, tab="appointments", **given)


@blueprint.get("/<uuid:client_id>/history")
@staff_page()
def history(desk: Desk, client_id: UUID) -> Any:
    """The History tab: what happened to the upcoming appointments and to a page of previous ones, what was refused."""
    client = desk.services.client(client_id)
    previous = desk.services.appointments_of(client_id, "previous", asked_page())
    upcoming = (
        desk.services.appointments_of(client_id, "upcoming", 1) if previous["page"] == 1 else {"appointments": []}
    )
    listed = [*upcoming["appointments"][:HISTORIES], *previous["appointments"]]
    found = [(one, desk.services.history(UUID(one["id"]))) for one in listed]
    names = names_for(desk.services, listed, [entry for _, entries in found for entry in entries])
    catalogue = catalogue_of(desk.services)
    refused = desk.services.refusals(client=client_id)["refusals"]
    not_let_in = desk.services.confirmation_refusals(client=client_id)["refusals"]
    moments = [moment for one, entries in found for moment in timeline(entries, one, names, desk.practice.zone)]
    return page(
        "client_history.html",
        client=client,
        tab="history",
        moments=sorted(moments, key=lambda moment: -moment.position),
        appointments={one["id"]: row(one, names, catalogue) for one in listed},
        number=previous["page"],
        pages=previous["pages"],
        refused=told_refusals(desk.services, refused[:SHOWN], desk.practice.zone),
        not_let_in=told_confirmations(desk.services, not_let_in[:SHOWN], desk.practice.zone),
    )
