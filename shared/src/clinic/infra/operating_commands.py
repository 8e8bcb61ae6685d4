"""`clinic consumers …`: how far consumers are, set one back, repair them after a restore of a ledger."""

import json
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.text import Text

from clinic.infra import operating
from clinic.infra.operating import RELAY, Followed
from clinic.infra.operator_databases import NOT_FOUND, RED, USAGE, databases, fail, known_service, out, table_of
from clinic.infra.repair_command import repair

consumers = typer.Typer(no_args_is_help=True, help="Consumers of events: how far each is, set one back, repair.")


consumers.command("repair")(repair)


@consumers.command("list")
def list_command(
    service: Annotated[str | None, typer.Argument(help="One service; by default all whose database is known.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    only_check: Annotated[bool, typer.Option("--check", help="Exit code 3 where one stopped or has parked.")] = False,
) -> None:
    """Every consumer with every practice: position, head, lag in events and seconds, what is parked, why it stopped.

    The lag in seconds is the age of the oldest event that is not applied yet. `relay` is what publishes.
    """
    with databases(service) as found:
        entries = operating.followed(found, [service] if service else found)
    if as_json:
        print(json.dumps([_as_json(entry) for entry in entries], indent=2))
    else:
        _tell(entries)
    if only_check and any(entry.is_red for entry in entries):
        raise typer.Exit(RED)


@consumers.command("rewind")
def rewind(service: str, practice: UUID, consumer: str, source: str, position: int) -> None:
    """Set one consumer back: it follows its source again from the event after POSITION.

    Effects that it had stay. After a restore of a ledger use `clinic consumers repair`.
    """
    known_service(source)
    if position < 0:
        raise fail(USAGE, "A position is 0 (before the first event) or more.")
    if source == service:
        raise fail(USAGE, f"{consumer} is a view of {service}'s own: build it anew with `clinic projections rebuild`.")
    with databases(service) as found:
        if source not in found:
            raise fail(
                USAGE, f"{source.upper()}_OPS_DATABASE_URL is not set: the ledger of {source} must be looked at."
            )
        now = operating.checkpoint_of(found[service], consumer, source, practice)
        if now is None:
            raise fail(NOT_FOUND, f"{service} has no consumer {consumer} of {source} that follows this practice.")
        if position > now.position:
            raise fail(USAGE, f"{consumer} is at {now.position}; going on to {position} would skip events.")
        to = operating.event_at(found[source], practice, position)
        if to is None:
            raise fail(NOT_FOUND, f"The ledger of {source} has no position {position} for this practice.")
        operating.rewind(found[service], consumer, source, practice, to)
    typer.echo(f"{consumer} follows {source} again from position {position + 1}.")


def _tell(entries: list[Followed]) -> None:
    table = table_of(
        "service", "consumer", "source", "practice", "position", "head", "lag", "seconds", "parked", "state"
    )
    for entry in entries:
        head = "?" if entry.head is None else str(entry.head.position)
        lag = "?" if entry.lag_events is None else str(entry.lag_events)
        seconds = "?" if entry.lag_seconds is None else f"{entry.lag_seconds:.0f}"
        state = Text(f"STOPPED: {entry.stopped}", style="red") if entry.stopped else Text("follows")
        if entry.consumer == RELAY and not entry.stopped:
            state = Text("publishes")
        point = entry.checkpoint
        practice, parked = str(entry.practice_id), str(point.parked)
        table.add_row(
            entry.service,
            entry.consumer,
            entry.source,
            practice,
            str(point.position),
            head,
            lag,
            seconds,
            parked,
            state,
        )
    out().print(table)
    for consumer, count in sorted({(entry.consumer, entry.unreadable) for entry in entries if entry.unreadable}):
        out().print(f"{consumer}: {count} messages of the broker were no events; the ledger was asked instead.")


def _as_json(entry: Followed) -> dict[str, Any]:
    return {
        "service": entry.service,
        "consumer": entry.consumer,
        "source": entry.source,
        "practice_id": str(entry.practice_id),
        "position": entry.checkpoint.position,
        "head": None if entry.head is None else entry.head.position,
        "lag_events": entry.lag_events,
        "lag_seconds": entry.lag_seconds,
        "parked": entry.checkpoint.parked,
        "unreadable": entry.unreadable,
        "stopped": entry.stopped,
    }
