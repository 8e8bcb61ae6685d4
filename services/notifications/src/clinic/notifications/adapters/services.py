"""What identity, appointments and availability know, over HTTP (docs/http.md)."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from clinic.infra.service_client import ServiceClient
from clinic.kernel.errors import Refused
from clinic.notifications.application.ports import Colleague, Minted, Place, Practice
from clinic.notifications.domain.delivery import AppointmentNow, Contact, NextOfKin
from clinic.notifications.domain.messages import Told

REMEMBERED_SECONDS = 15.0
T = TypeVar("T")


class HttpDirectory:
    """The `Directory` port. A practice's name and catalogue are remembered for seconds, nothing of a person ever is."""

    def __init__(self, identity: ServiceClient, appointments: ServiceClient, availability: ServiceClient) -> None:
        self._identity = identity
        self._appointments = appointments
        self._availability = availability
        self._remembered: dict[tuple[str, UUID], tuple[float, Any]] = {}

    def appointment(self, practice_id: UUID, appointment_id: UUID) -> AppointmentNow | None:
        """The ledger's present word."""
        state = self._state(practice_id, appointment_id)
        if state is None:
            return None
        return AppointmentNow(
            revision=state["revision"],
            starts_at=_instant(state["starts_at"]),
            ends_at=_instant(state["ends_at"]),
            zone=state["zone"],
            cancelled=state["cancelled"],
            clinician_id=UUID(state["clinician_id"]),
            location_id=UUID(state["location_id"]),
            video=state["video"],
            status_for_client=state.get("status_for_client", ""),
        )

    def told(self, practice_id: UUID, appointment_id: UUID) -> tuple[Told, UUID] | None:
        """The present state as something to tell."""
        state = self._state(practice_id, appointment_id)
        if state is None:
            return None
        told = Told(
            kind="cancelled" if state["cancelled"] else "confirmation",
            appointment_id=appointment_id,
            client_id=UUID(state["client_id"]),
            revision=state["revision"],
            old_starts_at=None,
            starts_at=_instant(state["starts_at"]),
            ends_at=_instant(state["ends_at"]),
            zone=state["zone"],
        )
        return told, UUID(state["appointment_type_id"])

    def contact(self, practice_id: UUID, client_id: UUID) -> Contact | None:
        """What identity has on record at this moment."""
        found = _or_none(lambda: self._identity.get(f"/v1/clients/{client_id}/contact", practice=practice_id))
        if found is None:
            return None
        return Contact(
            first_name=found["first_name"],
            last_name=found["last_name"],
            email=found["email"] or "",
            mobile=found["mobile"] or "",
            email_opt_in=found["email_opt_in"],
            sms_opt_in=found["sms_opt_in"],
            next_of_kin=_next_of_kin(found.get("next_of_kin")),
        )

    def user(self, practice_id: UUID, user_id: UUID) -> Colleague | None:
        """What identity has on record at this moment."""
        found = _or_none(lambda: self._identity.get(f"/v1/users/{user_id}/contact", practice=practice_id))
        return Colleague(found["name"], found["email"]) if found else None

    def practice(self, practice_id: UUID) -> Practice:
        """Name, address of the portal, phone, e-mail."""

        def ask() -> Practice:
            found = self._identity.get(f"/v1/practices/{practice_id}")
            return Practice(
                id=practice_id,
                name=found["name"],
                slug=found["slug"],
                phone=found["phone"],
                email=found["email"],
                zone=found["zone"],
            )

        return self._remember(("practice", practice_id), ask)

    def place(self, practice_id: UUID, appointment: AppointmentNow) -> Place:
        """Names from availability's catalogue."""
        catalogue = self._remember(
            ("catalogue", practice_id), lambda: self._availability.get("/v1/catalogue", practice=practice_id)
        )
        location = _by_id(catalogue["locations"], appointment.location_id)
        clinician = _by_id(catalogue["clinicians"], appointment.clinician_id)
        parts = (location.get("name"), location.get("address"), location.get("postcode"))
        return Place(
            location=", ".join(" ".join(part.split()) for part in parts if part),
            clinician=clinician.get("display_name") or self._name_of(practice_id, appointment.clinician_id),
        )

    def link(self, practice_id: UUID, client_id: UUID, appointment_id: UUID) -> str:
        """Minted now; identity keeps the hash only."""
        body = {"client_id": str(client_id), "appointment_id": str(appointment_id)}
        answer = self._identity.post(f"/v1/links?practice={practice_id}", body)
        return str(answer["url"])

    def mint(self, practice_id: UUID, request_id: UUID) -> Minted | None:
        """Minted now; it replaces the contact's older ones."""
        path = f"/v1/sign-in-links/{request_id}/mint?practice={practice_id}"
        found = _or_none(lambda: self._identity.post(path, {}))
        return Minted(str(found["url"]), found["channel"], str(found["address"])) if found else None

    def _name_of(self, practice_id: UUID, user_id: UUID) -> str:
        """A clinician who is not shown online may have no display name: then the user's name."""
        body = {"clients": [], "users": [str(user_id)]}
        names = self._identity.post(f"/v1/names?practice={practice_id}", body)
        return str(names["users"].get(str(user_id), ""))

    def _state(self, practice_id: UUID, appointment_id: UUID) -> dict[str, Any] | None:
        return _or_none(
            lambda: self._appointments.get(f"/v1/appointments/{appointment_id}/state", practice=practice_id)
        )

    def _remember(self, key: tuple[str, UUID], ask: Callable[[], T]) -> T:
        until, known = self._remembered.get(key, (0.0, None))
        if time.monotonic() < until:
            return known  # type: ignore[no-any-return]
        found = ask()
        self._remembered[key] = (time.monotonic() + REMEMBERED_SECONDS, found)
        return found


def _next_of_kin(found: dict[str, Any] | None) -> NextOfKin | None:
    if not found:
        return None
    return NextOfKin(
        name=found["name"] or "",
        email=found["email"] or "",
        mobile=found["mobile"] or "",
        email_opt_in=found["email_opt_in"],
        sms_opt_in=found["sms_opt_in"],
    )


def _or_none(ask: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return ask()
    except Refused as refusal:
        if refusal.code == "not_found":
            return None
        raise


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _by_id(rows: list[dict[str, Any]], wanted: UUID) -> dict[str, Any]:
    return next((row for row in rows if row["id"] == str(wanted)), {})
