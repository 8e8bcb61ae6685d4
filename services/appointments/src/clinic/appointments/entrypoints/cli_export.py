"""`clinic ledger export`: the recorded events of a period as JSON lines or CSV (F50)."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.progress import track

from clinic.appointments.adapters.export import FORMATS, count_events, events_of, export
from clinic.appointments.entrypoints.cli_moments import (
    WHEN,
    PracticeOption,
    ReasonOption,
    UnsealOption,
    check_unsealing,
    end,
    find_practice,
    period,
    said_plainly,
    unsealed,
)
from clinic.appointments.entrypoints.cli_support import USAGE, ledger_database, log
from clinic.contracts.appointments import ClientMessageLeft
from clinic.infra.private_files import write_private


def export_events(
    practice: PracticeOption,
    from_: Annotated[str, typer.Option("--from", help=f"The first moment of recording. {WHEN}")],
    to: Annotated[str, typer.Option("--to", help="The first moment after the period.")],
    form: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    file: Annotated[Path | None, typer.Option("--out", help="A new file; standard output without it.")] = None,
    unseal: UnsealOption = False,
    reason: ReasonOption = "",
) -> None:
    """Write the events recorded in [from, to), in order of position: the same bytes each time.

    Envelope and data as recorded; what clients wrote stays sealed unless --unseal gives it beside the event as `text`.
    """
    check_unsealing(unseal, reason)
    if form not in FORMATS:
        end(f"There is no format {form!r}; there are {', '.join(FORMATS)}.", USAGE)
    if file is not None and file.exists():
        end(f"{file} is there already; nothing was written.", USAGE)
    with ledger_database() as database, said_plainly():
        of = find_practice(practice)
        found = count_events(database, of.id, *period(of, from_, to))
        texts = unsealed(of.id, events_of(database, of.id, found), reason) if unseal else None
        lines = export(database, of.id, found, form, with_texts=None if texts is None else _by_id(texts))
        _write(lines, file, found.events + (form == "csv"))
    log.print(f"{found.events:,} events", highlight=False)


def _by_id(texts: dict[UUID, str | None]) -> Any:
    def text_of(body: dict[str, Any]) -> str | None:
        return texts.get(UUID(body["event_id"])) if body["type"] == ClientMessageLeft.__name__ else None

    return text_of


def _write(lines: Iterable[str], file: Path | None, total: int) -> None:
    """A file is there when it is whole, and only its owner reads it."""
    if log.is_terminal and (file is not None or not sys.stdout.isatty()):
        lines = track(lines, "Exporting", total=total, console=log, transient=True)
    if file is None:
        sys.stdout.reconfigure(newline="")  # type: ignore[union-attr]
        for line in lines:
            sys.stdout.write(line)
        sys.stdout.flush()
        return
    write_private(file, lines)
