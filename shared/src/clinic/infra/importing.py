"""How a practice is imported: each service's importer in a fixed order, each in one transaction.

An importer is a function found by the entry-point group `clinic.importers`. It keys rows by external reference: a row
that says what it said before is left alone, so running an interrupted import again finishes it; one that says something
else becomes a change (ADR 0025). It tells nobody (F49).
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from uuid import UUID

from clinic.kernel.errors import Unavailable
from clinic.kernel.practice_directory import Kind, PracticeDirectory
from clinic.kernel.taking_over import LeftAlone

ORDER = ("identity", "availability", "appointments")


@dataclass(slots=True)
class ImportContext:
    """What importers share: the ids that earlier ones gave. Identity gives the practice, users and clients;
    availability locations and types; appointments the appointments. `progress(done, total)` may be called meanwhile.

    `set_up_address` is filled by identity when the practice got its first site administrator by this import. Importers
    plan as always and write nothing when `dry_run`; they leave rows that are there alone unless `update`. With
    `with_reminders` clients are reminded of imported appointments (F49). `erased` are the references of clients who
    were erased here (F52): identity names them, and nothing of theirs is imported.
    """

    practice_id: UUID | None = None
    ids: dict[tuple[Kind, str], UUID] = field(default_factory=dict)
    progress: Callable[[int, int], None] = lambda done, total: None
    set_up_address: str | None = None
    dry_run: bool = False
    update: bool = True
    with_reminders: bool = False
    erased: set[str] = field(default_factory=set)

    def practice(self) -> UUID:
        """The practice's id, once identity has given it."""
        if self.practice_id is None:
            raise LookupError("identity imports first")
        return self.practice_id


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one service did (or, in a dry run, would do): numbers of rows.

    `left` are rows that stayed as they are although the files say otherwise; `missing` are references that an import
    brought and the files no longer name, per file: they stay. `overlapping` are the lines of appointments that overlap
    another of their clinician, `past` those that have begun.
    """

    service: str
    created: int
    unchanged: int
    changed: int = 0
    left: tuple[LeftAlone, ...] = ()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overlapping: tuple[tuple[int, str], ...] = ()
    past: int = 0


Importer = Callable[[PracticeDirectory, ImportContext], ImportReport]


def importers() -> Iterator[tuple[str, Importer]]:
    """The importers in their fixed order."""
    found = {point.name: point for point in entry_points(group="clinic.importers")}
    for name in ORDER:
        yield name, found[name].load()


def ask_for_reminders(practice_id: UUID) -> bool:
    """Clients are reminded of imported appointments from now on (F49); False where they were already.

    Whose reminders they are offers it by the entry point `with_reminders` of the group `clinic.import_options`.
    """
    for point in entry_points(group="clinic.import_options", name="with_reminders"):
        return bool(point.load()(practice_id))
    raise Unavailable("no service here sends reminders")


def operator_database_url(service: str) -> str:
    """The address for an operator's command on a service's database, from `<SERVICE>_OPS_DATABASE_URL`."""
    name = f"{service.upper()}_OPS_DATABASE_URL"
    try:
        return os.environ[name]
    except KeyError:
        raise Unavailable(f"{name} is not set; run the command with the environment of `.local/env`") from None
