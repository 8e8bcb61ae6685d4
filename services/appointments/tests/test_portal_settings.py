"""The portal's switches and texts, and the rules for changing them (F2-F5, F25, F26)."""

from dataclasses import replace
from typing import Any

import pytest

from clinic.appointments.domain.portal_settings import (
    DEFAULT,
    STATUSES,
    broken_rules,
    change_settings,
    changed_fields,
    is_attending,
    staff_cancellation_status,
    status_named,
)
from clinic.appointments.domain.rules import NO_RULES, effective_rules
from clinic.contracts.appointments import AppointmentStatus, Rules, RulesFrom, TypeRules, Window
from clinic.contracts.portal_state import off_text, portal_is_on
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id

TYPE = new_id()


def test_a_new_practice_has_the_portal_off_and_may_be_saved() -> None:
    assert not portal_is_on(DEFAULT)
    assert broken_rules(DEFAULT) == {}
    (first,) = change_settings(DEFAULT, DEFAULT)
    assert first.settings.version == 1


@pytest.mark.parametrize(
    ("edition", "switch", "on"),
    [("v2", True, True), ("v2", False, False), ("classic", True, False), ("none", True, False)],
)
def test_the_portal_is_on_when_switched_on_with_its_edition(edition: Any, switch: bool, on: bool) -> None:
    assert portal_is_on(replace(DEFAULT, online_booking_edition=edition, portal_on=switch)) is on


@pytest.mark.parametrize(("booking_on", "text"), [(True, "portal"), (False, "booking")])
def test_the_off_text_of_online_booking_goes_first(booking_on: bool, text: str) -> None:
    settings = replace(
        DEFAULT, online_booking_on=booking_on, portal_off_text="portal", online_booking_off_text="booking"
    )
    assert off_text(settings) == text


def test_versions_rise_and_what_changed_is_named(settings: Any) -> None:
    (event,) = change_settings(settings, replace(settings, policy_text="Fees.", may_cancel=False, version=99))
    assert event.changed == ("may_cancel", "policy_text")
    assert (event.settings.version, event.settings.policy_text_version) == (4, 3)
    (event,) = change_settings(settings, replace(settings, may_cancel=False))
    assert event.settings.policy_text_version == 2


def test_saying_the_same_again_stays_quiet(settings: Any) -> None:
    assert change_settings(settings, replace(settings, version=0, policy_text_version=0)) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"online_booking_edition": "classic"}, "portal_on"),
        ({"cancellation_status": "arrived"}, "cancellation_status"),
        ({"cancellation_status": "unheard_of"}, "cancellation_status"),
        ({"booked_status": "cancelled_by_client"}, "booked_status"),
        ({"booked_status": "unheard_of"}, "booked_status"),
        ({"statuses": (*STATUSES, STATUSES[0])}, "statuses"),
        ({"portal_off_text": "x" * 5001}, "portal_off_text"),
        ({"online_booking_off_text": "x" * 5001}, "online_booking_off_text"),
        ({"policy_text": "x" * 5001}, "policy_text"),
        ({"edit_window": Window("minutes", -1)}, "edit_window"),
        ({"cancellation_window": Window("always", 5)}, "cancellation_window"),
        ({"type_rules": (TypeRules(TYPE, Rules()), TypeRules(TYPE, Rules(may_change=True)))}, "type_rules"),
        ({"type_rules": (TypeRules(TYPE, Rules(edit_window=Window("minutes", -1))),)}, "type_rules"),
        ({"type_rules": tuple(TypeRules(new_id(), Rules()) for _ in range(201))}, "type_rules"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_the_reason(settings: Any, changes: Any, field: str) -> None:
    with pytest.raises(Refused) as refused:
        change_settings(settings, replace(settings, **changes))
    assert refused.value.code == "invalid"
    assert list(refused.value.facts["errors"]) == [field]


def test_an_edition_lowered_later_is_saved_with_the_portal_off_only(settings: Any) -> None:
    (event,) = change_settings(settings, replace(settings, online_booking_edition="classic", portal_on=False))
    assert not portal_is_on(event.settings)


def test_staff_cancel_with_the_practices_own_status_where_it_has_one(settings: Any) -> None:
    assert staff_cancellation_status(settings) == "cancelled_by_practice"
    fewer = (STATUSES[0], AppointmentStatus("gone", "Gone", False, "Cancelled"))
    assert staff_cancellation_status(replace(settings, statuses=fewer, cancellation_status="gone")) == "gone"


def test_a_status_that_is_gone_is_still_told_truly(settings: Any) -> None:
    told = status_named(settings, "moved_away", occupies=False)
    assert (told.name, told.client_wording) == ("Moved away", "Cancelled")
    assert is_attending(settings, "moved_away")


def test_the_fields_that_changed_are_named_in_order_without_the_counters() -> None:
    changed = replace(DEFAULT, version=9, policy_text_version=4, policy_text="Fees apply.", may_cancel=False)
    assert changed_fields(DEFAULT, changed) == ("may_cancel", "policy_text")
    assert changed_fields(changed, changed) == ()


def test_each_rule_comes_from_the_most_specific_level_that_has_a_word(settings: Any) -> None:
    own = Rules(may_change=False)
    of_type = Rules(may_change=True, may_cancel=False, edit_window=Window("always"))
    decided = replace(settings, type_rules=(TypeRules(new_id(), Rules(may_cancel=True)), TypeRules(TYPE, of_type)))
    rules = effective_rules(decided, TYPE, own)
    assert (rules.may_change, rules.may_cancel, rules.may_leave_message) == (False, False, True)
    assert (rules.edit_window, rules.cancellation_window) == (Window("always"), settings.cancellation_window)
    assert rules.rules_from == RulesFrom("appointment", "type", "practice", "type", "practice")
    assert effective_rules(decided, new_id(), NO_RULES).rules_from == RulesFrom()
