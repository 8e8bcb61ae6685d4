"""A client's command, told honestly: done, refused, or not done; when no answer came, the ledger is asked again."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from clinic.kernel.errors import Refused, Unavailable
from clinic.portal.application.ports import Appointments, Backends, Done
from clinic.portal.domain.appointment import Appointment
from clinic.portal.domain.session import Session

MAX_MESSAGE = 1000


class NoAnswer(Exception):
    """The service did not answer. `known_unchanged`: the ledger was read afterwards and is as before."""

    def __init__(self, *, known_unchanged: bool) -> None:
        super().__init__("no answer")
        self.known_unchanged = known_unchanged


def reschedule(
    backends: Backends,
    session: Session,
    appointment_id: UUID,
    *,
    command_id: UUID,
    revision: int,
    starts_at: datetime,
    message: str,
) -> Done:
    """Moves the appointment (F17-F22); Refused with the ledger's code, NoAnswer."""
    return _told(
        backends.appointments,
        session.tokens["appointments"],
        appointment_id,
        lambda ledger, token: ledger.reschedule(
            token, appointment_id, command_id=command_id, revision=revision, starts_at=starts_at, message=message
        ),
        lambda now: now.revision > revision and now.starts_at == starts_at,
        "rescheduled",
    )


def cancel(
    backends: Backends,
    session: Session,
    appointment_id: UUID,
    *,
    command_id: UUID,
    revision: int,
    policy_text_version: int,
    message: str,
) -> Done:
    """Cancels the appointment (F24-F28); Refused with the ledger's code, NoAnswer."""
    return _told(
        backends.appointments,
        session.tokens["appointments"],
        appointment_id,
        lambda ledger, token: ledger.cancel(
            token,
            appointment_id,
            command_id=command_id,
            revision=revision,
            policy_text_version=policy_text_version,
            message=message,
        ),
        lambda now: now.revision > revision and now.cancelled,
        "cancelled",
    )


def _told(
    ledger: Appointments,
    token: str,
    appointment_id: UUID,
    command: Callable[[Appointments, str], Done],
    is_done: Callable[[Appointment], bool],
    outcome: str,
) -> Done:
    try:
        return command(ledger, token)
    except Unavailable:
        try:
            now = ledger.appointment(token, appointment_id)
        except (Unavailable, Refused):
            raise NoAnswer(known_unchanged=False) from None
        if is_done(now):
            return Done(outcome, now, now.position)
        raise NoAnswer(known_unchanged=True) from None
