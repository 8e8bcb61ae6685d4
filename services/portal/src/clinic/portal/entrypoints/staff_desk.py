"""What every staff page starts from: who is signed in, the services as that user sees them, forms and banners."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clinic.contracts.identity import ADMINISTRATOR, AUDITORS, WRITERS
from clinic.kernel.client_time import in_zone
from clinic.kernel.errors import Refused
from clinic.portal.application.ports import Identity
from clinic.portal.application.staff.ports import StaffServices
from clinic.portal.application.staff.words import say_refusal
from clinic.portal.domain.session import Practice, Session, User
from clinic.portal.entrypoints.web_session import needs_session

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class StaffFace:
    """What the face was built from. `connect` gives the services of one session's tokens; `clock` says now in UTC."""

    identity: Identity
    connect: Callable[[Mapping[str, str]], StaffServices]
    clock: Callable[[], datetime]


def face() -> StaffFace:
    """The face of the current request."""
    return cast(StaffFace, current_app.extensions["clinic_staff"])


@dataclass(frozen=True, slots=True)
class Desk:
    """The signed-in user's place of work in one request. `now` only draws pages: rules use the database's clock."""

    session: Session
    services: StaffServices
    now: datetime

    @property
    def practice(self) -> Practice:
        """The user's practice, the only one there is for them."""
        return self.session.practice

    @property
    def user(self) -> User:
        """The signed-in user."""
        if self.session.user is None:
            raise Refused("session_ended")
        return self.session.user

    @property
    def may_write(self) -> bool:
        """Auditors read only."""
        return self.user.role in WRITERS

    @property
    def is_administrator(self) -> bool:
        """Only they edit portal settings and others' profiles (F6)."""
        return self.user.role == ADMINISTRATOR

    @property
    def may_audit(self) -> bool:
        """Only they look at the past of the ledger (F50)."""
        return self.user.role in AUDITORS

    @property
    def today(self) -> date:
        """Today in the practice's zone."""
        return in_zone(self.now, self.practice.zone).date()


def staff_page(*roles: str) -> Callable[[View], View]:
    """The view gets `desk` first and no `slug`. Other roles than the given ones (none given: all) are forbidden."""

    def decorate(view: View) -> View:
        @wraps(view)
        @needs_session
        def guarded(session: Session, *, slug: str, **given: Any) -> Any:
            g.desk = desk = Desk(session, face().connect(session.tokens), face().clock())
            if roles and desk.user.role not in roles:
                raise Refused("forbidden")
            return view(desk, **given)

        return cast(View, guarded)

    return decorate


def page(template: str, status: int = 200, *, errors: Mapping[str, str] | None = None, **given: Any) -> Any:
    """A page of the staff face; `errors` are sentences by field, shown on top and beside the fields."""
    told = [{"field": field, "text": text} for field, text in (errors or {}).items()]
    return render_template(f"staff/{template}", errors=told, **given), status


def refused_page(template: str, refusal: Refused, **given: Any) -> Any:
    """The same page again, with the refusal on top and nothing lost: 422 or 409."""
    return page(template, 422 if refusal.code == "invalid" else 409, errors={"": say_refusal(refusal.code)}, **given)


def done(code: str, endpoint: str, *, anchor: str | None = None, **values: Any) -> ResponseReturnValue:
    """Post, redirect, get: the page that follows says what was done."""
    flash(code)
    return redirect(url_for(endpoint, _anchor=anchor, **values), 303)


def form() -> dict[str, str]:
    """The posted fields as text; of a repeated field the first."""
    return request.form.to_dict()


def asked(name: str) -> str:
    """A query parameter without outer spaces; empty when absent."""
    return request.args.get(name, "").strip()


def asked_page() -> int:
    """The `page` of a list, from 1."""
    text = asked("page")
    return max(1, int(text[:6])) if text.isascii() and text.isdigit() else 1


def posted_number(name: str) -> int:
    """A hidden whole number of a form; Refused `invalid` for anything else."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused("invalid")
    return int(text)


def posted_command() -> str:
    """The form's command id; Refused `invalid` where it is none."""
    try:
        return str(UUID(request.form.get("command_id", "")))
    except ValueError:
        raise Refused("invalid") from None
