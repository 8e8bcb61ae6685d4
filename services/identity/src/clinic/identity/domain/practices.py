"""A practice, and whether its portal is open (F2, F3, F5)."""

import re
from dataclasses import dataclass
from uuid import UUID

from clinic.contracts.appointments import PortalSettings


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice with the effective state of its portal; `portal_off_text` is what to show while it is off."""

    practice_id: UUID
    slug: str
    name: str
    phone: str
    email: str
    zone: str
    nation: str
    portal_on: bool = False
    portal_off_text: str = ""


def is_slug(text: str) -> bool:
    """Whether a text can be a practice's part of an address: lower-case letters, digits and dashes."""
    return re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", text) is not None


def is_portal_on(settings: PortalSettings) -> bool:
    """The portal needs Online Booking 2.0; an edition lowered later makes it behave as off (F2)."""
    return settings.portal_on and settings.online_booking_edition == "v2"


def off_text(settings: PortalSettings) -> str:
    """The text shown while the portal is off: that of Online Booking where that is off too (F5)."""
    return settings.portal_off_text if settings.online_booking_on else settings.online_booking_off_text
