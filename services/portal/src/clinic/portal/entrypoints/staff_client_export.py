"""Everything that the services hold about a client, put together for the staff pages (F52)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.infra.client_record import ClientRecord, Contribution, Section, plain_value, put_together
from clinic.portal.application.staff.client_details import full_name
from clinic.portal.application.staff.joining import catalogue_of
from clinic.portal.application.staff.ports import StaffServices

REASON = "subject access export"
AT_ONCE = 100
TITLES = {
    "record": "The record",
    "last_import": "What the last import said",
    "search_words": "Words by which the record is found",
    "links": "Links that were sent",
    "sessions": "Visits to the portal",
    "wrong_tries": "Wrong entries at links",
    "requests_for_sign_in_links": "Requests for sign-in links",
    "legal_holds": "Legal holds",
    "what_happened": "What happened to the record",
}
SHOWN = (
    "id", "appointment_type_id", "clinician_id", "location_id", "starts_at", "ends_at", "zone", "status_name",
    "cancelled", "video",
)  # fmt: skip


def record_of(services: StaffServices, client_id: UUID, practice: str, now: datetime) -> ClientRecord:
    """Identity's part, which records that it was handed out; appointments with their history; messages both ways."""
    held = services.export_client(client_id)["identity"]
    client = full_name(services.client(client_id))
    listed = [one for when in ("upcoming", "previous") for one in _all(services, client_id, when)]
    history = [
        {"appointment_id": one["id"], "clinician_id": one["clinician_id"], **_moment(entry)}
        for one in listed
        for entry in reversed(services.history(UUID(one["id"])))
    ]
    messages = services.messages_of(client_id)
    left = [{key: value for key, value in one.items() if key not in ("sealed", "client_id")} for one in messages]
    sent = services.sent_messages(client=client_id)
    sections = (
        Section("appointments", "Appointments", [{name: one.get(name) for name in SHOWN} for one in listed]),
        Section("appointments", "What happened to the appointments", history),
        Section("appointments", "Messages that the client left", left),
        Section("notifications", "Messages that were sent", sent),
    )
    own = [
        Section("identity", TITLES.get(kind, kind), [_told(kind, one) for one in rows]) for kind, rows in held.items()
    ]
    about = {"client": client, "practice": practice, "handed_out_at": str(plain_value(now))}
    return put_together(
        about, own, [Contribution(sections)], _texts(services, client_id, messages), _names(services, client_id, client)
    )


def _all(services: StaffServices, client_id: UUID, when: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    number, pages = 1, 1
    while number <= pages:
        answer = services.appointments_of(client_id, when, number)
        found += answer["appointments"]
        number, pages = number + 1, answer["pages"]
    return found


def _moment(entry: dict[str, Any]) -> dict[str, Any]:
    actor = entry["actor"]
    told = {name: entry[name] for name in ("recorded_at", "title", "sentence")}
    return {**told, "actor_kind": actor["kind"], "actor_id": actor["id"]}


def _texts(services: StaffServices, client_id: UUID, messages: list[dict[str, Any]]) -> dict[UUID, str | None]:
    texts: dict[UUID, str | None] = {}
    for start in range(0, len(messages), AT_ONCE):
        some = [{"event_id": one["event_id"], "sealed": one["sealed"]} for one in messages[start : start + AT_ONCE]]
        texts |= {UUID(key): text for key, text in services.unseal(client_id, REASON, some).items()}
    return texts


def _names(services: StaffServices, client_id: UUID, client: str) -> dict[str, str]:
    catalogue = catalogue_of(services)
    offered = {
        key: str(one.get("name", "")) for some in (catalogue.types, catalogue.locations) for key, one in some.items()
    }
    return offered | {one["id"]: one["name"] for one in services.users()} | {str(client_id): client}


def _told(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    return dict(row["said"]) if kind == "last_import" else dict(row)
