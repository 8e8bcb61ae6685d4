"""An in-memory stand-in for the services behind the client pages, which keeps their promises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.application.ports import ConfirmedFacts, Done, OpenedLink, SignIn
from clinic.portal.domain.appointment import (
    Appointment,
    AppointmentPage,
    AppointmentType,
    Catalogue,
    Clinician,
    Location,
    OfferedWeek,
    Permission,
)
from clinic.portal.domain.session import PracticeFront, Session

from .cast import APPOINTMENT, HARBOUR, NOW, PAT, PLACE, PRIYA, RIGHT, RIVER, SAM, TYPE, a_session


@dataclass
class FakeServices:
    """Identity, appointments and availability in one object; `refuse_with`, `down` and `silent` make trouble."""

    now: datetime = NOW
    appointments: dict[UUID, Appointment] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    outcome: ConfirmedFacts | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    portal_on: bool = True
    off_text: str = "We are moving house. Please ring us."
    refuse_with: Refused | None = None
    down: bool = False
    silent: bool = False
    down_for: set[str] = field(default_factory=set)
    done: dict[UUID, Done] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    weeks: dict[date | None, OfferedWeek] = field(default_factory=dict)
    on_record: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    display_name: str = "Priya Nair"
    type_name: str = "Follow-up physiotherapy"
    place_name: str = "Harbour Street"

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.down or name in self.down_for:
            raise Unavailable("fake: ConnectionError")

    # identity
    def practice_front(self, slug: str) -> PracticeFront:
        self._called("practice_front")
        for practice in (HARBOUR, RIVER):
            if practice.slug == slug:
                return PracticeFront(practice, self.portal_on, self.off_text)
        raise Refused("not_found")

    def ask_for_link(self, slug: str, contact: str, source_address: str) -> str:
        self._called("ask_for_link")
        if not self.portal_on:
            return "portal_off"
        if "@" not in contact and not contact.replace(" ", "").lstrip("+").isdigit():
            raise Refused("invalid", errors={"contact": ["not_a_contact"]})
        self.asked += [contact] if contact in self.on_record else []
        return "accepted"

    def ask_again(self, slug: str, token: str, source_address: str) -> str:
        self._called("ask_again")
        self.asked += [token] if self.open_link(slug, token).can_send_again else []
        return "accepted" if self.portal_on else "portal_off"

    def open_link(self, slug: str, token: str) -> Any:
        self._called("open_link")
        state: Any = self.links.get(token, "unknown")
        return OpenedLink(state, can_send_again=state == "expired" and token.startswith("sign-in"))

    def confirm(self, slug: str, token: str, facts: Mapping[str, str], source_address: str) -> ConfirmedFacts:
        self._called("confirm")
        if self.outcome is not None:
            return self.outcome
        state = self.links.get(token, "unknown")
        if state != "ready":
            return ConfirmedFacts(state, None, None, None)
        if facts["day"] in {"31", "٤"}:
            return ConfirmedFacts("incomplete", errors={"date_of_birth": ["impossible"]})
        if dict(facts) != RIGHT:
            return ConfirmedFacts("mismatch", 4, None, None)
        if token.startswith("sign-in"):
            self.links[token] = "expired"
            twins = token.endswith("twins")
            return ConfirmedFacts("choose_client" if twins else "confirmed", session=token.replace("token", "secret"))
        return ConfirmedFacts("confirmed", None, "pats-secret", APPOINTMENT)

    def look_up(self, secret: str, face: str) -> Session | None:
        self._called("look_up")
        return self.sessions.get(secret)

    def choose(self, secret: str, client_id: UUID) -> str:
        self._called("choose")
        session = self.sessions[secret]
        found = [each for each in (PAT, SAM) if each.id == client_id]
        if client_id not in {each.client_id for each in session.choices} or not found:
            raise Refused("not_found")
        del self.sessions[secret]
        chosen = f"secret-{len(self.calls)}-of-{found[0].first_name}"
        self.sessions[chosen] = a_session(found[0], session.practice, None, choices=session.choices)
        return chosen

    def end(self, secret: str) -> None:
        self._called("end")
        self.sessions.pop(secret, None)

    def sign_in_staff(self, slug: str, email: str, password: str, source_address: str) -> SignIn:
        raise AssertionError("the client face never asks for this")

    def set_up_staff(self, slug: str, token: str, password: str) -> Mapping[str, Any]:
        raise AssertionError("the client face never asks for this")

    def user_names(self, practice_id: UUID, user_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        self._called("user_names")
        return dict.fromkeys(user_ids, "Priya N.")

    # appointments: a token is the client's id and, after a dash, the one appointment that the session reaches
    def appointment(self, token: str, appointment_id: UUID, *, min_position: int | None = None) -> Appointment:
        self._called("appointment")
        found = self.appointments.get(appointment_id)
        client, _, only = token.partition("/")
        if found is None or str(found.client_id) != client or (only and only != str(appointment_id)):
            raise Refused("not_found")
        return found

    def client_list(self, token: str, client_id: UUID, when: str, page: int) -> AppointmentPage:
        self._called(f"list {when} {page}")
        client, _, only = token.partition("/")
        if only or client != str(client_id):
            raise Refused("not_found")
        if when in self.hidden:
            raise Refused("forbidden")
        theirs = [each for each in self.appointments.values() if each.client_id == client_id]
        previous = when == "previous"
        shown = [each for each in theirs if (each.cancelled or each.past) == previous]
        shown.sort(key=lambda each: each.starts_at, reverse=previous)
        return AppointmentPage(tuple(shown[(page - 1) * 20 : page * 20]), page, max(1, -(-len(shown) // 20)))

    def reschedule(
        self, token: str, appointment_id: UUID, *, command_id: UUID, revision: int, starts_at: datetime, message: str
    ) -> Done:
        now = self.appointment(token, appointment_id)
        same = now.starts_at == starts_at
        moved = replace(
            now,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=now.duration_minutes),
            revision=now.revision + 1,
        )
        return self._do(
            command_id, revision, now, "unchanged" if same else "rescheduled", now if same else moved, message
        )

    def cancel(
        self,
        token: str,
        appointment_id: UUID,
        *,
        command_id: UUID,
        revision: int,
        policy_text_version: int,
        message: str,
    ) -> Done:
        now = self.appointment(token, appointment_id)
        gone = replace(
            now,
            cancelled=True,
            revision=now.revision + 1,
            status_for_client="Cancelled",
            may_change=Permission(False, "already_cancelled"),
            may_cancel=Permission(False, "already_cancelled"),
        )
        return self._do(command_id, revision, now, "cancelled", gone, message)

    def _do(
        self, command_id: UUID, revision: int, now: Appointment, outcome: str, after: Appointment, message: str
    ) -> Done:
        if command_id in self.done:
            return self.done[command_id]
        if self.refuse_with:
            raise self.refuse_with
        if revision != now.revision:
            raise Refused("already_cancelled" if now.cancelled else "changed_meanwhile")
        if not self.silent or after.cancelled:
            self.appointments[now.id] = after
        if self.silent:
            raise Unavailable("fake: ReadTimeout")
        self.messages += [message] if message else []
        self.done[command_id] = Done(outcome, after, now.position + 1)
        return self.done[command_id]

    # availability
    def catalogue(self, token: str) -> Catalogue:
        self._called("catalogue")
        place = Location(PLACE, self.place_name, "12 Harbour Street, Liverpool", "L1 4AB", "Europe/London", False)
        kind = AppointmentType(TYPE, self.type_name, 40, 5, False, 5500, (PRIYA,), (PLACE,))
        priya = Clinician(PRIYA, self.display_name, "Physiotherapist", "", True)
        return Catalogue({PLACE: place}, {TYPE: kind}, {PRIYA: priya}, 0)

    def offered_week(self, token: str, appointment: Appointment, *, start: date | None) -> OfferedWeek:
        self._called("offered_week")
        return self.weeks.get(start) or self.weeks[None]
