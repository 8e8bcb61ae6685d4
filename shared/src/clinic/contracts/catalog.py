"""Every event type there is: its class, its current schema version, who publishes it, and its upcasters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.contracts import appointments, availability, erasure, identity, refusals, upcasters
from clinic.contracts.upcasters import Upcaster


@dataclass(frozen=True, slots=True)
class EventType:
    """One published event type. `upcasters[n]` turns data of schema version n into n + 1."""

    cls: type
    schema_version: int
    publisher: str
    upcasters: Mapping[int, Upcaster]

    @property
    def name(self) -> str:
        """The wire type: a plain string that never changes."""
        return self.cls.__name__


class UnknownEvent(Exception):
    """A type or schema version that this release does not know: parked, and retried when a newer release starts."""


TYPES: tuple[EventType, ...] = (
    EventType(appointments.AppointmentBooked, 1, "appointments", {}),
    EventType(appointments.AppointmentImported, 1, "appointments", {}),
    EventType(appointments.AppointmentRescheduled, 1, "appointments", {}),
    EventType(appointments.AppointmentCancelled, 2, "appointments", {1: upcasters.appointment_cancelled_1_to_2}),
    EventType(appointments.AppointmentStatusChanged, 1, "appointments", {}),
    EventType(appointments.AppointmentRulesChanged, 1, "appointments", {}),
    EventType(appointments.PaymentRecorded, 1, "appointments", {}),
    EventType(appointments.RefundRecorded, 1, "appointments", {}),
    EventType(appointments.ClientMessageLeft, 1, "appointments", {}),
    EventType(appointments.ClientMessageRead, 1, "appointments", {}),
    EventType(appointments.ClientMessageDealtWith, 1, "appointments", {}),
    EventType(appointments.ClientMessageReopened, 1, "appointments", {}),
    EventType(appointments.PortalSettingsChanged, 1, "appointments", {}),
    EventType(refusals.ChangeRefused, 1, "appointments", {}),
    EventType(identity.PracticeCreated, 1, "identity", {}),
    EventType(identity.UserRegistered, 1, "identity", {}),
    EventType(identity.ClientRegistered, 1, "identity", {}),
    EventType(identity.ClientDetailsChanged, 1, "identity", {}),
    EventType(identity.ClientUnlocked, 1, "identity", {}),
    EventType(identity.ClientMessagesUnsealed, 1, "identity", {}),
    EventType(identity.SignInLinkRequested, 1, "identity", {}),
    EventType(refusals.ConfirmationRefused, 1, "identity", {}),
    EventType(erasure.ClientErased, 1, "identity", {}),
    EventType(erasure.LegalHoldPlaced, 1, "identity", {}),
    EventType(erasure.LegalHoldLifted, 1, "identity", {}),
    EventType(erasure.ClientRecordExported, 1, "identity", {}),
    EventType(availability.OnlineBookingSwitched, 1, "availability", {}),
    EventType(availability.AvailabilityRulesChanged, 1, "availability", {}),
)
"""A row is never taken out; a new schema version raises the number and adds the upcaster from the one before."""

CATALOG: Mapping[str, EventType] = {known.name: known for known in TYPES}


def lookup(type_name: str) -> EventType:
    """The type by its wire name; UnknownEvent where there is none."""
    try:
        return CATALOG[type_name]
    except KeyError:
        raise UnknownEvent(f"unknown event type {type_name!r}") from None


def upcast(type_name: str, schema_version: int, data: dict[str, Any]) -> dict[str, Any]:
    """The data in the current schema version. A version from the future, or below 1, is an UnknownEvent."""
    known = lookup(type_name)
    if not 1 <= schema_version <= known.schema_version:
        raise UnknownEvent(f"unknown schema version {schema_version} of {type_name}")
    for version in range(schema_version, known.schema_version):
        data = known.upcasters[version](data)
    return data
