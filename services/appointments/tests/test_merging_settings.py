"""What a further import takes of the settings: never two that do not fit each other (ADR 0025)."""

from dataclasses import replace
from typing import Any

import pytest

from clinic.appointments.application.import_settings import CHANGED_HERE, NOT_FITTING, merged_settings, said_of
from clinic.appointments.domain.portal_settings import STATUSES, broken_rules
from clinic.contracts.appointments import AppointmentStatus, PortalSettings

OTHERS = (AppointmentStatus("new", "New", True, "New"), AppointmentStatus("gone", "Gone", False, "Cancelled"))


def reasons(left: Any) -> dict[str, str]:
    """Column → why it stays."""
    return {one.column: one.reason for one in left}


@pytest.fixture
def imported(settings: PortalSettings) -> PortalSettings:
    """As an earlier import brought them."""
    return replace(settings, statuses=STATUSES, booked_status="booked", portal_on=False, policy_text="Old.")


def test_statuses_without_the_one_that_was_chosen_here_are_not_taken(imported: PortalSettings) -> None:
    here = replace(imported, booked_status="confirmed")
    wanted = replace(
        imported, statuses=OTHERS, booked_status="new", cancellation_status="gone", policy_text="Fees.", version=0
    )
    after, left, said = merged_settings(here, said_of(imported), wanted, update=True)
    assert after == replace(here, policy_text="Fees.")
    assert broken_rules(after) == {}
    assert reasons(left) == {
        "portal.booked_status": CHANGED_HERE,
        "statuses": NOT_FITTING,
        "portal.cancellation_status": NOT_FITTING,
    }
    assert said == {**said_of(imported), "policy_text": "Fees."}, "it is told of again"


def test_a_portal_is_not_switched_on_over_another_edition(imported: PortalSettings) -> None:
    here = replace(imported, online_booking_edition="classic")
    after, left, _ = merged_settings(here, said_of(imported), replace(imported, portal_on=True), update=True)
    assert (after, reasons(left)["portal.on"]) == (here, NOT_FITTING)


def test_what_fits_is_taken_together(imported: PortalSettings) -> None:
    wanted = replace(imported, statuses=OTHERS, booked_status="new", cancellation_status="gone", portal_on=True)
    after, left, said = merged_settings(imported, said_of(imported), wanted, update=True)
    assert (after, left, said) == (wanted, [], said_of(wanted))
