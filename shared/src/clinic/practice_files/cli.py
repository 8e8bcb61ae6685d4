"""`clinic import` and `clinic sample-practice`."""

import json
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from clinic.infra.clock import utc_now
from clinic.infra.importing import ImportContext, ImportReport, importers
from clinic.kernel.errors import Unavailable
from clinic.kernel.practice_directory import PracticeDirectory
from clinic.practice_files.faults import FaultyDirectory
from clinic.practice_files.reading import read_directory
from clinic.practice_files.sample import write_sample_practice

USAGE_ERROR, FAILED, TEMPORARY = 2, 1, 75
FAULTS_SHOWN = 50

log = Console(stderr=True)


def import_practice(
    directory: Annotated[Path, typer.Argument(help="The practice directory (docs/import.md).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Take a practice over: every row is checked first, one bad row means that nothing is written.

    Run it again to finish an interrupted import; rows that are there already stay as they are. Nobody is told anything.
    """
    if not directory.is_dir():
        log.print(f"{directory} is no directory.", style="red", highlight=False)
        raise typer.Exit(USAGE_ERROR)
    started = time.monotonic()
    found = _read(directory)
    reports, context = ([], ImportContext()) if dry_run else _write(found)
    _tell(found, reports, context, time.monotonic() - started, as_json=as_json)


def _read(directory: Path) -> PracticeDirectory:
    try:
        return read_directory(
            directory, lambda file, rows: log.print(f"checked {file}: {rows:,} rows", highlight=False)
        )
    except FaultyDirectory as faulty:
        for fault in faulty.faults[:FAULTS_SHOWN]:
            log.print(str(fault), style="red", highlight=False, markup=False, soft_wrap=True)
        left = len(faulty.faults) - FAULTS_SHOWN
        more = f" ({left} more are not shown)" if left > 0 else ""
        log.print(f"Nothing was imported: {len(faulty.faults)} to mend{more}.", highlight=False)
        raise typer.Exit(FAILED) from None


def _write(found: PracticeDirectory) -> tuple[list[ImportReport], ImportContext]:
    context = ImportContext()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    reports: list[ImportReport] = []
    try:
        with Progress(*columns, console=log, disable=not log.is_terminal) as progress:
            for name, importer in importers():
                task = progress.add_task(name, total=None)
                context.progress = _report_to(progress, task)
                reports.append(importer(found, context))
                if not log.is_terminal:
                    log.print(
                        f"{name}: {reports[-1].created:,} new, {reports[-1].unchanged:,} unchanged", highlight=False
                    )
    except Unavailable as error:
        log.print(f"{error}. Nothing of the part at work was written: run the same command again.", style="red")
        raise typer.Exit(TEMPORARY) from None
    return reports, context


def _report_to(progress: Progress, task: TaskID) -> Callable[[int, int], None]:
    return lambda done, total: progress.update(task, completed=done, total=total)


def _tell(
    found: PracticeDirectory, reports: list[ImportReport], context: ImportContext, seconds: float, *, as_json: bool
) -> None:
    summary = {
        "practice": found.practice.slug,
        "practice_id": str(context.practice_id) if context.practice_id else None,
        "rows": {
            "users": len(found.users),
            "locations": len(found.locations),
            "appointment_types": len(found.appointment_types),
            "clients": len(found.clients),
            "appointments": len(found.appointments),
        },
        "written": {report.service: {"new": report.created, "unchanged": report.unchanged} for report in reports},
        "set_up_address": context.set_up_address,
        "seconds": round(seconds, 1),
    }
    if as_json:
        print(json.dumps(summary, indent=2))
        return
    verb = "imported" if reports else "checked, nothing written"
    print(f"{found.practice.name}: {len(found.clients):,} clients and {len(found.appointments):,} appointments {verb}.")
    if context.set_up_address:
        print(f"First administrator, once, within 7 days: {context.set_up_address}")


def sample_practice(
    directory: Annotated[Path, typer.Argument(help="Where to write the files; made when it is not there.")],
    clients: Annotated[int, typer.Option(min=3, max=20_000)] = 150,
    months: Annotated[int, typer.Option(min=0, max=60, help="Months of history.")] = 2,
    seed: Annotated[int, typer.Option(help="The same seed on the same day writes the same practice.")] = 1,
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to write it for.")] = None,
) -> None:
    """Write a made-up practice as a directory for `clinic import`."""
    day: date = (today or utc_now()).date()
    count = write_sample_practice(directory, clients=clients, months=months, seed=seed, today=day)
    print(f"{directory}: {clients:,} clients and {count:,} appointments.", file=sys.stderr)
