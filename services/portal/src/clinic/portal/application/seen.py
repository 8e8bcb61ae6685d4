"""An appointment as its client sees it: the ledger's state joined with today's names (A3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.kernel.client_time import say_instant, say_window, say_zone
from clinic.portal.application.ports import Backends
from clinic.portal.domain.appointment import Appointment, Catalogue, Location
from clinic.portal.domain.money import say_paid
from clinic.portal.domain.session import Session
from clinic.portal.domain.wording import Wording, wording_of


@dataclass(frozen=True, slots=True)
class Seen:
    """One appointment in words. `when` says the location's time; `with_whom` and `paid` may be empty."""

    appointment: Appointment
    what: str
    with_whom: str
    place: Location | None
    when: str
    why_no_change: Wording | None
    why_no_cancel: Wording | None
    paid: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still to come: only then there is something to do, or a reason why not."""
        return not self.appointment.cancelled and not self.appointment.past

    @property
    def why_in_short(self) -> str:
        """Why it cannot be changed or cancelled here, and whom to call, in one line (F29); empty where it can."""
        reasons = [why for why in (self.why_no_change, self.why_no_cancel) if why]
        said = list(dict.fromkeys(why.heading for why in reasons))
        if len(said) == 2 and said[0].replace(" change ", " cancel ") == said[1]:
            said = [said[0].replace(" change ", " change or cancel ")]
        return " ".join([*(f"{one}." for one in said), reasons[-1].way_on]) if reasons else ""


def see(backends: Backends, session: Session, appointment_id: UUID, *, min_position: int | None = None) -> Seen:
    """The appointment and its names; Refused `not_found` when it is not this client's."""
    appointment = backends.appointments.appointment(
        session.tokens["appointments"], appointment_id, min_position=min_position
    )
    return describe(backends, session, appointment)


def describe(backends: Backends, session: Session, appointment: Appointment) -> Seen:
    """The same for an appointment that is at hand already."""
    return describe_all(backends, session, [appointment])[0]


def describe_all(backends: Backends, session: Session, appointments: Sequence[Appointment]) -> list[Seen]:
    """Many at once: names and places by one call of the catalogue, and one for clinicians without a display name."""
    if not appointments:
        return []
    catalogue = backends.availability.catalogue(session.tokens["availability"])
    names = {clinician.id: clinician.display_name for clinician in catalogue.clinicians.values()}
    nameless = {each.clinician_id for each in appointments if not names.get(each.clinician_id)}
    if nameless:
        names |= backends.identity.user_names(session.practice.id, nameless)
    return [_describe(catalogue, names, session.practice.phone, each) for each in appointments]


def _describe(catalogue: Catalogue, names: Mapping[UUID, str], phone: str, appointment: Appointment) -> Seen:
    kind = catalogue.appointment_types.get(appointment.appointment_type_id)
    return Seen(
        appointment=appointment,
        what=kind.name if kind else "Appointment",
        with_whom=names.get(appointment.clinician_id, ""),
        place=catalogue.locations.get(appointment.location_id),
        when=say_when(appointment),
        why_no_change=None
        if appointment.may_change.allowed
        else explain(appointment.may_change.reason or "changes_not_offered", appointment, phone),
        why_no_cancel=None
        if appointment.may_cancel.allowed
        else explain(appointment.may_cancel.reason or "cancellations_not_offered", appointment, phone),
        paid=say_paid(appointment.paid),
    )


def say_when(appointment: Appointment) -> str:
    """`Wednesday 2 December 2026, 10:20am`; by video the reader may be anywhere, so the zone is said too (ux.md)."""
    return say_start(appointment, appointment.starts_at)


def say_start(appointment: Appointment, starts_at: datetime) -> str:
    """The same for another start of this appointment."""
    said = say_instant(starts_at, appointment.zone)
    return f"{said} {say_zone(appointment.zone)}" if appointment.video else said


def explain(code: str, appointment: Appointment, phone: str) -> Wording:
    """Why something is refused, with the window that applies; a window of `never` reads as not offered (F27)."""
    window = appointment.cancellation_window if code == "too_late_to_cancel" else appointment.edit_window
    if code in {"too_late_to_change", "too_late_to_cancel"} and window.minutes is None:
        code = "changes_not_offered" if code == "too_late_to_change" else "cancellations_not_offered"
    return wording_of(code).fill(phone=phone, window=say_window(window.minutes or 0))
