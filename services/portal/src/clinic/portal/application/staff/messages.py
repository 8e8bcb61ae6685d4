"""A client's messages as staff read them: what the client left, and what was sent with its honest state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.kernel.client_time import say_instant_for_staff
from clinic.portal.application.staff.history import Names
from clinic.portal.application.staff.moments import read_instant
from clinic.portal.application.staff.words import CHANNELS, MESSAGE_KINDS, MESSAGE_STATES, UNKNOWN_DELIVERY

ABOUT = {"change": "with a change", "cancel": "with a cancellation"}
A_PAGE = 20


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """What the client wrote. `text` is None where the client's key was destroyed (F52).

    `dealt_with` and `read_by` are empty where nobody did (F33).
    """

    id: str
    at: str
    about: str
    text: str | None
    appointment_id: str
    appointment: str
    dealt_with: str
    read_by: str


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message of any client in the practice's list: its text is read in the client's record only."""

    id: str
    client_id: str
    client: str
    at: str
    about: str
    appointment_id: str
    appointment: str
    dealt_with: str
    read_by: str


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
    names: Names,
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
            dealt_with=say_dealt_with(one, names, zone),
            read_by=say_read_by(one, names, zone),
        )
        for one in messages
    ]


def listed(
    messages: Iterable[Mapping[str, Any]], appointments: Mapping[str, str], names: Names, zone: str
) -> list[ListedMessage]:
    """The practice's messages in the order given: newest first."""
    return [
        ListedMessage(
            id=one["message_id"],
            client_id=one["client_id"],
            client=names.client(one["client_id"]),
            at=say_instant_for_staff(read_instant(one["left_at"]), zone),
            about=ABOUT.get(one["about"], ""),
            appointment_id=one["appointment_id"],
            appointment=appointments.get(one["appointment_id"], "the appointment"),
            dealt_with=say_dealt_with(one, names, zone),
            read_by=say_read_by(one, names, zone),
        )
        for one in messages
    ]


def users_in(messages: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ids of everybody who read or dealt with them."""
    return {user["user_id"] for one in messages for user in [*one["read_by"], one["dealt_with"]] if user}


def say_dealt_with(message: Mapping[str, Any], names: Names, zone: str) -> str:
    """`Dr Bo, Wed 2 Dec 2026, 10:20`."""
    return _by(message["dealt_with"], names, zone) if message["dealt_with"] else ""


def say_read_by(message: Mapping[str, Any], names: Names, zone: str) -> str:
    """Everybody who read it, each with when."""
    return "; ".join(_by(one, names, zone) for one in message["read_by"])


def _by(one: Mapping[str, Any], names: Names, zone: str) -> str:
    return f"{names.user(one['user_id'])}, {say_instant_for_staff(read_instant(one['at']), zone)}"


def is_unread_by(message: Mapping[str, Any], user_id: str) -> bool:
    """Whether this user never read it."""
    return all(one["user_id"] != user_id for one in message["read_by"])


def page_with(messages: Sequence[Mapping[str, Any]], message_id: str, number: int) -> tuple[int, int]:
    """The page that holds the message, else page `number`; and how many there are."""
    pages = max(1, -(-len(messages) // A_PAGE))
    at = next((row for row, one in enumerate(messages) if one["message_id"] == message_id), None)
    return (min(number, pages) if at is None else at // A_PAGE + 1), pages


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
