"""The importer that `clinic import` finds by its entry point."""

from clinic.availability import bootstrap
from clinic.availability.application.import_practice import import_practice
from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.practice_directory import PracticeDirectory


def importer(directory: PracticeDirectory, context: ImportContext) -> ImportReport:
    """Imports places, types, clinicians, hours and settings; gives the ids of locations and types to the context."""
    with bootstrap.practice_writer() as writer:
        return import_practice(writer, directory, context)
