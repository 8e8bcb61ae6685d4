"""The ledger's present word on an appointment, over HTTP."""

from datetime import datetime
from uuid import UUID

from clinic.identity.domain.links import AppointmentTime
from clinic.infra.service_client import ServiceClient
from clinic.kernel.errors import Refused, Unavailable

DEADLINE_SECONDS = 0.5


class HttpAppointments:
    """`GET /v1/appointments/<id>/state`."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def time_of(self, practice_id: UUID, appointment_id: UUID) -> AppointmentTime | None:
        """None for `not_found`; Unavailable for everything else that is no answer."""
        path = f"/v1/appointments/{appointment_id}/state"
        try:
            answer = self._client.get(path, practice=str(practice_id), timeout=DEADLINE_SECONDS)
            return AppointmentTime(UUID(answer["client_id"]), datetime.fromisoformat(answer["starts_at"]))
        except Refused as refusal:
            if refusal.code == "not_found":
                return None
            raise Unavailable(f"appointments: {refusal.code}") from refusal
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable("appointments: no state in the answer") from error
