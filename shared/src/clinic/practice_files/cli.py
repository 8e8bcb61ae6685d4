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
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from clinic.infra.clock import utc_now
from clinic.infra.importing import ImportContext, ImportReport, ask_for_reminders, importers
from clinic.kernel.errors import Unavailable
from clinic.kernel.practice_directory import PracticeDirectory
from clinic.practice_files.decoding import Format
from clinic.practice_files.faults import FaultyDirectory
from clinic.practice_files.reading import read_directory
from clinic.practice_files.sample import write_sample_practice
from clinic.practice_files.summary import Files, as_json, as_text

FAILED, USAGE_ERROR, PARTLY, TEMPORARY, INTERRUPTED = 1, 2, 4, 75, 130
FAULTS_SHOWN = 50

log = Console(stderr=True, highlight=False)


class _Rate(ProgressColumn):
    """Rows per second."""

    def render(self, task: Task) -> Text:
        """Empty while nothing is done."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def import_practice(
    directory: Annotated[Path, typer.Argument(help="The practice directory (docs/import.md).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every row and say what would change; write nothing.")
    ] = False,
    with_reminders: Annotated[
        bool, typer.Option("--with-reminders", help="Clients are reminded of imported appointments (F49).")
    ] = False,
    json_wanted: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Take a practice over: every row is checked first, one bad row means that nothing is written.

    Run it again to finish an interrupted import, or after the files changed: what they changed becomes a change here,
    what was changed here stays and is reported. Nobody is told anything. Exit code 4: some rows were left as they are.
    """
    if not directory.is_dir():
        log.print(f"{directory} is no directory.", style="red")
        raise typer.Exit(USAGE_ERROR)
    started = time.monotonic()
    files: dict[str, tuple[int, Format]] = {}
    context = ImportContext(dry_run=dry_run, with_reminders=with_reminders)
    done: list[ImportReport] = []
    try:
        found = _read(directory, files)
        _work(found, context, done)
        if with_reminders and not dry_run:
            ask_for_reminders(context.practice())
    except Unavailable as error:
        _stopped(f"{error}.", done, TEMPORARY)
    except KeyboardInterrupt:
        _stopped("Interrupted.", done, INTERRUPTED)
    _tell(found, files, done, context, time.monotonic() - started, json_wanted=json_wanted)
    if any(report.left for report in done):
        raise typer.Exit(PARTLY)


def _read(directory: Path, files: dict[str, tuple[int, Format]]) -> PracticeDirectory:
    def checked(file: str, rows: int, read_as: Format) -> None:
        files[file] = (rows, read_as)
        log.print(f"checked {file}: {rows:,} rows ({read_as})")

    try:
        return read_directory(directory, checked)
    except FaultyDirectory as faulty:
        for fault in faulty.faults[:FAULTS_SHOWN]:
            log.print(str(fault), style="red", markup=False, soft_wrap=True)
        left = len(faulty.faults) - FAULTS_SHOWN
        more = f" ({left} more are not shown)" if left > 0 else ""
        log.print(f"Nothing was imported: {len(faulty.faults)} to mend{more}.")
        raise typer.Exit(FAILED) from None


def _work(found: PracticeDirectory, context: ImportContext, done: list[ImportReport]) -> None:
    """Each service's part; `done` grows, so that whoever stops it knows which parts are written."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=log, disable=not log.is_terminal) as progress:
        for name, importer in importers():
            task = progress.add_task(name, total=None)
            context.progress = _report_to(progress, task) if log.is_terminal else _say(name)
            done.append(importer(found, context))
            if not log.is_terminal:
                report, would = done[-1], "would be " if context.dry_run else ""
                numbers = f"{report.created:,} {would}new, {report.changed:,} {would}changed"
                log.print(f"{name}: {numbers}, {report.unchanged:,} unchanged")


def _report_to(progress: Progress, task: TaskID) -> Callable[[int, int], None]:
    return lambda done, total: progress.update(task, completed=done, total=total)


def _say(name: str) -> Callable[[int, int], None]:
    """A plain line for every tenth of the work, where there is enough of it to wait for."""
    told = [0]

    def say(done: int, total: int) -> None:
        if total >= 10_000 and done * 10 // total > told[0]:
            told[0] = done * 10 // total
            log.print(f"{name}: {done:,} of {total:,}")

    return say


def _stopped(why: str, done: list[ImportReport], code: int) -> None:
    parts = ", ".join(report.service for report in done) or "nothing"
    log.print(
        f"{why} Written and kept: {parts}. Of the part at work nothing was written: run the same command again.",
        style="red",
    )
    raise typer.Exit(code) from None


def _tell(
    found: PracticeDirectory,
    files: Files,
    reports: list[ImportReport],
    context: ImportContext,
    seconds: float,
    *,
    json_wanted: bool,
) -> None:
    if json_wanted:
        print(json.dumps(as_json(found, files, reports, context, seconds), indent=2))
        return
    for line in as_text(found, reports, context):
        print(line)


def sample_practice(
    directory: Annotated[Path, typer.Argument(help="Where to write the files; made when it is not there.")],
    clients: Annotated[int, typer.Option(min=3, max=20_000)] = 150,
    months: Annotated[int, typer.Option(min=0, max=60, help="Months of history.")] = 6,
    seed: Annotated[int, typer.Option(help="The same seed on the same day writes the same practice.")] = 1,
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to write it for.")] = None,
) -> None:
    """Write a made-up practice as a directory for `clinic import`."""
    day: date = (today or utc_now()).date()
    count = write_sample_practice(directory, clients=clients, months=months, seed=seed, today=day)
    print(f"{directory}: {clients:,} clients and {count:,} appointments.", file=sys.stderr)
