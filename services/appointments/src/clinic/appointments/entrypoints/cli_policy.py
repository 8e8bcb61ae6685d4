"""`clinic policy what-if`: a period replayed under other windows, for operators (F54)."""

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import typer

from clinic.appointments.adapters.decisions_recorded import recorded_decisions
from clinic.appointments.application.what_if import report_as_json, report_on
from clinic.appointments.domain.what_if import Count, Report, Tried, read_window, total_of, window_text
from clinic.appointments.entrypoints.cli_support import FAILED, USAGE, ledger_database, log, out, table_of
from clinic.contracts.appointments import Window
from clinic.kernel.errors import Refused
from clinic.kernel.grid_drawing import WEEKDAYS, Cell, Line, Words, draw_grid
from clinic.kernel.recorded import Recorded

policy = typer.Typer(no_args_is_help=True, help="Try another policy on what was decided.")

WINDOW = "always, never, or how long before the start: 90m, 24h, 2d. Left out: as it was."


@policy.callback()
def _group() -> None:
    """Keeps a single command a group of its own."""


@policy.command("what-if")
def what_if_command(
    practice: Annotated[UUID, typer.Option(help="The practice's id.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first date.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last date, included.")],
    edit_window: Annotated[str | None, typer.Option(help=WINDOW)] = None,
    cancel_window: Annotated[str | None, typer.Option(help=WINDOW)] = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Also where a type or an appointment had its own window.")
    ] = False,
    svg: Annotated[Path | None, typer.Option(help="Draw it into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One line per clinician and weekday as CSV.")] = False,
) -> None:
    """Tell what would have been refused or allowed under other windows, per clinician and weekday.

    Dates and weekdays are those of the decision, in the zone of the appointment's location.
    """
    tried = Tried(_window(edit_window), _window(cancel_window), everywhere)
    if tried.edit_window is None and tried.cancellation_window is None:
        _refuse("Nothing to try: give --edit-window, --cancel-window or both.")
    if as_json and as_csv:
        _refuse("Either --json or --csv.")
    period = (first.date(), last.date())
    if period[0] > period[1]:
        _refuse(f"The period ends ({period[1]}) before it begins ({period[0]}).")
    report = report_on(_decisions(practice, *period), tried, *period)
    if svg is not None:
        _write(svg, lambda: drawing(report, tried, *period))
    if as_json:
        print(json.dumps(report_as_json(report, tried, *period), indent=2))
    elif as_csv:
        _print_csv(report)
    else:
        _print_table(report, tried, *period)


def drawing(report: Report, tried: Tried, first: date, last: date) -> str:
    """The SVG of a report, clinicians by their ids."""
    said = summary(report)
    words = Words(f"What if, {first} to {last}: {_tried(tried)}", said, "would be refused", "would be allowed")
    lines = [
        Line(str(clinician_id), [Cell(one.decided, one.would_be_refused, one.would_be_allowed) for one in week])
        for clinician_id, week in report.weeks.items()
    ]
    return draw_grid(words, lines)


def summary(report: Report) -> str:
    """The totals in words."""
    parts = []
    for wanted, name in (("change", "changes"), ("cancel", "cancellations")):
        count = report.totals[wanted]  # type: ignore[index]
        parts.append(
            f"Of {count.decided} {name} that clients asked for, {count.allowed} were allowed; "
            f"{count.would_be_refused} of those would have been refused, "
            f"{count.would_be_allowed} of the others allowed."
        )
    if report.unrecorded:
        parts.append(f"At least {report.unrecorded} more refusals were not recorded one by one.")
    return " ".join(parts)


def _tried(tried: Tried) -> str:
    edit, cancellation = window_text(tried.edit_window), window_text(tried.cancellation_window)
    return f"edit window {edit}, cancellation window {cancellation}{', everywhere' if tried.everywhere else ''}"


def _decisions(practice: UUID, first: date, last: date) -> list[Recorded]:
    try:
        with ledger_database() as database:
            return recorded_decisions(database, practice, first, last)
    except Refused:
        log.print(f"There is no practice {practice} in the ledger.", style="red")
        raise typer.Exit(FAILED) from None


def _window(text: str | None) -> Window | None:
    try:
        return read_window(text) if text is not None else None
    except ValueError as error:
        _refuse(f"{error}.")


def _refuse(text: str) -> NoReturn:
    log.print(text, style="red", markup=False)
    raise typer.Exit(USAGE)


def _write(file: Path, draw: Callable[[], str]) -> None:
    try:
        file.write_text(draw(), encoding="utf-8")
    except OSError as error:
        log.print(f"{file} cannot be written: {error.strerror}.", style="red", markup=False)
        raise typer.Exit(FAILED) from None


def _print_table(report: Report, tried: Tried, first: date, last: date) -> None:
    console = out()
    console.print(f"{first} to {last}, {_tried(tried)}", markup=False)
    table = table_of("clinician", *WEEKDAYS, "all")
    for clinician_id, week in report.weeks.items():
        table.add_row(str(clinician_id), *(_in_cell(count) for count in (*week, total_of(week))))
    console.print(table)
    console.print("Per cell: decided, -would be refused, +would be allowed; the weekday is the decision's, local.")
    console.print(summary(report), soft_wrap=True)


def _in_cell(count: Count) -> str:
    if not count.decided:
        return "."
    less = f" -{count.would_be_refused}" if count.would_be_refused else ""
    more = f" +{count.would_be_allowed}" if count.would_be_allowed else ""
    return f"{count.decided}{less}{more}"


def _print_csv(report: Report) -> None:
    names = list(asdict(Count()))
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(["clinician_id", "weekday", *names])
    for clinician_id, week in report.weeks.items():
        for day, count in zip(WEEKDAYS, week, strict=True):
            lines.writerow([clinician_id, day, *asdict(count).values()])
