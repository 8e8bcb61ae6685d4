"""How availability's consumer is repaired after the ledger was restored to an older point (ADR 0028)."""

from clinic.availability.adapters.taken_times import PostgresTakenTimes
from clinic.availability.application.reactions import handlers
from clinic.availability.bootstrap import APPOINTMENTS
from clinic.infra.repairing import Copy, ServiceRepairs, built_by

TAKEN_TIMES = PostgresTakenTimes()

REPAIRS = ServiceRepairs(
    [Copy(APPOINTMENTS.name, APPOINTMENTS.source, TAKEN_TIMES.forget, built_by(handlers(TAKEN_TIMES)))]
)
"""The copy of taken times is built anew: times of lost appointments are free again."""
