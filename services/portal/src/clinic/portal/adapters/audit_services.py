"""The past over HTTP, called with an auditor's tokens (docs/http.md)."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from clinic.kernel.errors import Refused
from clinic.portal.adapters.service import Service
from clinic.portal.application.staff.ports import Json


class HttpAuditServices:
    """`AuditServices` of one request."""

    _services: Mapping[str, Service]
    _tokens: Mapping[str, str]

    def _then(self, path: str, **query: object) -> Json:
        return dict(self._services["appointments"].get(path, token=self._tokens["appointments"], **query))

    def list_then(self, client_id: UUID, at: str, when: str, page: int) -> Json:
        return self._then("/as-of/appointments", client=str(client_id), at=at, when=when, page=page)

    def appointment_then(self, appointment_id: UUID, at: str) -> Json:
        return self._then(f"/as-of/appointments/{appointment_id}", at=at)

    def history_then(self, appointment_id: UUID, at: str) -> Json:
        return self._then(f"/appointments/{appointment_id}/history", as_of=at)

    def diary_then(self, at: str, from_: str, to: str) -> Json:
        return self._then("/as-of/diary", at=at, **{"from": from_, "to": to})

    def settings_then(self, at: str) -> Json:
        return self._then("/as-of/settings", at=at)

    def messages_then(self, client_id: UUID, at: str) -> Json:
        return self._then("/as-of/messages", client=str(client_id), at=at)

    def unseal_for_audit(self, client_id: UUID, reason: str, messages: Sequence[Json]) -> dict[str, str | None]:
        body = {"client_id": str(client_id), "reason": reason, "messages": list(messages)}
        return dict(self._services["identity"].post("/audit/unseal", body, token=self._tokens["identity"])["texts"])

    def unsealings(self, page: int) -> Json:
        return dict(self._services["identity"].get("/audit/unsealings", token=self._tokens["identity"], page=page))

    def ledger_head(self) -> Json | None:
        try:
            return self._then("/ledger/head")
        except Refused as refusal:
            if refusal.code == "not_found":
                return None
            raise

    def export(self, from_: str, to: str, form: str) -> Iterator[bytes]:
        query = {"from": from_, "to": to, "format": form}
        return self._services["appointments"].stream("/ledger/events", token=self._tokens["appointments"], **query)
