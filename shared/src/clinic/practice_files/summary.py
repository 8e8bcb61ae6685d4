"""What an import did, as text for people and as JSON for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.practice_directory import PracticeDirectory
from clinic.practice_files.decoding import Format

SHOWN = 10

Files = Mapping[str, tuple[int, Format]]


def as_json(
    found: PracticeDirectory, files: Files, reports: Sequence[ImportReport], context: ImportContext, seconds: float
) -> dict[str, Any]:
    """Everything, nothing shortened. `would_write` stands for `written` in a dry run."""
    written = {
        report.service: {"new": report.created, "changed": report.changed, "unchanged": report.unchanged}
        for report in reports
    }
    return {
        "practice": found.practice.slug,
        "practice_id": str(context.practice_id) if context.practice_id and not context.dry_run else None,
        "dry_run": context.dry_run,
        "rows": _rows(found),
        "files": {
            file: {"rows": rows, "encoding": read_as.encoding, "separator": read_as.separator}
            for file, (rows, read_as) in files.items()
        },
        "would_write" if context.dry_run else "written": written,
        "left": [asdict(left) for report in reports for left in report.left],
        "missing": {file: list(refs) for report in reports for file, refs in report.missing.items()},
        "overlapping": [{"line": line, "ref": ref} for report in reports for line, ref in report.overlapping],
        "past": sum(report.past for report in reports),
        "with_reminders": context.with_reminders,
        "set_up_address": context.set_up_address,
        "seconds": round(seconds, 1),
    }


def as_text(found: PracticeDirectory, reports: Sequence[ImportReport], context: ImportContext) -> Iterator[str]:
    """A line for everything that somebody may want to look at."""
    rows, done = _rows(found), "checked, nothing written" if context.dry_run else "imported"
    yield f"{found.practice.name}: {rows['clients']:,} clients and {rows['appointments']:,} appointments {done}."
    would = "would be " if context.dry_run else ""
    for report in reports:
        numbers = f"{report.created:,} {would}new, {report.changed:,} {would}changed, {report.unchanged:,} unchanged"
        yield f"  {report.service + ':':<14} {numbers}"
    past = sum(report.past for report in reports)
    if past:
        yield f"{past:,} appointments have begun or are over: they are kept."
    overlapping = [f"{line} ({ref})" for report in reports for line, ref in report.overlapping]
    if overlapping:
        yield (
            f"{len(overlapping):,} appointments overlap another of their clinician: they are kept, and block the time. "
            f"appointments.csv, {_first('line', overlapping)}."
        )
    yield from _left(reports, context)
    for file, refs in ((file, refs) for report in reports for file, refs in report.missing.items()):
        yield f"{len(refs):,} rows of {file} are no longer in the file: they stay. {_first('ref', refs)}."
    if context.with_reminders:
        yield f"Clients {'would be' if context.dry_run else 'are'} reminded of imported appointments."
    if context.set_up_address:
        yield f"First administrator, once, within 7 days: {context.set_up_address}"


def _left(reports: Sequence[ImportReport], context: ImportContext) -> Iterator[str]:
    left = [each for report in reports for each in report.left]
    if left:
        yield f"{len(left):,} differences {'would be' if context.dry_run else 'were'} left as they are here:"
        yield from (f"  {each}" for each in left[:SHOWN])
        if len(left) > SHOWN:
            yield f"  and {len(left) - SHOWN:,} more; --json lists all."


def _first(what: str, items: Sequence[str]) -> str:
    plural = "s" if len(items) > 1 else ""
    return f"{what}{plural} {', '.join(items[:SHOWN])}" + (" …" if len(items) > SHOWN else "")


def _rows(found: PracticeDirectory) -> dict[str, int]:
    return {
        "users": len(found.users),
        "locations": len(found.locations),
        "appointment_types": len(found.appointment_types),
        "working_hours": len(found.working_hours),
        "clients": len(found.clients),
        "appointments": len(found.appointments),
        "payments": len(found.payments),
    }
