"""A client's whole record as two files: all services contribute, identity unseals and records (F52)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from clinic.identity.application.clients import SealedMessage, unseal_messages
from clinic.identity.application.handing_out import Held, hand_out
from clinic.identity.application.ports import Ports
from clinic.infra.client_record import (
    ClientRecord,
    Contribution,
    Section,
    contributors,
    plain,
    plain_value,
    put_together,
)
from clinic.infra.client_record_page import as_page
from clinic.infra.private_files import write_private
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import SYSTEM, Actor

REASON = "subject access export"
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


def export(ports: Ports, practice_id: UUID, client_id: UUID, directory: str) -> list[Path]:
    """Writes `<client>.json` and `<client>.html`, readable by their owner only; that they were is recorded first."""
    contributions = [contribute(practice_id, client_id) for _, contribute in contributors()]
    record = collect(ports, practice_id, client_id, contributions)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"json": json.dumps(record.as_json(), indent=2, ensure_ascii=False) + "\n", "html": as_page(record)}
    files = []
    for ending, text in texts.items():
        file = folder / f"{client_id}.{ending}"
        write_private(file, text)
        files.append(file)
    return files


def collect(
    ports: Ports, practice_id: UUID, client_id: UUID, contributions: Sequence[Contribution], user_id: UUID | None = None
) -> ClientRecord:
    """The record of identity and of everybody who contributes, in words."""
    sealed = {event_id: text for one in contributions for event_id, text in one.sealed.items()}
    held = hand_out(ports, practice_id, client_id, user_id, tuple(sealed))
    messages = [SealedMessage(event_id, text.key_id, text) for event_id, text in sealed.items()]
    actor = Actor("staff", user_id) if user_id else SYSTEM
    texts = unseal_messages(ports, practice_id, client_id, REASON, messages, actor) if messages else {}
    with ports.store.rows(practice_id) as rows:
        practice, users = rows.practice(), rows.users()
        handed_out_at = rows.now()
    if practice is None:
        raise Refused("not_found")
    (record,) = held["record"]
    client = f"{record['first_name']} {record['last_name']}".strip()
    about = {"client": client, "practice": practice.name, "handed_out_at": plain_value(handed_out_at)}
    names = {str(user.user_id): user.name for user in users} | {str(client_id): client}
    return put_together(about, _sections(held), contributions, texts, names)


def _sections(held: Held) -> list[Section]:
    return [
        Section("identity", TITLES[kind], [_entry(kind, entry) for entry in entries]) for kind, entries in held.items()
    ]


def _entry(kind: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "last_import":
        return dict(entry["said"])
    return plain(entry)
