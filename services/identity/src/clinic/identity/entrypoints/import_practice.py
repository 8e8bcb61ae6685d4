"""The importer that `clinic import` finds by its entry point."""

from clinic.identity.application.import_practice import import_practice
from clinic.identity.bootstrap import operator
from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.practice_directory import PracticeDirectory


def importer(directory: PracticeDirectory, context: ImportContext) -> ImportReport:
    """Imports the practice, its users and its clients; gives their ids to the context."""
    with operator() as ports:
        return import_practice(ports, directory, context)
