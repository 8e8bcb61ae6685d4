"""The availability service as the client pages call it, with the client's token."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.portal.adapters.service import Service
from clinic.portal.domain.appointment import (
    Appointment,
    AppointmentType,
    Catalogue,
    Clinician,
    Location,
    OfferedDay,
    OfferedWeek,
)


class HttpAvailability:
    """`Availability` over HTTP."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def catalogue(self, token: str) -> Catalogue:
        """What the practice of the token offers."""
        return read_catalogue(self._service.get("/catalogue", token=token))

    def offered_week(self, token: str, appointment: Appointment, *, start: date | None) -> OfferedWeek:
        """The free times of one week for moving this appointment; without `start` the first week that has one.

        The appointment's own time counts as free (F21); availability is asked to know at least the appointment's
        position.
        """
        return read_week(
            self._service.get(
                "/offered-times",
                token=token,
                clinician=appointment.clinician_id,
                location=appointment.location_id,
                appointment_type=appointment.appointment_type_id,
                weeks=1,
                duration=appointment.duration_minutes,
                buffer=appointment.buffer_after_minutes,
                exclude=appointment.id,
                min_position=appointment.position,
                **{"from": start.isoformat() if start else "first"},
            )
        )


def read_catalogue(body: Mapping[str, Any]) -> Catalogue:
    """The catalogue of a JSON object of docs/http.md."""
    return Catalogue(
        locations={
            UUID(one["id"]): Location(
                UUID(one["id"]), one["name"], one["address"] or "", one["postcode"] or "", one["zone"], one["video"]
            )
            for one in body["locations"]
        },
        appointment_types={
            UUID(one["id"]): AppointmentType(
                UUID(one["id"]),
                one["name"],
                one["duration_minutes"],
                one["buffer_after_minutes"],
                one["video"],
                one["price_pence"],
                tuple(UUID(item) for item in one["clinician_ids"]),
                tuple(UUID(item) for item in one["location_ids"]),
            )
            for one in body["appointment_types"]
        },
        clinicians={
            UUID(one["id"]): Clinician(
                UUID(one["id"]),
                one["display_name"] or "",
                one["title"] or "",
                one["description"] or "",
                one["available_online"],
            )
            for one in body["clinicians"]
        },
        first_day_of_week=body["first_day_of_week"],
    )


def read_week(body: Mapping[str, Any]) -> OfferedWeek:
    """The week of a JSON object of docs/http.md; `to` is the day after the last one."""
    return OfferedWeek(
        zone=body["zone"],
        first=date.fromisoformat(body["from"]),
        last=date.fromisoformat(body["to"]) - timedelta(days=1),
        up_to_date=body["up_to_date"],
        first_week=_date(body["first_week"]),
        days=tuple(
            OfferedDay(
                date.fromisoformat(day["date"]),
                tuple(datetime.fromisoformat(time["starts_at"]) for time in day["times"]),
            )
            for day in body["days"]
        ),
        earlier_from=_date(body["earlier_from"]),
        later_from=_date(body["later_from"]),
        last_date=date.fromisoformat(body["last_date"]),
    )


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
