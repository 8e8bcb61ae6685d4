"""A client's messages as staff read them: what the client left, and what was sent with its honest state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.kernel.client_time import say_instant_for_staff
from clinic.portal.application.staff.moments import read_instant
from clinic.portal.application.staff.words import MESSAGE_KINDS, MESSAGE_STATES, UNKNOWN_DELIVERY

ABOUT = {"change": "with a change", "cancel": "with a cancellation"}
CHANNELS = {"email": "E-mail", "sms": "Text message"}


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """What the client wrote. `text` is None where the client's key was destroyed (F52)."""

    id: str
    at: str
    about: str
    text: str | None
    appointment_id: str
    appointment: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What was sent to the client."""

    id: str
    kind: str
    channel: str
    subject: str
    state: str
    said_state: str
    note: str
    at: str
    appointment_id: str | None
    appointment: str


def left(
    messages: Iterable[Mapping[str, Any]],
    texts: Mapping[str, str | None],
    appointments: Mapping[str, str],
    zone: str,
) -> list[LeftMessage]:
    """In the order given: newest first."""
    return [
        LeftMessage(
            id=one["message_id"],
            at=say_instant_for_staff(read_instant(one["left_at"]), zone),
            about=ABOUT.get(one["about"], ""),
            text=texts.get(one["event_id"]),
            appointment_id=one["appointment_id"],
            appointment=appointments.get(one["appointment_id"], "the appointment"),
        )
        for one in messages
    ]


def sent(
    messages: Iterable[Mapping[str, Any]], appointments: Mapping[str, str], zone: str, state: str = ""
) -> list[SentMessage]:
    """Those in `state`, all where it is empty."""
    return [_sent(one, appointments, zone) for one in messages if not state or one["state"] == state]


def _sent(one: Mapping[str, Any], appointments: Mapping[str, str], zone: str) -> SentMessage:
    at = read_instant(one["sent_at"] or one["queued_at"])
    note = one.get("reason") or (UNKNOWN_DELIVERY if one["state"] == "unknown" else "")
    return SentMessage(
        id=one["id"],
        kind=_kind(one),
        channel=CHANNELS.get(one["channel"], one["channel"]),
        subject=one.get("subject") or "",
        state=one["state"],
        said_state=MESSAGE_STATES.get(one["state"], one["state"]),
        note=note[:1].upper() + note[1:],
        at=say_instant_for_staff(at, zone),
        appointment_id=one.get("appointment_id"),
        appointment=appointments.get(one.get("appointment_id") or "", ""),
    )


def _kind(one: Mapping[str, Any]) -> str:
    """What it was; a copy says to whom it went (F45)."""
    kind = MESSAGE_KINDS.get(one["kind"], str(one["kind"]).capitalize())
    return f"{kind}, copy to the next of kin" if one.get("recipient") == "next_of_kin" else kind
