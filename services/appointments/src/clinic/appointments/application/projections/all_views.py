"""The table of all views: what the projector builds, what `clinic projections` names."""

from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.appointment_times import APPOINTMENT_TIMES
from clinic.appointments.application.projections.changes import View
from clinic.appointments.application.projections.client_list import CLIENT_LIST
from clinic.appointments.application.projections.client_messages import CLIENT_MESSAGES
from clinic.appointments.application.projections.clinician_diary import CLINICIAN_DIARY

VIEWS: tuple[View, ...] = (CLIENT_LIST, CLINICIAN_DIARY, APPOINTMENT_HISTORY, CLIENT_MESSAGES, APPOINTMENT_TIMES)
