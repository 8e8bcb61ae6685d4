"""Events of the appointments ledger. Ids, codes, instants and numbers only: no name, no address, no free text in clear.

The one named exception is text that the practice writes for its clients (architecture.md section 3).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

Edition = Literal["none", "classic", "v2"]


@dataclass(frozen=True, slots=True)
class Window:
    """How close to the start something stays allowed: `always`, some `minutes` before the start, or `never` (F27)."""

    kind: Literal["always", "minutes", "never"]
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of time in a clinician's diary, half open.

    `starts_at` and `ends_at` are UTC instants; `zone` is the location's IANA zone and `local_start` the wall time there
    (`2026-12-02T10:20`), kept so that a new tz database can list whose wall time moved (F41). The clinician is taken
    until `ends_at + buffer_after_minutes`.
    """

    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    duration_minutes: int
    buffer_after_minutes: int


Level = Literal["practice", "type", "appointment"]
"""Which setting decided: the practice's default, its appointment type's, or the single appointment's (F18)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a type or a single appointment decides differently; None is as on the level above it (F18)."""

    may_change: bool | None = None
    may_cancel: bool | None = None
    may_leave_message: bool | None = None
    edit_window: Window | None = None
    cancellation_window: Window | None = None


@dataclass(frozen=True, slots=True)
class RulesFrom:
    """Which level each effective rule came from."""

    may_change: Level = "practice"
    may_cancel: Level = "practice"
    may_leave_message: Level = "practice"
    edit_window: Level = "practice"
    cancellation_window: Level = "practice"


@dataclass(frozen=True, slots=True)
class PolicySnapshot:
    """What was allowed at the decision: makes as-of and what-if need no other rows.

    Abilities and windows are the effective ones; `rules_from` says which level each came from, None in events that were
    recorded before types and appointments could differ.
    """

    settings_version: int
    online_booking_edition: Edition
    portal_on: bool
    may_change: bool
    may_cancel: bool
    edit_window: Window
    cancellation_window: Window
    clinician_available_online: bool | None
    policy_text_version: int
    rules_version: int | None
    rules_from: RulesFrom | None = None


@dataclass(frozen=True, slots=True)
class AppointmentBooked:
    """A staff member booked an appointment. `revision` is 1."""

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    slot: Slot
    status: str
    occupies: bool
    revision: int
    overlap_accepted: bool
    video: bool


@dataclass(frozen=True, slots=True)
class AppointmentImported:
    """An appointment taken over from another system (F49): nobody is told, whatever its time."""

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    slot: Slot
    status: str
    occupies: bool
    revision: int
    overlap_accepted: bool
    video: bool
    external_ref: str


@dataclass(frozen=True, slots=True)
class AppointmentRescheduled:
    """Date and time changed, nothing else (F17). `message_id` names the message that the client left with it."""

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    old: Slot
    new: Slot
    status: str
    revision: int
    overlap_accepted: bool
    message_id: UUID | None
    policy: PolicySnapshot


@dataclass(frozen=True, slots=True)
class Paid:
    """What had been paid for an appointment and what of it was already refunded, in `currency` (ISO 4217).

    Amounts are in the currency's hundredths; `refunded_pence` is part of `amount_pence`, never more.
    """

    amount_pence: int
    refunded_pence: int
    currency: str

    @property
    def kept_pence(self) -> int:
        """What was paid and not refunded: whether that is refunded is for the practice (F34)."""
        return self.amount_pence - self.refunded_pence


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    """The appointment will not take place; its time is free (F24-F28).

    `policy_text` is the wording that was shown before the client confirmed, empty for a cancellation by staff (F25).
    `paid` is what had been paid and refunded by then, None where nobody paid: whether anything is refunded is for the
    practice (F34).
    """

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    slot: Slot
    old_status: str
    status: str
    revision: int
    message_id: UUID | None
    policy: PolicySnapshot
    policy_text: str
    paid: Paid | None = None


@dataclass(frozen=True, slots=True)
class AppointmentStatusChanged:
    """Staff or an import gave the appointment another status; `occupies` is whether it takes time now (F26)."""

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    slot: Slot
    old_status: str
    status: str
    occupies: bool
    revision: int
    overlap_accepted: bool


@dataclass(frozen=True, slots=True)
class AppointmentRulesChanged:
    """What a client may do with this appointment differs from its type and practice as `rules` says (F18).

    Nothing that the client was told changes: the revision stays.
    """

    appointment_id: UUID
    client_id: UUID
    rules: Rules


PaymentMethod = Literal["online", "card", "cash", "transfer", "other"]


@dataclass(frozen=True, slots=True)
class PaymentRecorded:
    """Somebody paid for the appointment; recorded by an import or by staff (F34). In the appointment's own stream.

    `external_ref` names it in the system it was taken over from; empty where staff recorded it.
    """

    payment_id: UUID
    appointment_id: UUID
    client_id: UUID
    amount_pence: int
    currency: str
    method: PaymentMethod
    paid_at: datetime
    external_ref: str = ""


@dataclass(frozen=True, slots=True)
class RefundRecorded:
    """Staff noted a refund that they made by hand: nothing is ever refunded by the portal (F34)."""

    refund_id: UUID
    appointment_id: UUID
    client_id: UUID
    amount_pence: int
    currency: str
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text that only identity can read: X25519 + HKDF-SHA256 + AES-256-GCM, AAD = the event's id. Base64, no padding.

    `key_id` names the client's key; when that is destroyed the text is gone for good (F52).
    """

    key_id: UUID
    ephemeral_public_key: str
    nonce: str
    ciphertext: str


@dataclass(frozen=True, slots=True)
class ClientMessageLeft:
    """The client left a message with a change or a cancellation; its own stream is `message-<message_id>`."""

    message_id: UUID
    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    about: Literal["change", "cancel"]
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class ClientMessageRead:
    """A user read the message; recorded once per user, who is in the envelope (F33)."""

    message_id: UUID
    appointment_id: UUID
    client_id: UUID


@dataclass(frozen=True, slots=True)
class ClientMessageDealtWith:
    """A user dealt with what the message asks for (F33)."""

    message_id: UUID
    appointment_id: UUID
    client_id: UUID


@dataclass(frozen=True, slots=True)
class ClientMessageReopened:
    """It was marked as dealt with and is to be dealt with after all."""

    message_id: UUID
    appointment_id: UUID
    client_id: UUID


@dataclass(frozen=True, slots=True)
class AppointmentStatus:
    """A status that an appointment can have. Only attending ones occupy time (F26).

    `code` never changes; `name` is internal; `client_wording` is what clients read instead of the name.
    """

    code: str
    name: str
    attending: bool
    client_wording: str


@dataclass(frozen=True, slots=True)
class TypeRules:
    """What one appointment type decides differently from the practice (F18)."""

    appointment_type_id: UUID
    rules: Rules


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """All that a practice decides about its portal. `version` rises by one with every change.

    `online_payments_on` only says whether clients are shown what was paid: the portal takes no money (F34).
    """

    version: int
    online_booking_edition: Edition
    online_booking_on: bool
    online_booking_off_text: str
    portal_on: bool
    portal_off_text: str
    may_view_upcoming: bool
    may_view_previous: bool
    may_change: bool
    may_cancel: bool
    may_leave_message: bool
    edit_window: Window
    cancellation_window: Window
    statuses: tuple[AppointmentStatus, ...]
    booked_status: str
    cancellation_status: str
    policy_text_version: int
    policy_text: str
    online_payments_on: bool = False
    type_rules: tuple[TypeRules, ...] = ()


@dataclass(frozen=True, slots=True)
class PortalSettingsChanged:
    """The practice's settings are now these; `changed` names the fields that differ from the version before."""

    settings: PortalSettings
    changed: tuple[str, ...] = field(default=())
