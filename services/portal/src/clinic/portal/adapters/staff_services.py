"""The four services over HTTP, called with the signed-in user's tokens (docs/http.md)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from clinic.portal.adapters.audit_services import HttpAuditServices
from clinic.portal.adapters.service import Service
from clinic.portal.application.staff.ports import Json


class HttpStaffServices(HttpAuditServices):
    """`StaffServices` of one request. `tokens` are the session's, by service; they live 60 seconds."""

    def __init__(self, services: Mapping[str, Service], tokens: Mapping[str, str]) -> None:
        self._services = services
        self._tokens = tokens

    def _get(self, service: str, path: str, **query: Any) -> Any:
        return self._services[service].get(path, token=self._tokens[service], **query)

    def _post(self, service: str, path: str, body: Any) -> Any:
        return self._services[service].post(path, body, token=self._tokens[service])

    def _change(
        self, service: str, method: str, path: str, body: Mapping[str, Any], version: int | None = None
    ) -> Json:
        token = self._tokens[service]
        return dict(self._services[service].change(method, path, dict(body), token=token, if_match=version))

    def search_clients(self, words: str) -> list[Json]:
        return list(self._get("identity", "/clients", q=words, limit=50)["clients"])

    def client(self, client_id: UUID) -> Json:
        return dict(self._get("identity", f"/clients/{client_id}"))

    def change_client(self, client_id: UUID, version: int, changes: Mapping[str, Any]) -> Json:
        return self._change("identity", "PATCH", f"/clients/{client_id}", changes, version)

    def unlock_client(self, client_id: UUID) -> None:
        self._post("identity", f"/clients/{client_id}/unlock", {})

    def place_hold(self, client_id: UUID, reason: str) -> None:
        self._post("identity", f"/clients/{client_id}/legal-hold", {"reason": reason})

    def lift_hold(self, client_id: UUID) -> None:
        path, token = f"/clients/{client_id}/legal-hold", self._tokens["identity"]
        self._services["identity"].change("DELETE", path, None, token=token)

    def erase_client(self, client_id: UUID, command: Mapping[str, Any]) -> None:
        self._post("identity", f"/clients/{client_id}/erase", dict(command))

    def export_client(self, client_id: UUID) -> Json:
        return dict(self._get("identity", f"/clients/{client_id}/export"))

    def users(self) -> list[Json]:
        return list(self._get("identity", "/users")["users"])

    def names(self, clients: Sequence[str], users: Sequence[str]) -> Json:
        return dict(self._post("identity", "/names", {"clients": list(clients), "users": list(users)}))

    def unseal(self, client_id: UUID, reason: str, messages: Sequence[Json]) -> dict[str, str | None]:
        body = {"client_id": str(client_id), "reason": reason, "messages": list(messages)}
        return dict(self._post("identity", "/messages/unseal", body)["texts"])

    def appointment(self, appointment_id: UUID) -> Json:
        return dict(self._get("appointments", f"/appointments/{appointment_id}"))

    def appointments_of(self, client_id: UUID, when: str, page: int) -> Json:
        return dict(self._get("appointments", "/appointments", client=str(client_id), when=when, page=page))

    def book(self, command: Mapping[str, Any]) -> Json:
        return dict(self._post("appointments", "/appointments", dict(command)))

    def reschedule(self, appointment_id: UUID, command: Mapping[str, Any]) -> Json:
        return dict(self._post("appointments", f"/appointments/{appointment_id}/reschedule", dict(command)))

    def cancel(self, appointment_id: UUID, command: Mapping[str, Any]) -> Json:
        return dict(self._post("appointments", f"/appointments/{appointment_id}/cancel", dict(command)))

    def set_status(self, appointment_id: UUID, command: Mapping[str, Any]) -> Json:
        return dict(self._post("appointments", f"/appointments/{appointment_id}/status", dict(command)))

    def set_rules(self, appointment_id: UUID, command: Mapping[str, Any]) -> Json:
        return self._change("appointments", "PUT", f"/appointments/{appointment_id}/rules", command)

    def payments(self, appointment_id: UUID) -> Json:
        return dict(self._get("appointments", f"/appointments/{appointment_id}/payments"))

    def record_payment(self, appointment_id: UUID, command: Mapping[str, Any]) -> Json:
        return dict(self._post("appointments", f"/appointments/{appointment_id}/payments", dict(command)))

    def record_refund(self, appointment_id: UUID, command: Mapping[str, Any]) -> Json:
        return dict(self._post("appointments", f"/appointments/{appointment_id}/refunds", dict(command)))

    def history(self, appointment_id: UUID, *, min_position: int | None = None) -> list[Json]:
        path = f"/appointments/{appointment_id}/history"
        return list(self._get("appointments", path, min_position=min_position)["entries"])

    def diary(self, from_: str, to: str) -> list[Json]:
        return list(self._get("appointments", "/diary", **{"from": from_, "to": to})["entries"])

    def messages_of(self, client_id: UUID) -> list[Json]:
        return list(self._get("appointments", f"/clients/{client_id}/messages")["messages"])

    def practice_messages(self, *, dealt_with: bool | None, page: int) -> Json:
        wanted = None if dealt_with is None else str(dealt_with).lower()
        return dict(self._get("appointments", "/messages", dealt_with=wanted, page=page))

    def read_message(self, message_id: UUID) -> None:
        self._post("appointments", f"/messages/{message_id}/read", {})

    def deal_with(self, message_id: UUID, command: Mapping[str, Any]) -> None:
        self._post("appointments", f"/messages/{message_id}/dealt-with", dict(command))

    def portal_settings(self) -> Json:
        return dict(self._get("appointments", "/settings/portal"))

    def portal_settings_history(self, page: int) -> Json:
        return dict(self._get("appointments", "/settings/portal/history", page=page))

    def refusals(self, *, client: UUID | None = None, appointment: UUID | None = None, page: int = 1) -> Json:
        return dict(self._get("appointments", "/refusals", client=client, appointment=appointment, page=page))

    def confirmation_refusals(self, *, client: UUID | None = None, page: int = 1) -> Json:
        return dict(self._get("identity", "/confirmation-refusals", client=client, page=page))

    def what_if(self, question: Mapping[str, str]) -> Json:
        return dict(self._get("appointments", "/policy/what-if", **question))

    def change_portal_settings(self, version: int, settings: Mapping[str, Any]) -> Json:
        return self._change("appointments", "PUT", "/settings/portal", settings, version)

    def offered_times(self, **question: Any) -> Json:
        return dict(self._get("availability", "/offered-times", **question))

    def catalogue(self) -> Json:
        return dict(self._get("availability", "/catalogue"))

    def change_online_profile(self, clinician_id: UUID, profile: Mapping[str, Any]) -> Json:
        return self._change("availability", "PUT", f"/clinicians/{clinician_id}/online", profile)

    def alerts(self, *, unread: bool = False) -> Json:
        return dict(self._get("notifications", "/alerts", unread="true" if unread else None))

    def mark_read(self, alert_id: UUID) -> None:
        self._post("notifications", f"/alerts/{alert_id}/read", {})

    def mark_all_read(self) -> None:
        self._post("notifications", "/alerts/read-all", {})

    def alert_switches(self, user_id: UUID) -> Json:
        return dict(self._get("notifications", f"/users/{user_id}/alert-switches"))

    def set_alert_switches(self, user_id: UUID, switches: Mapping[str, Any]) -> Json:
        return self._change("notifications", "PUT", f"/users/{user_id}/alert-switches", switches)

    def communications(self) -> Json:
        return dict(self._get("notifications", "/settings/communications"))

    def communications_history(self, page: int) -> Json:
        return dict(self._get("notifications", "/settings/communications/history", page=page))

    def change_communications(self, version: int, wanted: Mapping[str, Any]) -> Json:
        return self._change("notifications", "PUT", "/settings/communications", wanted, version)

    def preview_text(self, text: Mapping[str, Any]) -> Json:
        return dict(self._post("notifications", "/settings/communications/preview", dict(text)))

    def sent_messages(self, *, client: UUID | None = None, appointment: UUID | None = None) -> list[Json]:
        return list(self._get("notifications", "/messages", client=client, appointment=appointment)["messages"])

    def resend(self, message_id: UUID, command_id: str) -> Json:
        return dict(self._post("notifications", f"/messages/{message_id}/resend", {"command_id": command_id}) or {})

    def send_confirmation(self, appointment_id: UUID, command_id: str) -> Json:
        path = f"/appointments/{appointment_id}/confirmation"
        return dict(self._post("notifications", path, {"command_id": command_id}) or {})
