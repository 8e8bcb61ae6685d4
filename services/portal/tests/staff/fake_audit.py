"""The past as the staff pages ask for it, over a world in memory; it keeps the promises of docs/http.md."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused

from .cast import EVENT, NOW, OLGA, PAT, World

FIRST = "2026-11-02T09:00:00Z"
SHOWN = {"shown": True, "reason": None, "off_text": ""}
AUDITORS = ("site_administrator", "auditor")


class FakeAudit:
    """What was on Pat's list, the diary and the settings at every moment from FIRST on: what the world holds now."""

    world: World
    user: Any
    here: bool

    def _called(self, name: str, given: Any = None, *, writes: bool = False) -> None: ...
    def _mine(self, found: Any) -> Any: ...

    def _then(self, name: str, at: str, given: Any = None) -> dict[str, Any]:
        self._called(name, (at, given))
        if self.user.role not in AUDITORS:
            raise Refused("forbidden")
        if at < FIRST:
            raise Refused("invalid", errors={"at": ["before_first_event"]}, first_recorded_at=FIRST)
        if at > utc_text(NOW):
            raise Refused("invalid", errors={"at": ["in_the_future"]}, now=utc_text(NOW))
        return {"as_of": {"at": at, "position": 9, "event_id": str(EVENT), "recorded_at": "2026-11-22T14:41:00Z"}}

    def _for_client(self, one: dict[str, Any]) -> dict[str, Any]:
        late = {"allowed": False, "reason": "too_late_to_change"}
        policy = {"text": "Please tell us <b>a day</b> before.", "text_version": 1}
        return {**one, "status_name": "", "policy": policy, "may_change": late}

    def list_then(self, client_id: UUID, at: str, when: str, page: int) -> dict[str, Any]:
        told = self._then("list_then", at, (client_id, when, page))
        of = [one for one in self.world.appointments.values() if one["client_id"] == str(client_id) and self.here]
        found = [self._for_client(one) for one in of if one["cancelled"] == (when == "previous")]
        return told | {"appointments": found, "page": page, "pages": 1, "list_shown": self.world.list_shown or SHOWN}

    def appointment_then(self, appointment_id: UUID, at: str) -> dict[str, Any]:
        told = self._then("appointment_then", at, appointment_id)
        return told | {"appointment": self._for_client(self._mine(self.world.appointments.get(str(appointment_id))))}

    def history_then(self, appointment_id: UUID, at: str) -> dict[str, Any]:
        told = self._then("history_then", at, appointment_id)
        changed = [
            {"field": "starts_at", "before": "2026-11-26T10:20:00Z", "after": "2026-12-02T10:20:00Z"},
            {"field": "status", "before": "booked", "after": "off"},
            {"field": "paid_pence", "before": 0, "after": 4500},
            {"field": "revision", "before": 1, "after": 2},
        ]
        return told | {"entries": [{**one, "changed": changed} for one in self.world.entries]}

    def diary_then(self, at: str, from_: str, to: str) -> dict[str, Any]:
        told = self._then("diary_then", at, (from_, to))
        found = [one for one in self.world.appointments.values() if from_ <= one["starts_at"] < to and self.here]
        return told | {"entries": found}

    def settings_then(self, at: str) -> dict[str, Any]:
        return self._then("settings_then", at) | {"settings": dict(self.world.settings)}

    def messages_then(self, client_id: UUID, at: str) -> dict[str, Any]:
        return self._then("messages_then", at, client_id) | {"messages": self.world.messages}

    def unseal_for_audit(self, client_id: UUID, reason: str, messages: Sequence[Any]) -> dict[str, str | None]:
        self._called("unseal_for_audit", (client_id, reason))
        if self.user.role not in AUDITORS:
            raise Refused("forbidden")
        if len(reason) < 3 or not reason.replace(" ", "").isalpha():
            raise Refused("invalid", errors={"reason": ["String does not match expected pattern."]})
        return {one["event_id"]: "Could it be <b>earlier</b>?" for one in messages}

    def unsealings(self, page: int) -> dict[str, Any]:
        self._called("unsealings", page)
        if self.user.role not in AUDITORS:
            raise Refused("forbidden")
        told = [
            {"position": 7, "recorded_at": "2026-11-22T15:00:00Z", "actor": {"kind": kind, "id": who},
             "client_id": str(PAT), "messages": count, "reason": reason}
            for kind, who, count, reason in (
                ("staff", str(OLGA), 1, "reading the Messages tab"), ("system", None, 2, "court order (operator jo)"),
            )
        ]  # fmt: skip
        return {"unsealings": told if self.here else [], "page": page, "more": False}

    def ledger_head(self) -> dict[str, Any] | None:
        self._called("ledger_head")
        return self.world.head

    def export(self, from_: str, to: str, form: str) -> Iterator[bytes]:
        self._called("export", (from_, to, form))
        if self.user.role not in AUDITORS:
            raise Refused("forbidden")
        assert datetime.fromisoformat(from_) < datetime.fromisoformat(to)
        return iter([b'{"position":1}\n', b'{"position":2}\n'] if self.here else [])
