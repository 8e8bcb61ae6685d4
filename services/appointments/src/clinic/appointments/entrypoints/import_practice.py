"""The ledger's importer, found by `clinic import` through the entry point `clinic.importers`."""

from clinic.appointments.adapters.import_store import import_store
from clinic.appointments.application.import_practice import import_practice
from clinic.infra.database import Database
from clinic.infra.importing import ImportContext, ImportReport, operator_database_url
from clinic.infra.wake_up import knock
from clinic.kernel.practice_directory import PracticeDirectory


def importer(directory: PracticeDirectory, context: ImportContext) -> ImportReport:
    """Settings, appointments, and last the portal's switch, in one transaction of the operators' role."""
    database = Database(operator_database_url("appointments"), size=2, limits=False, name="appointments-import")
    try:
        with import_store(database, context.practice(), dry_run=context.dry_run) as store:
            done = import_practice(
                store,
                directory,
                context.ids,
                context.progress,
                dry_run=context.dry_run,
                update=context.update,
                erased=context.erased,
            )
        if not context.dry_run:
            knock(database)
    finally:
        database.close()
    for ref, appointment_id in done.ids.items():
        context.ids["appointment", ref] = appointment_id
    return ImportReport(
        "appointments", done.created, done.unchanged, done.changed, done.left, done.missing, done.overlapping, done.past
    )
