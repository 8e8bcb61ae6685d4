"""Every event type there is: its class, its current schema version, who publishes it, and its upcasters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.contracts import appointments, availability, erasure, identity, refusals

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Pure JSON to JSON, one schema version to the next. Never deleted, never changed."""


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


def _catalog() -> dict[str, EventType]:
    published: dict[str, tuple[type, ...]] = {
        "appointments": (
            appointments.AppointmentBooked,
            appointments.AppointmentImported,
            appointments.AppointmentRescheduled,
            appointments.AppointmentCancelled,
            appointments.AppointmentStatusChanged,
            appointments.AppointmentRulesChanged,
            appointments.PaymentRecorded,
            appointments.RefundRecorded,
            appointments.ClientMessageLeft,
            appointments.ClientMessageRead,
            appointments.ClientMessageDealtWith,
            appointments.ClientMessageReopened,
            appointments.PortalSettingsChanged,
            refusals.ChangeRefused,
        ),
        "identity": (
            identity.PracticeCreated,
            identity.UserRegistered,
            identity.ClientRegistered,
            identity.ClientDetailsChanged,
            identity.ClientUnlocked,
            identity.ClientMessagesUnsealed,
            identity.SignInLinkRequested,
            refusals.ConfirmationRefused,
            erasure.ClientErased,
            erasure.LegalHoldPlaced,
            erasure.LegalHoldLifted,
            erasure.ClientRecordExported,
        ),
        "availability": (availability.OnlineBookingSwitched, availability.AvailabilityRulesChanged),
    }
    return {
        cls.__name__: EventType(cls, 1, publisher, {}) for publisher, classes in published.items() for cls in classes
    }


CATALOG: Mapping[str, EventType] = _catalog()


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
