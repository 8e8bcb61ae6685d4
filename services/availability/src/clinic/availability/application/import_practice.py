"""A practice's places, types, clinicians, hours and booking settings come from its directory (F49)."""

from typing import Protocol
from uuid import UUID

from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.practice_directory import Kind, PracticeDirectory


class PracticeWriter(Protocol):
    """Writes a directory's rows in one transaction."""

    def write(
        self, practice_id: UUID, directory: PracticeDirectory, users: dict[str, UUID]
    ) -> tuple[int, int, dict[tuple[Kind, str], UUID]]:
        """How many rows were new, how many were there already, and the ids of all locations and types."""


def import_practice(writer: PracticeWriter, directory: PracticeDirectory, context: ImportContext) -> ImportReport:
    """Rows that are there already are left alone, so running it again finishes an interrupted import."""
    users = {ref: found for (kind, ref), found in context.ids.items() if kind == "user"}
    created, unchanged, ids = writer.write(context.practice(), directory, users)
    context.ids.update(ids)
    return ImportReport("availability", created, unchanged)
