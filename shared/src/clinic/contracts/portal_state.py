"""Whether a practice's portal is on, and what clients read while it is not: one rule for everybody who hears of it."""

from clinic.contracts.appointments import PortalSettings


def portal_is_on(settings: PortalSettings) -> bool:
    """The effective state: switched on, and the edition is the one that the portal belongs to (F2)."""
    return settings.portal_on and settings.online_booking_edition == "v2"


def off_text(settings: PortalSettings) -> str:
    """What clients read while the portal is off; online booking's own text when that is off too (F5)."""
    return settings.portal_off_text if settings.online_booking_on else settings.online_booking_off_text
