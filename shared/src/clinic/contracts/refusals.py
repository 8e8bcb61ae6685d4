"""Refusals are facts too (F53): that something was asked for and refused, by which rule, never what was guessed.

Each is in a stream of its own, so that no refusal stands in the way of a change.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from clinic.contracts.appointments import PolicySnapshot, Slot


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """A change or a cancellation of an appointment was asked for and refused; the stream is `refusal-<command_id>`.

    `code` is the broken rule (docs/http.md), `slot` the appointment's time at that moment, `wanted_starts_at` the time
    asked for (None for a cancellation). `policy` says what was allowed then, so that another policy can be tried on it
    (F54). `unrecorded_before` counts the refusals of the same appointment that the rate limit left out since the last
    recorded one.
    """

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    wanted: Literal["change", "cancel"]
    code: str
    slot: Slot
    wanted_starts_at: datetime | None
    revision: int
    policy: PolicySnapshot
    unrecorded_before: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmationRefused:
    """Whoever held a link did not confirm who they are (F14, F53); the stream is `confirmation-<refusal_id>`.

    `appointment_id` and `client_id` are known of an appointment link only: a sign-in link belongs to a contact.
    """

    refusal_id: UUID
    link: Literal["appointment", "sign_in"]
    link_id: UUID
    appointment_id: UUID | None
    client_id: UUID | None
    code: Literal["mismatch", "too_many_tries", "record_incomplete"]
