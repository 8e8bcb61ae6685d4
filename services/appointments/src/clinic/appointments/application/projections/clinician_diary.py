"""Who is with this clinician, and when?"""

from clinic.appointments.application.projections.appointment_rows import HANDLES
from clinic.appointments.application.projections.changes import View

CLINICIAN_DIARY = View("clinician_diary", 1, HANDLES, ignores=("ClientMessageLeft", "PortalSettingsChanged"))
