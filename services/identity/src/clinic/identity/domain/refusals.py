"""Confirmations of identity that failed are facts (F53, ADR 0033): which of them, and how many of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from clinic.contracts.refusals import ConfirmationRefused
from clinic.identity.domain.confirmation import Outcome
from clinic.identity.domain.links import Link

WITHIN = timedelta(hours=1)
PER_LINK = 10
"""So many refusals at one link are recorded within an hour. F14 limits wrong posts already, not those after them."""


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """A refused confirmation as staff see it."""

    position: int
    recorded_at: datetime
    link: Literal["appointment", "sign_in"]
    link_id: UUID
    appointment_id: UUID | None
    client_id: UUID | None
    code: str


def confirmation_refused(link: Link, outcome: Outcome, refusal_id: UUID) -> ConfirmationRefused | None:
    """The fact that the holder of a link did not confirm who they are; None for every other outcome.

    Neither what was typed nor which of the facts was wrong is in it. A sign-in link is a contact's: it names nobody.
    """
    if outcome not in ("mismatch", "too_many_tries", "record_incomplete"):
        return None
    its_clients = link.kind == "appointment"
    return ConfirmationRefused(
        refusal_id=refusal_id,
        link=link.kind,
        link_id=link.link_id,
        appointment_id=link.appointment_id if its_clients else None,
        client_id=link.client_id if its_clients else None,
        code=outcome,
    )
