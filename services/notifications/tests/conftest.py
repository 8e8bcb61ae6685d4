"""The cast and fakes for notifications: Pat is the client, Dr Bo the clinician."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    PolicySnapshot,
    Slot,
    Window,
)
from clinic.contracts.catalog import lookup
from clinic.contracts.codec import to_data
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Actor, Recorded
from clinic.notifications.application.ports import (
    Accepted,
    Colleague,
    Ending,
    Intention,
    LeaseLost,
    Letter,
    Minted,
    Place,
    Practice,
    Unclear,
)
from clinic.notifications.domain.alert_switches import AlertSwitches
from clinic.notifications.domain.alerts import Alert
from clinic.notifications.domain.budgets import OverBudget
from clinic.notifications.domain.communications import DEFAULTS, Communications
from clinic.notifications.domain.delivery import AppointmentNow, Contact
from clinic.notifications.domain.messages import Message, SignIn, Told

PRACTICE = UUID("01900000-0000-7000-8000-000000000001")
PAT = UUID("01900000-0000-7000-8000-000000000002")
DR_BO = UUID("01900000-0000-7000-8000-000000000003")
HIGH_STREET = UUID("01900000-0000-7000-8000-000000000004")
CONSULTATION = UUID("01900000-0000-7000-8000-000000000005")
APPOINTMENT = UUID("01900000-0000-7000-8000-000000000006")
MESSAGE = UUID("01900000-0000-7000-8000-000000000007")
EVENT = UUID("01900000-0000-7000-8000-000000000008")
OLGA = UUID("01900000-0000-7000-8000-00000000000b")
LEASE = UUID("01900000-0000-7000-8000-000000000009")
REQUEST = UUID("01900000-0000-7000-8000-00000000000c")
LEFT = UUID("01900000-0000-7000-8000-00000000000a")

ZONE = "Europe/London"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OLD_START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
START = datetime(2026, 12, 2, 10, 20, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
SIGN_IN_URL = "http://127.0.0.1:8000/p/riverside/s/t0kenT0kenT0ken-T0kenT_"
URL = "http://127.0.0.1:8000/p/riverside/a/t0kenT0kenT0ken-T0kenT_"


@dataclass
class Cast:
    """Makers of the things that tests talk about."""

    practice_id: UUID = PRACTICE
    pat: UUID = PAT
    dr_bo: UUID = DR_BO
    appointment_id: UUID = APPOINTMENT
    now: datetime = NOW
    start: datetime = START
    old_start: datetime = OLD_START
    url: str = URL
    sign_in_url: str = SIGN_IN_URL
    request_id: UUID = REQUEST
    practice: Practice = field(
        default_factory=lambda: Practice(
            PRACTICE, "Riverside Clinic", "riverside", "020 7946 0018", "desk@riverside.example", ZONE
        )
    )
    contact: Contact = field(
        default_factory=lambda: Contact("Pat", "Doe", "pat@example.com", "+447700900123", True, True)
    )
    olga: UUID = OLGA
    colleague: Colleague = field(default_factory=lambda: Colleague("Olga Novak", "olga@riverside.example"))
    place: Place = field(default_factory=lambda: Place("Riverside, 1 High Street, AB1 2CD", "Dr Bo"))
    appointment: AppointmentNow = field(
        default_factory=lambda: AppointmentNow(
            2, START, START + HALF_AN_HOUR, ZONE, False, DR_BO, HIGH_STREET, False, "Confirmed"
        )
    )

    def slot(self, starts_at: datetime) -> Slot:
        """Half an hour in London, without a buffer."""
        return Slot(starts_at, starts_at + HALF_AN_HOUR, ZONE, starts_at.strftime("%Y-%m-%dT%H:%M"), 30, 0)

    def policy(self) -> PolicySnapshot:
        """The default policy."""
        window = Window("minutes", 1440)
        return PolicySnapshot(1, "v2", True, True, True, window, window, True, 1, 1)

    def booked(self) -> AppointmentBooked:
        """Staff booked Pat at the old start."""
        return AppointmentBooked(
            APPOINTMENT, PAT, DR_BO, HIGH_STREET, CONSULTATION, self.slot(OLD_START), "booked", True, 1, False, False
        )

    def rescheduled(self, **changes: Any) -> AppointmentRescheduled:
        """From the old start to the new one."""
        fact = AppointmentRescheduled(
            APPOINTMENT, PAT, DR_BO, HIGH_STREET, CONSULTATION, self.slot(OLD_START), self.slot(START), "booked", 2,
            False, None, self.policy(),
        )  # fmt: skip
        return replace(fact, **changes)

    def cancelled(self, **changes: Any) -> AppointmentCancelled:
        """The new time is given up."""
        fact = AppointmentCancelled(
            APPOINTMENT, PAT, DR_BO, HIGH_STREET, CONSULTATION, self.slot(START), "booked", "cancelled", 3, None,
            self.policy(), "",
        )  # fmt: skip
        return replace(fact, **changes)

    def recorded(self, fact: Any, *, by: str = "client") -> Recorded:
        """The fact as the ledger recorded it."""
        actor = Actor("client", PAT) if by == "client" else Actor("staff", DR_BO)
        return Recorded(
            EVENT, type(fact).__name__, lookup(type(fact).__name__).schema_version, PRACTICE,
            f"appointment-{APPOINTMENT}", 2, 7, None, NOW, NOW, actor, EVENT,
            EVENT, None, None, to_data(fact),
        )  # fmt: skip

    def told(self, **changes: Any) -> Told:
        """The change to the new start, revision 2."""
        told = Told("changed", APPOINTMENT, PAT, 2, OLD_START, START, START + HALF_AN_HOUR, ZONE)
        return replace(told, **changes)

    def alert_message(self, **told: Any) -> Message:
        """A leased alert to Olga."""
        return replace(self.message(**{"kind": "alert_changed", **told}), user_id=OLGA)

    def message(self, *, channel: Any = "email", attempts: int = 1, now: datetime = NOW, **told: Any) -> Message:
        """A leased message."""
        about = self.told(**told)
        return Message(
            PRACTICE, MESSAGE, LEASE, channel, about, attempts, min(NOW + timedelta(hours=24), START), now,
            subject=about.subject,
        )  # fmt: skip

    def sign_in_message(self, *, channel: Any = "email", now: datetime = NOW) -> Message:
        """A leased sign-in message."""
        about = SignIn(REQUEST)
        return Message(
            PRACTICE, MESSAGE, LEASE, channel, about, 1, NOW + timedelta(minutes=15), now, subject=about.subject
        )


@dataclass
class FakeQueue:
    """The `Queue` port in memory."""

    intentions: list[Intention] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    switches: dict[UUID, AlertSwitches] = field(default_factory=dict)
    asked_for: list[datetime] = field(default_factory=list)
    communications: Communications = DEFAULTS

    def put(self, intention: Intention) -> None:
        self.intentions.append(intention)

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)

    def switches_at(self, instant: datetime) -> dict[UUID, AlertSwitches]:
        self.asked_for.append(instant)
        return self.switches

    def communications_at(self, instant: datetime) -> Communications:
        return self.communications


@dataclass
class FakeDirectory:
    """The `Directory` port: what the other services would answer; `down` makes all of them silent."""

    cast: Cast
    appointment_now: AppointmentNow | None = None
    contact_now: Contact | None = None
    told_now: tuple[Told, UUID] | None = None
    user_now: Colleague | None = None
    down: bool = False
    minted_now: Minted | None = None
    links: int = 0
    mints: int = 0

    def appointment(self, practice_id: UUID, appointment_id: UUID) -> AppointmentNow | None:
        if self.down:
            raise Unavailable("appointments")
        return self.appointment_now

    def told(self, practice_id: UUID, appointment_id: UUID) -> tuple[Told, UUID] | None:
        return self.told_now

    def contact(self, practice_id: UUID, client_id: UUID) -> Contact | None:
        return self.contact_now

    def user(self, practice_id: UUID, user_id: UUID) -> Colleague | None:
        return self.user_now

    def practice(self, practice_id: UUID) -> Practice:
        return self.cast.practice

    def place(self, practice_id: UUID, appointment: AppointmentNow) -> Place:
        return self.cast.place

    def link(self, practice_id: UUID, client_id: UUID, appointment_id: UUID) -> str:
        self.links += 1
        return self.cast.url

    def mint(self, practice_id: UUID, request_id: UUID) -> Minted | None:
        if self.down:
            raise Unavailable("identity")
        assert request_id == self.cast.request_id
        self.mints += 1
        return self.minted_now


@dataclass
class FakeOutbox:
    """The `Outbox` port in memory: what is due is given out once."""

    due: list[Message] = field(default_factory=list)
    endings: list[tuple[Message, Ending]] = field(default_factory=list)
    lease_is_ours: bool = True
    handed_over: int = 0
    copied: list[Message] = field(default_factory=list)
    away: int = 0
    over_budget: OverBudget | None = None
    budgets_asked: list[str] = field(default_factory=list)

    def lease(self, limit: int) -> list[Message]:
        given, self.due = self.due[:limit], self.due[limit:]
        return given

    def judge_budget(self, message: Message, zone: str) -> None:
        self.budgets_asked.append(zone)
        if self.over_budget:
            raise self.over_budget

    def hand_over(self, message: Message, zone: str) -> bool:
        self.judge_budget(message, zone)
        self.handed_over += 1
        return self.lease_is_ours

    def copy_to_next_of_kin(self, message: Message) -> None:
        self.copied.append(message)

    def record(self, message: Message, ending: Ending) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("database")
        self.endings.append((message, ending))


@dataclass
class FakeTransport:
    """The `Transport` port: keeps letters, or does what it is told to."""

    letters: list[Letter] = field(default_factory=list)
    answer: Accepted | Unclear = field(default_factory=lambda: Accepted("<1@mail>"))
    trouble: Exception | None = None

    def send(self, letter: Letter, hand_over: Callable[[], bool]) -> Accepted | Unclear:
        if not hand_over():
            raise LeaseLost
        if self.trouble:
            raise self.trouble
        self.letters.append(letter)
        return self.answer


@pytest.fixture
def cast() -> Cast:
    """Pat, Dr Bo and their appointment."""
    return Cast()


@pytest.fixture
def queue() -> FakeQueue:
    """An empty queue."""
    return FakeQueue()


@pytest.fixture
def outbox() -> FakeOutbox:
    """An empty outbox."""
    return FakeOutbox()


@pytest.fixture
def transport() -> FakeTransport:
    """A provider that takes everything."""
    return FakeTransport()


@pytest.fixture
def directory(cast: Cast) -> FakeDirectory:
    """Services that know Pat and her appointment at revision 2."""
    return FakeDirectory(cast, appointment_now=cast.appointment, contact_now=cast.contact, user_now=cast.colleague)
