"""Who is with this clinician, and when?"""

from clinic.appointments.application.projections.appointment_rows import HANDLES
from clinic.appointments.application.projections.changes import NOT_OF_AN_APPOINTMENT, View

CLINICIAN_DIARY = View("clinician_diary", 2, HANDLES, ignores=NOT_OF_AN_APPOINTMENT, key="appointment_id")
