"""Which appointments does this client have?"""

from clinic.appointments.application.projections.appointment_rows import HANDLES
from clinic.appointments.application.projections.changes import NOT_OF_AN_APPOINTMENT, View

CLIENT_LIST = View("client_list", 2, HANDLES, ignores=NOT_OF_AN_APPOINTMENT, key="appointment_id")
