"""The table of all views: what the projector builds, what `clinic projections` names."""

from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY, APPOINTMENT_HISTORY_2
from clinic.appointments.application.projections.appointment_times import APPOINTMENT_TIMES
from clinic.appointments.application.projections.changes import View
from clinic.appointments.application.projections.client_list import CLIENT_LIST
from clinic.appointments.application.projections.client_messages import CLIENT_MESSAGES
from clinic.appointments.application.projections.clinician_diary import CLINICIAN_DIARY
from clinic.appointments.application.projections.refusals import REFUSALS

VIEWS: tuple[View, ...] = (
    CLIENT_LIST,
    CLINICIAN_DIARY,
    APPOINTMENT_HISTORY,
    CLIENT_MESSAGES,
    REFUSALS,
    APPOINTMENT_TIMES,
)
"""The newest version of each."""

EARLIER: tuple[View, ...] = (APPOINTMENT_HISTORY_2,)
"""Versions of the release before, built beside the newest until they are dropped (ADR 0029)."""

EVERY_VERSION: tuple[View, ...] = (*EARLIER, *VIEWS)
"""The older version of a view comes first: after a round of the projector the newer one is not behind it."""
