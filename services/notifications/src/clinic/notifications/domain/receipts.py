"""What a provider says later of a message that it heard of, and what becomes of the message then (F47, ADR 22)."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from clinic.notifications.domain.messages import State

Said = Literal["taken", "delivered", "failed"]
_OPEN: tuple[State, ...] = ("queued", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's later word on one message of one practice; `reason` only where it failed, in words for staff."""

    practice_id: UUID
    message_id: UUID
    said: Said
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a message stands: its state, whether a provider can have heard of it, whether it was delivered."""

    state: State
    attempted: bool
    delivered: bool


def after(standing: Standing, said: Said) -> Standing | None:
    """The standing that follows, None where nothing changes. The order of receipts makes no difference to the end.

    *failed* is never taken back; *unknown* becomes what the provider knows.
    """
    if not standing.attempted or standing.state in ("failed", "suppressed"):
        return None
    match said:
        case "failed":
            return Standing("failed", True, False)
        case "delivered" if not standing.delivered:
            return Standing("sent", True, True)
        case "taken" if standing.state in _OPEN:
            return Standing("sent", True, standing.delivered)
    return None
