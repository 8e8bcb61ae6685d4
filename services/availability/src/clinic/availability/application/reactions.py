"""What availability does when it hears of appointments: it keeps its copy of taken times."""

from datetime import timedelta
from functools import partial
from typing import Any

from clinic.availability.application.ports import Handlers, Taken, TakenTimes
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    Slot,
)
from clinic.contracts.codec import to_fact
from clinic.kernel.recorded import Recorded

Timed = AppointmentBooked | AppointmentImported | AppointmentRescheduled | AppointmentStatusChanged
"""What says when an appointment is."""

IGNORED = frozenset(
    {
        "AppointmentRulesChanged",
        "PaymentRecorded",
        "RefundRecorded",
        "ClientMessageLeft",
        "ClientMessageRead",
        "ClientMessageDealtWith",
        "ClientMessageReopened",
        "PortalSettingsChanged",
        "ChangeRefused",
    }
)
"""Events of appointments that take and free no time."""


def handlers(copy: TakenTimes) -> Handlers:
    """The reaction to each event of appointments; every one is idempotent by the appointment's revision."""
    return {
        "AppointmentBooked": partial(when_appointment_booked_take_its_time, copy),
        "AppointmentImported": partial(when_appointment_booked_take_its_time, copy),
        "AppointmentRescheduled": partial(when_appointment_rescheduled_move_its_time, copy),
        "AppointmentCancelled": partial(when_appointment_cancelled_free_its_time, copy),
        "AppointmentStatusChanged": partial(when_appointment_status_changed_take_or_free_its_time, copy),
    }


def when_appointment_booked_take_its_time(copy: TakenTimes, connection: Any, recorded: Recorded) -> None:
    """Booked or imported: the clinician is taken until the end of the buffer, if the status occupies time."""
    fact: AppointmentBooked | AppointmentImported = to_fact(recorded)
    copy.take(connection, _taken(recorded, fact, fact.slot, occupies=fact.occupies))


def when_appointment_rescheduled_move_its_time(copy: TakenTimes, connection: Any, recorded: Recorded) -> None:
    """The old time is free in the same statement that takes the new one (F28); whether it occupies time stays."""
    fact: AppointmentRescheduled = to_fact(recorded)
    copy.take(connection, _taken(recorded, fact, fact.new, occupies=None))


def when_appointment_cancelled_free_its_time(copy: TakenTimes, connection: Any, recorded: Recorded) -> None:
    """A cancelled appointment takes no time (F26, F28)."""
    fact: AppointmentCancelled = to_fact(recorded)
    copy.free(connection, recorded.practice_id, fact.appointment_id, fact.revision)


def when_appointment_status_changed_take_or_free_its_time(
    copy: TakenTimes, connection: Any, recorded: Recorded
) -> None:
    """A status in which the client does not attend frees the time, one in which they attend takes it back (F26)."""
    fact: AppointmentStatusChanged = to_fact(recorded)
    copy.take(connection, _taken(recorded, fact, fact.slot, occupies=fact.occupies))


def _taken(recorded: Recorded, fact: Timed, slot: Slot, *, occupies: bool | None) -> Taken:
    return Taken(
        practice_id=recorded.practice_id,
        appointment_id=fact.appointment_id,
        client_id=fact.client_id,
        clinician_id=fact.clinician_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at + timedelta(minutes=slot.buffer_after_minutes),
        occupies=occupies,
        revision=fact.revision,
    )
