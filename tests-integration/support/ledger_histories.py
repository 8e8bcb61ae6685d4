"""Long histories of practices, written into the ledger at once: as if they had been appended one by one."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from clinic.appointments.domain.appointment import Appointment, AppointmentEvent, evolve
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.domain.policy import snapshot
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentRulesChanged,
    AppointmentStatusChanged,
    ClientMessageDealtWith,
    ClientMessageLeft,
    ClientMessageRead,
    ClientMessageReopened,
    PaymentRecorded,
    PortalSettings,
    RefundRecorded,
    Rules,
    Sealed,
    Slot,
    Window,
)
from clinic.contracts.refusals import ChangeRefused

BEGAN = datetime(2019, 1, 7, 8, tzinfo=UTC)
CLINICIANS, CLIENTS = 8, 400
COLUMNS = (
    "practice_id, position, event_id, previous_event_id, stream_id, stream_version, type, schema_version, occurred_at,"
    " recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id, traceparent, data"
)


@dataclass
class History:
    """One practice's events, made up from a seed; ids are the seed's too. Nothing overlaps unless it says so."""

    practice_id: UUID
    chance: random.Random
    settings: PortalSettings = DEFAULT
    states: dict[UUID, Appointment] = field(default_factory=dict)
    messages: list[ClientMessageLeft] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    slots: Counter[UUID] = field(default_factory=Counter)
    order: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Who works there."""
        self.clinicians = [self.id() for _ in range(CLINICIANS)]
        self.clients = [self.id() for _ in range(CLIENTS)]
        self.staff, self.place, self.type = self.id(), self.id(), self.id()

    def id(self) -> UUID:
        """An id of the seed."""
        return UUID(int=self.chance.getrandbits(128), version=4)

    def free_slot(self, clinician: UUID) -> Slot:
        """A time that the clinician has never been asked for before."""
        self.slots[clinician] += 1
        return slot_at(BEGAN + timedelta(minutes=45 * self.slots[clinician]), "Europe/London", 30, 10)

    def facts(self) -> Iterator[tuple[str, Any, str]]:
        """What happens, for ever: stream, fact, kind of actor."""
        kinds = (self.begin, self.move, self.cancel, self.status, self.pay, self.rules, self.message, self.refuse)
        weights = (28, 18, 8, 18, 14, 2, 9, 3)
        while True:
            (kind,) = self.chance.choices(kinds, weights)
            yield from kind()

    def begin(self) -> Iterator[tuple[str, Any, str]]:
        """Booked by staff, or taken over."""
        chance = self.chance
        clinician = chance.choice(self.clinicians)
        slot = self.free_slot(clinician)
        values = (self.id(), chance.choice(self.clients), clinician, self.place, self.type, slot)
        if chance.random() < 0.3:
            status, occupies = chance.choice([("booked", True), ("did_not_attend", False)])
            yield self.of(
                AppointmentImported(*values, status, occupies, 1, False, False, f"A{len(self.order)}"), "import"
            )
        else:
            yield self.of(AppointmentBooked(*values, "booked", True, 1, chance.random() < 0.02, False), "staff")

    def of(self, fact: AppointmentEvent, actor: str) -> tuple[str, Any, str]:
        """An event of an appointment, folded."""
        if fact.appointment_id not in self.states:
            self.order.append(fact.appointment_id)
        self.states[fact.appointment_id] = evolve(self.states.get(fact.appointment_id), fact)
        return f"appointment-{fact.appointment_id}", fact, actor

    def one(self) -> Appointment | None:
        """An appointment: mostly a recent one, now and then an old one."""
        if not self.order:
            return None
        first = max(0, len(self.order) - 2000) if self.chance.random() < 0.8 else 0
        return self.states[self.order[self.chance.randrange(first, len(self.order))]]

    def move(self) -> Iterator[tuple[str, Any, str]]:
        """To another time, by the client or by staff."""
        state = self.one()
        if state is None or not state.occupies:
            return
        slot = self.free_slot(state.clinician_id)
        actor = self.chance.choice(["client", "staff"])
        message = self.id() if actor == "client" and self.chance.random() < 0.4 else None
        fact = AppointmentRescheduled(
            *ids(state), state.slot, slot, state.status, state.revision + 1, True, message, self.policy(state)
        )
        yield self.of(fact, actor)
        if message:
            yield self.left(message, state, "change")

    def cancel(self) -> Iterator[tuple[str, Any, str]]:
        """By the client or by staff."""
        state = self.one()
        if state is None or not state.occupies:
            return
        actor = self.chance.choice(["client", "staff"])
        fact = AppointmentCancelled(
            *(*ids(state), state.slot, state.status, f"cancelled_by_{actor}", state.revision + 1, None),
            *(self.policy(state), "Free until then. “Really.”\n", state.paid),
        )
        yield self.of(fact, actor)

    def status(self) -> Iterator[tuple[str, Any, str]]:
        """Arrived, missed or booked again."""
        state = self.one()
        if state is None:
            return
        new, occupies = self.chance.choice([("arrived", True), ("did_not_attend", False), ("booked", True)])
        values = (*ids(state), state.slot, state.status, new, occupies, state.revision + 1, True)
        yield self.of(AppointmentStatusChanged(*values), "staff")

    def pay(self) -> Iterator[tuple[str, Any, str]]:
        """Something is paid, or given back."""
        state = self.one()
        if state is None:
            return
        who = (self.id(), state.appointment_id, state.client_id)
        if state.kept_pence > 1000 and self.chance.random() < 0.2:
            yield self.of(RefundRecorded(*who, 500, state.currency, state.slot.starts_at), "staff")
        else:
            amount = self.chance.randrange(500, 9000)
            yield self.of(PaymentRecorded(*who, amount, "GBP", "card", state.slot.starts_at), "staff")

    def rules(self) -> Iterator[tuple[str, Any, str]]:
        """Rules of its own, or none any more; and the practice's settings."""
        state = self.one()
        if state is not None:
            own = self.chance.choice([Rules(), Rules(may_cancel=False, edit_window=Window("minutes", 90))])
            yield self.of(AppointmentRulesChanged(state.appointment_id, state.client_id, own), "staff")

    def message(self) -> Iterator[tuple[str, Any, str]]:
        """One is read, dealt with, opened again."""
        if not self.messages:
            return
        left = self.chance.choice(self.messages[-300:])
        fact = self.chance.choice([ClientMessageRead, ClientMessageDealtWith, ClientMessageReopened])
        yield f"message-{left.message_id}", fact(left.message_id, left.appointment_id, left.client_id), "staff"

    def refuse(self) -> Iterator[tuple[str, Any, str]]:
        """A change came too late."""
        state = self.one()
        if state is None:
            return
        code = self.chance.choice(["too_late_to_change", "slot_taken", "changes_not_offered"])
        wanted = state.slot.starts_at + timedelta(days=1)
        values = (*ids(state), "change", code, state.slot, wanted, state.revision, self.policy(state))
        yield f"refusal-{self.id()}", ChangeRefused(*values), "client"

    def left(self, message: UUID, state: Appointment, about: Any) -> tuple[str, Any, str]:
        """A sealed message."""
        sealed = Sealed(self.id(), "k" * 43, "n" * 16, "c" * self.chance.randrange(40, 300))
        fact = ClientMessageLeft(message, state.appointment_id, state.client_id, state.clinician_id, about, sealed)
        self.messages.append(fact)
        return f"message-{message}", fact, "client"

    def policy(self, state: Appointment) -> Any:
        """What was allowed."""
        return snapshot(state, self.settings, available_online=True, rules_version=7)

    def rows(self, head: dict[str, Any], count: int) -> Iterator[tuple[Any, ...]]:
        """`count` rows of `events` after the head, which they move."""
        facts = self.facts()
        start = head["last_recorded_at"]
        for number in range(1, count + 1):
            stream, fact, actor = next(facts)
            version = self.versions[stream] = self.versions.get(stream, 0) + 1
            event, command, at = self.id(), self.id(), start + timedelta(milliseconds=number)
            actor_id = {"client": getattr(fact, "client_id", None), "staff": self.staff, "import": None}[actor]
            yield (
                *(self.practice_id, head["position"] + 1, event, head["last_event_id"], stream, version),
                *(type(fact).__name__, 1, at, at, actor, actor_id, command, command, None, None),
                msgspec.json.encode(fact, order="sorted").decode(),
            )
            head["position"] += 1
            head["previous_event_id"], head["last_event_id"] = head["last_event_id"], event
            head["last_recorded_at"] = at


def ids(state: Appointment) -> tuple[UUID, UUID, UUID, UUID, UUID]:
    """What never changes."""
    return (
        state.appointment_id,
        state.client_id,
        state.clinician_id,
        state.location_id,
        state.appointment_type_id,
    )


def write_history(superuser: str, practice_id: UUID, count: int, seed: int) -> History:
    """Appends `count` events to the practice's ledger, and whose time they take."""
    history = History(practice_id, random.Random(seed))
    with psycopg.connect(superuser) as connection, connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute("INSERT INTO heads (practice_id) VALUES (%s) ON CONFLICT DO NOTHING", (practice_id,))
        cursor.execute(
            "SELECT practice_id, position, previous_event_id, last_event_id, greatest(last_recorded_at, %s)"
            " AS last_recorded_at FROM heads WHERE practice_id = %s FOR UPDATE",
            (BEGAN, practice_id),
        )
        head = cursor.fetchone() or {}
        with cursor.copy(f"COPY events ({COLUMNS}) FROM STDIN") as copy:
            for row in history.rows(head, count):
                copy.write_row(row)
        cursor.execute(
            "UPDATE heads SET position = %(position)s, previous_event_id = %(previous_event_id)s,"
            " last_event_id = %(last_event_id)s, last_recorded_at = %(last_recorded_at)s"
            " WHERE practice_id = %(practice_id)s",
            head,
        )
        occupancy = [occupancy_of(state) for state in history.states.values()]
        with cursor.copy(
            "COPY occupancy (practice_id, appointment_id, clinician_id, during, occupies, exclusive) FROM STDIN"
        ) as copy:
            for row in sorted(occupancy, key=lambda row: not row.exclusive):
                during = psycopg.types.range.TimestamptzRange(row.from_at, row.until_at)
                copy.write_row((practice_id, row.appointment_id, row.clinician_id, during, row.occupies, row.exclusive))
    return history
