"""Identity as the portal calls it: practices, links, sessions."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from clinic.kernel.errors import Refused
from clinic.portal.adapters.service import Service
from clinic.portal.application.ports import ConfirmedFacts, OpenedLink, SignIn
from clinic.portal.domain.session import Choice, Client, Face, Practice, PracticeFront, Session, User


class HttpIdentity:
    """`Identity` over HTTP with the portal's key."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def practice_front(self, slug: str) -> PracticeFront:
        """The practice with this slug; Refused `not_found`. Dots alone would climb in the address: nobody is asked."""
        if not slug.strip("."):
            raise Refused("not_found")
        body = self._service.get(f"/practices/by-slug/{quote(slug, safe='')}")
        return PracticeFront(_practice(body), body["portal"]["on"], body["portal"]["off_text"] or "")

    def ask_for_link(self, slug: str, contact: str, source_address: str) -> str:
        """Asks for a sign-in link: `accepted` or `portal_off`, whatever exists (F16).

        Refused `invalid` with `errors.contact` for what is no contact at all.
        """
        body = {"practice_slug": slug, "contact": contact, "source_address": source_address}
        outcome: str = self._service.post_once("/sign-in-links", body)["outcome"]
        return outcome

    def ask_again(self, slug: str, token: str, source_address: str) -> str:
        """Asks for a new link to the contact of a sign-in link that ended; the same answers (F14)."""
        body = {"practice_slug": slug, "token": token, "source_address": source_address}
        outcome: str = self._service.post_once("/sign-in-links/again", body)["outcome"]
        return outcome

    def open_link(self, slug: str, token: str) -> OpenedLink:
        """The state of a link; changes nothing (F12)."""
        found = self._service.post("/links/open", {"practice_slug": slug, "token": token})
        return OpenedLink(found["state"], bool(found.get("can_send_again")))

    def confirm(self, slug: str, token: str, facts: Mapping[str, str], source_address: str) -> ConfirmedFacts:
        """Compares the facts as typed (`day`, `month`, `year`, `postcode`); a wrong, complete set counts as a try."""
        body = {"practice_slug": slug, "token": token, **facts, "source_address": source_address}
        answer = self._service.post_once("/links/confirm", body)
        return ConfirmedFacts(
            outcome=answer["outcome"],
            tries_left=answer.get("tries_left"),
            session=answer.get("session"),
            appointment_id=_id(answer.get("appointment_id")),
            errors=answer.get("errors") or {},
            some_incomplete=bool(answer.get("some_incomplete")),
        )

    def choose(self, secret: str, client_id: UUID) -> str:
        """The secret of a session for one of the choices; the old one ends. Refused `not_found`, `session_ended`."""
        answer = self._service.post("/sessions/choose", {"session": secret, "client_id": str(client_id)})
        chosen: str = answer["session"]
        return chosen

    def look_up(self, secret: str, face: Face) -> Session | None:
        """The session behind a cookie's secret; None when it has ended or never was."""
        try:
            return _session(self._service.post("/sessions/look-up", {"session": secret, "face": face}))
        except Refused as refusal:
            if refusal.code in {"session_ended", "invalid"}:
                return None
            raise

    def end(self, secret: str) -> None:
        """Ends a session; said twice, it stays quiet."""
        self._service.post("/sessions/end", {"session": secret})

    def sign_in_staff(self, slug: str, email: str, password: str, source_address: str) -> SignIn:
        """A member of staff signs in with e-mail and password."""
        body = {"practice_slug": slug, "email": email, "password": password, "source_address": source_address}
        answer = self._service.post_once("/staff/sign-in", body)
        return SignIn(answer["outcome"], answer.get("session"))

    def set_up_staff(self, slug: str, token: str, password: str) -> Mapping[str, Any]:
        """The first password of a user: `{outcome, email?}`."""
        body = {"practice_slug": slug, "token": token, "password": password}
        answer: Mapping[str, Any] = self._service.post("/staff/set-up", body)
        return answer

    def user_names(self, practice_id: UUID, user_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        """Users' names, for clinicians without a display name; in one call, and none for nobody."""
        wanted = sorted(str(each) for each in user_ids)
        if not wanted:
            return {}
        answer = self._service.post(f"/names?practice={practice_id}", {"clients": [], "users": wanted})
        return {UUID(user_id): name for user_id, name in answer["users"].items()}


def _practice(body: Mapping[str, Any]) -> Practice:
    return Practice(
        id=UUID(body["id"]),
        name=body["name"],
        slug=body["slug"],
        phone=body["phone"] or "",
        email=body["email"] or "",
        zone=body["zone"],
        nation=body["nation"],
    )


def _session(body: Mapping[str, Any]) -> Session:
    client, user = body.get("client"), body.get("user")
    return Session(
        session_id=UUID(body["session_id"]),
        kind=body["kind"],
        practice=_practice(body["practice"]),
        client=Client(UUID(client["id"]), client["first_name"], client["last_name"]) if client else None,
        user=User(UUID(user["id"]), user["name"], user["role"], user["email"]) if user else None,
        appointment_id=_id(body.get("appointment_id")),
        idle_expires_at=datetime.fromisoformat(body["idle_expires_at"]),
        absolute_expires_at=datetime.fromisoformat(body["absolute_expires_at"]),
        tokens=body["tokens"],
        choices=tuple(Choice(UUID(each["client_id"]), each["first_name"]) for each in body.get("choices") or ()),
    )


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None
