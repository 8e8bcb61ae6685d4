"""The appointments service as the client pages call it, with the client's token."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import utc_text
from clinic.portal.adapters.service import Service
from clinic.portal.application.ports import Done, When
from clinic.portal.domain.appointment import Appointment, AppointmentPage, Paid, Permission, Window


class HttpAppointments:
    """`Appointments` over HTTP."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def appointment(self, token: str, appointment_id: UUID, *, min_position: int | None = None) -> Appointment:
        """The appointment; Refused `not_found` when it is not there or not theirs."""
        return read_appointment(
            self._service.get(f"/appointments/{appointment_id}", token=token, min_position=min_position)
        )

    def client_list(self, token: str, client_id: UUID, when: When, page: int) -> AppointmentPage:
        """One page; Refused `forbidden` where the practice does not show them. All that is recorded is waited for."""
        found = self._service.get("/appointments", token=token, client=client_id, when=when, page=page)
        shown = tuple(read_appointment(each) for each in found["appointments"])
        return AppointmentPage(shown, found["page"], found["pages"])

    def reschedule(
        self, token: str, appointment_id: UUID, *, command_id: UUID, revision: int, starts_at: datetime, message: str
    ) -> Done:
        """Moves the appointment; the same `command_id` again gives the same answer."""
        body = {"command_id": str(command_id), "revision": revision, "starts_at": utc_text(starts_at)}
        return self._command(token, appointment_id, "reschedule", body, message)

    def cancel(
        self,
        token: str,
        appointment_id: UUID,
        *,
        command_id: UUID,
        revision: int,
        policy_text_version: int,
        message: str,
    ) -> Done:
        """Cancels the appointment under the policy text that was shown."""
        body = {"command_id": str(command_id), "revision": revision, "policy_text_version": policy_text_version}
        return self._command(token, appointment_id, "cancel", body, message)

    def _command(self, token: str, appointment_id: UUID, verb: str, body: dict[str, Any], message: str) -> Done:
        given = {**body, **({"message": message} if message else {})}
        answer = self._service.post(f"/appointments/{appointment_id}/{verb}", given, token=token)
        return Done(answer["outcome"], read_appointment(answer["appointment"]), answer["position"])


def read_appointment(body: Mapping[str, Any]) -> Appointment:
    """The appointment of a JSON object of docs/http.md."""
    return Appointment(
        id=UUID(body["id"]),
        client_id=UUID(body["client_id"]),
        clinician_id=UUID(body["clinician_id"]),
        location_id=UUID(body["location_id"]),
        appointment_type_id=UUID(body["appointment_type_id"]),
        starts_at=datetime.fromisoformat(body["starts_at"]),
        ends_at=datetime.fromisoformat(body["ends_at"]),
        zone=body["zone"],
        duration_minutes=body["duration_minutes"],
        buffer_after_minutes=body["buffer_after_minutes"],
        status=body["status"],
        status_for_client=body["status_for_client"],
        cancelled=body["cancelled"],
        past=body["past"],
        video=body["video"],
        revision=body["revision"],
        position=body["position"],
        overlap_accepted=body["overlap_accepted"],
        may_change=Permission(body["may_change"]["allowed"], body["may_change"]["reason"]),
        may_cancel=Permission(body["may_cancel"]["allowed"], body["may_cancel"]["reason"]),
        may_leave_message=body["may_leave_message"],
        policy_text=body["policy"]["text"],
        policy_text_version=body["policy"]["text_version"],
        edit_window=_window(body["edit_window"]),
        cancellation_window=_window(body["cancellation_window"]),
        paid=_paid(body.get("paid")),
    )


def _paid(body: Mapping[str, Any] | None) -> Paid | None:
    return Paid(body["amount_pence"], body["refunded_pence"], body["currency"]) if body else None


def _window(body: Mapping[str, Any]) -> Window:
    return Window(body["kind"], body["minutes"] if body["kind"] == "minutes" else None)
