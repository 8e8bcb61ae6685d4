"""Availability over HTTP: the commit check has half a second (architecture.md section 1)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.appointments.domain.commands import Check
from clinic.infra.service_client import ServiceClient
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused, Unavailable

DEADLINE_SECONDS = 0.5


class HttpAvailability:
    """The `Availability` port."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def check(
        self,
        practice_id: UUID,
        *,
        clinician_id: UUID,
        location_id: UUID,
        appointment_type_id: UUID,
        starts_at: datetime,
        duration_minutes: int | None = None,
        buffer_after_minutes: int | None = None,
        exclude: UUID | None = None,
    ) -> Check:
        """What the rules say about one time. Refused as `invalid` for ids that availability does not know."""
        asked: dict[str, Any] = {
            "clinician_id": str(clinician_id),
            "location_id": str(location_id),
            "appointment_type_id": str(appointment_type_id),
            "starts_at": utc_text(starts_at),
            "duration_minutes": duration_minutes,
            "buffer_after_minutes": buffer_after_minutes,
            "exclude": str(exclude) if exclude else None,
        }
        body = {name: value for name, value in asked.items() if value is not None}
        try:
            answer = self._client.post(f"/v1/checks?practice={practice_id}", body, timeout=DEADLINE_SECONDS)
        except Refused as refusal:
            if refusal.code == "invalid":
                raise
            raise Unavailable(f"availability refused the check: {refusal.code}") from refusal
        except Unavailable as error:
            raise Unavailable("availability does not answer") from error
        return Check(
            offered=answer["offered"],
            available_online=answer["available_online"],
            duration_minutes=answer["duration_minutes"],
            buffer_after_minutes=answer["buffer_after_minutes"],
            zone=answer["zone"],
            video=answer["video"],
            rules_version=answer["rules_version"],
        )

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        """Whether the clinician is available for online booking; one that availability does not know is not."""
        return self._online(practice_id, clinician_id, None)

    def was_online(self, practice_id: UUID, clinician_id: UUID, at: datetime) -> bool:
        """Whether the clinician was so at an instant."""
        return self._online(practice_id, clinician_id, utc_text(at))

    def _online(self, practice_id: UUID, clinician_id: UUID, at: str | None) -> bool:
        path = f"/v1/clinicians/{clinician_id}/online"
        try:
            answer = self._client.get(path, practice=str(practice_id), at=at, timeout=DEADLINE_SECONDS)
        except Refused as refusal:
            if refusal.code in {"not_found", "unknown_clinician"}:
                return False
            raise Unavailable(f"availability refused: {refusal.code}") from refusal
        except Unavailable as error:
            raise Unavailable("availability does not answer") from error
        return bool(answer["available_online"])
