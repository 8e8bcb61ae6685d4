"""Site administrators decide what is sent, when and in which words (F6, F43, F44); a preview shows a sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from clinic.kernel.errors import Refused
from clinic.notifications.application.ports import Practice
from clinic.notifications.domain.communication_faults import faults_in, faults_in_text, has_way_to_portal
from clinic.notifications.domain.communications import Communications, Template
from clinic.notifications.domain.default_texts import filled_subject, time_values
from clinic.notifications.domain.short_text import to_gsm
from clinic.notifications.domain.variables import LINK, URL, as_text, blocks, fill

SAMPLE_URL = "https://portal.example/p/{slug}/a/0000000000000000000000"


@dataclass(frozen=True, slots=True)
class Saved:
    """One saving, for the history: what it replaced and what holds since."""

    before: Communications
    after: Communications
    changed: tuple[str, ...]
    set_by: UUID | None
    set_at: datetime


class CommunicationsDesk(Protocol):
    """What the API reads and writes of a practice's triggers and texts; each call is a transaction of its own."""

    def now(self) -> datetime:
        """The database's present instant."""

    def decided(self, practice_id: UUID) -> Communications:
        """What holds now."""

    def decide(self, practice_id: UUID, wanted: Communications, by: UUID) -> Communications | None:
        """Saves over the version that `wanted` names; None where somebody else saved meanwhile."""

    def history(self, practice_id: UUID, page: int) -> tuple[list[Saved], int]:
        """A page of savings, newest first, and the number of pages."""


def decide(desk: CommunicationsDesk, practice_id: UUID, by: UUID, wanted: Communications) -> Communications:
    """Saves all of it or nothing. Refused: invalid with `errors` by place, changed_meanwhile."""
    errors: dict[str, list[str]] = {}
    for fault in faults_in(wanted):
        errors.setdefault(fault.place, []).append(fault.said)
    if errors:
        raise Refused("invalid", errors=errors)
    saved = desk.decide(practice_id, wanted, by)
    if saved is None:
        raise Refused("changed_meanwhile")
    return saved


def preview(template: Template, practice: Practice, now: datetime) -> Mapping[str, Any]:
    """How the text reads for a sample client, tomorrow a week at 10:20. Refused invalid, as saving would be."""
    errors: dict[str, list[str]] = {}
    for fault in faults_in_text(template, ""):
        errors.setdefault(fault.place.removeprefix("."), []).append(fault.said)
    if errors:
        raise Refused("invalid", errors=errors)
    starts_at = (now + timedelta(days=8)).replace(hour=10, minute=20, second=0, microsecond=0)
    values = sample_values(practice, starts_at)
    subject = filled_subject(template.subject, starts_at, practice.zone)
    is_mail = template.channel == "email"
    text = as_text(blocks(template.body, values)) if is_mail else to_gsm(fill(template.body, values))
    return {"subject": subject, "text": text, "has_way_to_portal": has_way_to_portal(template)}


def sample_values(practice: Practice, starts_at: datetime) -> dict[str, str]:
    """A value for every variable, of somebody who does not exist."""
    times = time_values(starts_at, practice.zone)
    url = SAMPLE_URL.replace("{slug}", practice.slug)
    before = time_values(starts_at - timedelta(days=1), practice.zone)
    return {
        **times,
        "Previous Appt. Date and Time": before["Appt. Date and Time"],
        "Client First Name": "Alex",
        "Practice Name": practice.name,
        "Practice Phone": practice.phone,
        "Clinician Name": "Dr Sample",
        "Location": "1 Sample Street",
        "Appt. Status": "Confirmed",
        LINK: url,
        URL: url,
    }
