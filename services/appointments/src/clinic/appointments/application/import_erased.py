"""What an import leaves alone: everything of clients who were erased here (F52)."""

from collections.abc import Collection
from dataclasses import replace

from clinic.kernel.practice_directory import PracticeDirectory
from clinic.kernel.taking_over import LeftAlone

OF_AN_ERASED_CLIENT = "is of a client who was erased here"


def without_erased(
    directory: PracticeDirectory, erased: Collection[str]
) -> tuple[PracticeDirectory, tuple[LeftAlone, ...]]:
    """The directory without these clients' appointments and what was paid for them; and the rows that stay out."""
    if not erased:
        return directory, ()
    appointments = [row for row in directory.appointments if row.client in erased]
    refs = {row.ref for row in appointments}
    payments = [row for row in directory.payments if row.appointment in refs]
    left = (
        *(LeftAlone("appointments.csv", row.line, row.ref, "", OF_AN_ERASED_CLIENT) for row in appointments),
        *(LeftAlone("payments.csv", row.line, row.ref, "", OF_AN_ERASED_CLIENT) for row in payments),
    )
    kept = replace(
        directory,
        appointments=tuple(row for row in directory.appointments if row.client not in erased),
        payments=tuple(row for row in directory.payments if row.appointment not in refs),
    )
    return kept, left
