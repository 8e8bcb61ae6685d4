"""What the list and the page offer is what the ledger accepts, and both are what the features say (F2-F29, F42)."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from client_permissions import LEVELS, RULES, Case, all_cases, sampled_cases

from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.adapters.memory_views import MemoryViews
from clinic.appointments.application import queries, staff_commands
from clinic.appointments.application.asking import By
from clinic.appointments.application.book_appointment import book_appointment
from clinic.appointments.application.cancel_appointment import cancel_appointment
from clinic.appointments.application.portal_settings import change_portal_settings
from clinic.appointments.application.reschedule_appointment import reschedule_appointment
from clinic.appointments.domain.commands import (
    BookAppointment,
    CancelAppointment,
    ChangeRules,
    Check,
    RescheduleAppointment,
)
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import (
    AppointmentCancelled,
    AppointmentRescheduled,
    PortalSettings,
    Rules,
    Sealed,
    TypeRules,
    Window,
)
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
START = NOW + timedelta(hours=24)
PRACTICE, PAT, BO, TYPE = (new_id() for _ in range(4))
PAT_IN_FULL, OLGA = By(PRACTICE, Actor("client", PAT)), By(PRACTICE, Actor("staff", new_id()))
FULL = 1536


class Others:
    """Availability that offers every time, and identity that seals without a key."""

    def __init__(self, online: bool) -> None:
        self._online = online

    def check(self, practice_id: UUID, **asked: Any) -> Check:
        return Check(True, self._online, 30, 10, "Europe/London", False, 7)

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        return self._online

    def seal(self, practice_id: UUID, client_id: UUID, text: str, event_id: UUID) -> Sealed:
        return Sealed(new_id(), "", "", "")

    def require_client(self, practice_id: UUID, client_id: UUID) -> None:
        """Everybody is known."""


def rules(said: dict[str, Any]) -> Rules:
    """Rules from their JSON."""
    return Rules(**{name: Window(**one) if isinstance(one, dict) else one for name, one in said.items()})


def settings_of(case: Case) -> PortalSettings:
    """The practice's and the type's part of a case. The portal is switched on in the record whatever the edition."""
    practice = rules(case.said_at("practice"))
    return replace(
        DEFAULT,
        online_booking_edition=case.edition,
        online_booking_on=case.booking_on,
        portal_on=case.portal_on,
        type_rules=(TypeRules(TYPE, rules(case.said_at("type"))),),
        **{name: getattr(practice, name) for name in RULES},
    )


@dataclass
class World:
    """Pat's appointment in 24 hours, under the decisions of a case."""

    case: Case

    def __post_init__(self) -> None:
        self.others = Others(self.case.clinician_online)
        self.ledger = MemoryLedger(lambda: NOW)
        self.ledger.create(PRACTICE)
        self.views = MemoryViews(self.ledger)
        command = BookAppointment(new_id(), PAT, BO, new_id(), TYPE, START, False)
        book_appointment(self.ledger, self.others, self.others, OLGA, new_id(), command)
        self.id = command.appointment_id
        own = rules(self.case.said_at("appointment"))
        staff_commands.change_rules(self.ledger, OLGA, new_id(), ChangeRules(self.id, 1, own))
        self._switch()
        self.limited = replace(PAT_IN_FULL, only_appointment=self.id)

    def _switch(self) -> None:
        """An edition lowered later leaves the portal's switch on (F2): settings are first v2, then as they are."""
        wanted = settings_of(self.case)
        if wanted.portal_on and wanted.online_booking_edition != "v2":
            self.ledger.put_settings(PRACTICE, replace(wanted, version=1))
        else:
            change_portal_settings(self.ledger, OLGA, 0, wanted)

    def show(self) -> dict[str, Any]:
        return queries.show_appointment(self.ledger, self.others, self.limited, self.id)

    def listed(self) -> dict[str, Any]:
        page = queries.list_appointments(self.views, self.others, PAT_IN_FULL, PAT, "upcoming", 1, None)
        (one,) = page["appointments"]
        return dict(one)

    def change(self, message: str = "") -> None:
        command = RescheduleAppointment(self.id, 1, START + timedelta(days=1), message)
        reschedule_appointment(self.ledger, self.others, self.others, self.limited, new_id(), command)

    def cancel(self, message: str = "") -> None:
        command = CancelAppointment(self.id, 1, 0, message)
        cancel_appointment(self.ledger, self.others, self.limited, new_id(), command)


def refused_by(call: Callable[[], Any]) -> str | None:
    """The code that a call is refused by."""
    try:
        call()
    except Refused as refusal:
        return refusal.code
    return None


def recorded(world: World) -> str | None:
    """What was recorded of the one thing that was asked: a change, a cancellation, a refusal or nothing."""
    kinds = AppointmentRescheduled | AppointmentCancelled | ChangeRefused
    found = [fact for fact in world.ledger.facts(PRACTICE) if isinstance(fact, kinds)]
    assert len(found) <= 1, found
    for fact in found:
        return f"refused: {fact.code}" if isinstance(fact, ChangeRefused) else type(fact).__name__
    return None


def refusal_of(code: str) -> str | None:
    """What is recorded of a refusal: nothing while the portal is off."""
    return None if code == "portal_off" else f"refused: {code}"


def agree(case: Case, *, message: bool = False) -> None:
    """The oracle, the page, the list and the ledger say the same; what is refused records its refusal only (F53)."""
    text = "please" if message else ""
    expected = (case.change_refused_by(message=message), case.cancel_refused_by(message=message))
    world = World(case)
    offered = _offered(world, case, message)
    assert offered == expected, ("page", case)
    changed = refused_by(lambda: world.change(text))
    assert recorded(world) == ("AppointmentRescheduled" if changed is None else refusal_of(changed))
    other = World(case)
    cancelled = refused_by(lambda: other.cancel(text))
    assert recorded(other) == ("AppointmentCancelled" if cancelled is None else refusal_of(cancelled))
    assert (changed, cancelled) == expected, ("commit", case)
    for fact in (*world.ledger.facts(PRACTICE), *other.ledger.facts(PRACTICE)):
        if isinstance(fact, AppointmentRescheduled | AppointmentCancelled | ChangeRefused):
            _tells_what_applied(fact, case)


def _offered(world: World, case: Case, message: bool) -> tuple[str | None, str | None]:
    """Why the page and the list offer nothing; they agree in every member."""
    if refusal := refused_by(world.show):
        assert refused_by(world.listed) == refusal
        return refusal, refusal
    shown = world.show()
    assert shown == world.listed(), case
    reasons = [shown[name]["reason"] for name in ("may_change", "may_cancel")]
    assert [shown[name]["allowed"] for name in ("may_change", "may_cancel")] == [reason is None for reason in reasons]
    if message and not shown["may_leave_message"]:
        last = {None, "clinician_not_available_online"}
        reasons = ["messages_not_offered" if reason in last else reason for reason in reasons]
    assert shown["edit_window"] == case.window("edit_window")
    assert shown["cancellation_window"] == case.window("cancellation_window")
    return reasons[0], reasons[1]


def _tells_what_applied(fact: AppointmentRescheduled | AppointmentCancelled | ChangeRefused, case: Case) -> None:
    policy = fact.policy
    assert (policy.may_change, policy.may_cancel) == (case.may_change, case.may_cancel)
    assert policy.edit_window == Window(**case.window("edit_window"))
    assert policy.cancellation_window == Window(**case.window("cancellation_window"))
    assert policy.rules_from is not None
    assert tuple(getattr(policy.rules_from, name) for name in RULES) == case.levels


SLICES = [
    pytest.param(level, edition, portal_on, id=f"{level}-{edition}-{'on' if portal_on else 'off'}")
    for level in LEVELS
    for edition in ("none", "classic", "v2")
    for portal_on in (True, False)
]
"""Every combination, in pieces that fail by name."""


@pytest.mark.parametrize(("level", "edition", "portal_on"), SLICES)
def test_every_combination_of_switches_abilities_and_windows(level: str, edition: str, portal_on: bool) -> None:
    cases = [case for case in all_cases(level) if (case.edition, case.portal_on) == (edition, portal_on)]
    assert len(cases) == FULL / 6
    for case in cases:
        agree(case)


@pytest.mark.parametrize("seed", range(4))
def test_rules_that_are_decided_at_levels_of_their_own(seed: int) -> None:
    for case in sampled_cases(random.Random(seed), 150):
        agree(case, message=True)


@pytest.mark.parametrize("when", ["upcoming", "previous"])
@pytest.mark.parametrize("upcoming", [True, False])
@pytest.mark.parametrize("previous", [True, False])
def test_lists_are_shown_as_the_practice_allows(when: str, upcoming: bool, previous: bool) -> None:
    world = World(Case("v2", True, False, True, True, "always", "always", True))
    present = world.ledger.read(PRACTICE).settings
    wanted = replace(present, may_view_upcoming=upcoming, may_view_previous=previous)
    change_portal_settings(world.ledger, OLGA, present.version, wanted)

    def look() -> Any:
        return queries.list_appointments(world.views, world.others, PAT_IN_FULL, PAT, when, 1, None)

    allowed = {"upcoming": upcoming, "previous": previous}[when]
    assert refused_by(look) == (None if allowed else "forbidden")
    assert world.show()["may_change"]["allowed"], "the appointment itself is reached all the same"


def test_staff_are_shown_which_level_decided() -> None:
    levels = ("appointment", "type", "practice", "type", "appointment")
    world = World(Case("v2", True, True, True, False, "inside", "outside", True, levels=levels))
    shown = queries.show_appointment(world.ledger, world.others, OLGA, world.id)
    assert tuple(shown["rules_from"][name] for name in RULES) == levels
    assert shown["rules"] == world.case.said_at("appointment")
    assert {"rules", "rules_from", "status_name"} & set(world.show()) == set()
