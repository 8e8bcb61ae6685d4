"""What was shown at an earlier moment, and the ledger as a download: site administrators and auditors only (F50)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint

from clinic.appointments.adapters.export import CONTENT_TYPES, count_events, export
from clinic.appointments.adapters.sealed_state import sealed_state
from clinic.appointments.application import as_of
from clinic.appointments.application.as_of import Standing
from clinic.appointments.bootstrap import Parts
from clinic.appointments.entrypoints import audit_schemas
from clinic.appointments.entrypoints.answers import entry_json
from clinic.appointments.entrypoints.asked_by import asked_by
from clinic.appointments.entrypoints.message_routes import message_json
from clinic.contracts.identity import AUDITORS
from clinic.infra.api import allow


def audit_routes(parts: Parts) -> Blueprint:
    """`/v1/as-of/…`, `/v1/ledger/events`, `/v1/ledger/head`."""
    blueprint = Blueprint("audit", __name__, url_prefix="/v1", description="The past, for auditors")
    _shown_then(blueprint, parts)
    _of_clients(blueprint, parts)
    _exported(blueprint, parts)
    _sealed(blueprint, parts)
    return blueprint


def _sealed(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/ledger/head")
    @allow("staff", roles=AUDITORS)
    @blueprint.response(200, audit_schemas.SealedSchema)
    def head() -> Response:
        """How far the practice's ledger is sealed (F51); nulls where nothing is."""
        return jsonify(sealed_state(parts.database, asked_by().practice_id))


def _shown_then(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/as-of/diary")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(audit_schemas.DiaryThenSchema, location="query")
    @blueprint.response(200, audit_schemas.DiaryThenAnswerSchema)
    def diary(query: dict[str, Any]) -> Response:
        """The diary as staff were shown it at `at`."""
        period = (query["from_"], query["to"], query["clinician"])
        return jsonify(as_of.diary_as_of(parts.past, _standing(parts, query), *period))

    @blueprint.get("/as-of/settings")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(audit_schemas.AtSchema, location="query")
    @blueprint.response(200, audit_schemas.SettingsThenSchema)
    def settings(query: dict[str, Any]) -> Response:
        """The settings that held at `at`, with the policy's text and its version."""
        return jsonify(as_of.settings_as_of(parts.past, _standing(parts, query)))


def _of_clients(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/as-of/appointments")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(audit_schemas.ListThenSchema, location="query")
    @blueprint.response(200, audit_schemas.PageThenSchema)
    def list_(query: dict[str, Any]) -> Response:
        """A client's list as the client was shown it at `at`."""
        standing = _standing(parts, query)
        return jsonify(
            as_of.list_as_of(parts.past, parts.availability, standing, query["client"], query["when"], query["page"])
        )

    @blueprint.get("/as-of/appointments/<uuid:appointment_id>")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(audit_schemas.AtSchema, location="query")
    @blueprint.response(200, audit_schemas.AppointmentThenSchema)
    def appointment(query: dict[str, Any], appointment_id: UUID) -> Response:
        """One appointment as its client was shown it at `at`."""
        standing = _standing(parts, query)
        return jsonify(as_of.appointment_as_of(parts.past, parts.availability, standing, appointment_id))

    @blueprint.get("/as-of/messages")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(audit_schemas.ClientThenSchema, location="query")
    @blueprint.response(200, audit_schemas.MessagesThenSchema)
    def messages(query: dict[str, Any]) -> Response:
        """What a client had written until `at`, sealed, newest first."""
        standing = _standing(parts, query)
        found = as_of.messages_as_of(parts.past, standing, query["client"])
        return jsonify(messages=[message_json(one) for one in found], as_of=standing.told())


def _exported(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/ledger/events")
    @allow("staff", roles=AUDITORS)
    @blueprint.arguments(audit_schemas.ExportQuerySchema, location="query")
    @blueprint.response(200, content_type="application/jsonl")
    def events(query: dict[str, Any]) -> Response:
        """The events recorded in [from, to), in order of position; the same bytes each time. Texts stay sealed."""
        practice_id, form = asked_by().practice_id, query["format"]
        period = count_events(parts.database, practice_id, query["from_"], query["to"])
        answer = Response(export(parts.database, practice_id, period, form), content_type=CONTENT_TYPES[form])
        answer.headers["Content-Disposition"] = f"attachment; filename=ledger.{form}"
        answer.headers["X-Events"] = str(period.events)
        return answer


@allow("staff", roles=AUDITORS)
def history_then(parts: Parts, at: datetime, appointment_id: UUID) -> Response:
    """An appointment's history until `at`, newest first, each entry with what it replaced by what."""
    standing = parts.past.standing(asked_by().practice_id, at)
    entries = as_of.history_as_of(parts.past, standing, appointment_id)
    told = [entry_json(entry) | {"changed": changed} for entry, changed in entries]
    return jsonify(entries=told, as_of=standing.told())


def _standing(parts: Parts, query: dict[str, Any]) -> Standing:
    return parts.past.standing(asked_by().practice_id, query["at"])
