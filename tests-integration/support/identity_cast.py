"""Whom identity's tests are about, and what stands in for the world outside."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.identity.domain.links import AppointmentTime
from clinic.kernel.errors import Unavailable
from clinic.kernel.practice_directory import ClientRow, PracticeDirectory, PracticeRow, UserRow

SLUG, OTHER_SLUG = "harbour-street", "mill-lane"
FAMILY = "mia@example.org"
MIA, LOU, MAX, ZOE = (
    {"day": str(day), "month": "5", "year": year, "postcode": "N1 9GU"}
    for day, year in ((1, "1984"), (2, "2014"), (3, "2016"), (4, "2019"))
)
FACTS = {"day": "7", "month": "3", "year": "1985", "postcode": "l1 4ds"}


@dataclass
class Ledger:
    """What appointments would answer; `down` makes it answer nothing."""

    times: dict[UUID, AppointmentTime] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    def time_of(self, practice_id: UUID, appointment_id: UUID) -> AppointmentTime | None:
        """The ledger's word."""
        self.asked += 1
        if self.down:
            raise Unavailable("appointments")
        return self.times.get(appointment_id)


@dataclass
class Patience:
    """Counts who was kept waiting; `full` is a room without a place."""

    waited: list[bool] = field(default_factory=list)
    full: bool = False

    def wait(self, *, with_link: bool) -> bool:
        """Waits no time."""
        self.waited.append(with_link)
        return not self.full


@dataclass
class Alarms:
    """Alarms that were raised."""

    raised: list[UUID] = field(default_factory=list)
    budgets: list[UUID] = field(default_factory=list)

    def many_wrong_posts(self, practice_id: UUID) -> None:
        """Keeps it."""
        self.raised.append(practice_id)

    def sign_in_budget_reached(self, practice_id: UUID) -> None:
        """Keeps it."""
        self.budgets.append(practice_id)


def directory(slug: str) -> PracticeDirectory:
    """Olga administers, Dr Bo sees clients, Ann audits; Pat and Sam are twins, Eve's record is empty."""
    practice = PracticeRow(
        slug=slug, name=slug.title(), phone="0151 496 0000", email=f"hello@{slug}.example", zone="Europe/London",
        nation="england", online_booking_edition="v2", online_booking_on=True, portal_on=True, portal_off_text="",
        online_booking_off_text="", edit_window_minutes=1440, cancellation_window_minutes=1440, policy_text="",
        first_day_of_week=0, booking_offset="0h", booking_limit_days=56, slot_step_minutes=15,
    )  # fmt: skip
    roles = {"olga": "site_administrator", "bo": "clinician", "ann": "auditor"}
    users = tuple(
        UserRow(name, name.title(), f"{name}@{slug}.example", role, name == "bo", True, name.title(), "", "")  # type: ignore[arg-type]
        for name, role in roles.items()
    )
    born = date(1985, 3, 7)
    clients = (
        ClientRow("pat", "Pat", "Marlow", born, "L1 4DS", f"pat@{slug}.org", "+447700900001", True, True),
        ClientRow("sam", "Sam", "Marlow", born, "L1 4DS", f"pat@{slug}.org", "+447700900001", True, False),
        ClientRow("eve", "Eve", "Zoë-Ek", None, "", "", "", False, False),
    )
    return PracticeDirectory(practice, users=users, clients=clients)


def refused(database: ServiceDatabase, role: str, statement: str, practice: UUID | None = None) -> bool:
    """Whether the role's rights refuse a statement."""
    with psycopg.connect(database.url(role)) as connection:
        if practice:
            connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice),))
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            connection.rollback()
    return False


def in_parallel(number: int, call: Callable[[int], dict[str, Any]]) -> Counter[str]:
    """The outcomes of `call(0)`, `call(1)` … at once."""
    with ThreadPoolExecutor(12) as threads:
        return Counter(answer["outcome"] for answer in threads.map(call, range(number)))
