"""What can be asked of an appointment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.contracts.appointments import PaymentMethod, Rules


@dataclass(frozen=True, slots=True)
class BookAppointment:
    """Staff book an appointment for a client. The id of the new appointment is minted by the handler."""

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    starts_at: datetime
    overlap_accepted: bool


@dataclass(frozen=True, slots=True)
class RescheduleAppointment:
    """Another date and time; `revision` is the one that the person saw. `message` only from a client."""

    appointment_id: UUID
    revision: int
    starts_at: datetime
    message: str = ""
    overlap_accepted: bool = False


@dataclass(frozen=True, slots=True)
class CancelAppointment:
    """The appointment will not take place. `policy_text_version` is the wording that the client was shown, if any."""

    appointment_id: UUID
    revision: int
    policy_text_version: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """Staff give the appointment another status of the practice's list (F26)."""

    appointment_id: UUID
    revision: int
    status: str
    overlap_accepted: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """Staff decide what a client may do with this one appointment; `Rules()` gives it back to type and practice."""

    appointment_id: UUID
    revision: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Staff note that somebody paid. The portal takes no money (F34)."""

    appointment_id: UUID
    amount_pence: int
    currency: str
    method: PaymentMethod
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class RecordRefund:
    """Staff note a refund that they made by hand (F34)."""

    appointment_id: UUID
    amount_pence: int
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """Availability's answer about a wanted time, with the rules of availability only: *busy* is the ledger's word.

    `offered` is whether its rules offer the time, `available_online` the clinician's switch, `zone` the location's.
    """

    offered: bool
    available_online: bool
    duration_minutes: int
    buffer_after_minutes: int
    zone: str
    video: bool
    rules_version: int
