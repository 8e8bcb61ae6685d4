"""`clinic parked …`: events that a service could not apply and has put aside; look, retry, discard."""

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer

from clinic.infra import operating_parked as operating
from clinic.infra.event_for_people import shown_data
from clinic.infra.operating_parked import DiscardedEvent, ParkedEvent
from clinic.infra.operator_databases import NOT_FOUND, USAGE, databases, fail, log, out, table_of

parked = typer.Typer(no_args_is_help=True, help="Events that a service could not apply and has put aside.")

Service = Annotated[str | None, typer.Argument(help="One service; by default all whose database is known.")]
Practice = Annotated[UUID | None, typer.Option(help="Of one practice.")]
Consumer = Annotated[str | None, typer.Option(help="Of one consumer, where several have parked the event.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON.")]


@parked.command("list")
def list_command(
    service: Service = None,
    practice: Practice = None,
    only_discarded: Annotated[bool, typer.Option("--discarded", help="What was given up, by whom and why.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is parked and why. An event that waits names the position of its stream that it waits for."""
    with databases(service) as found:
        services = [service] if service else list(found)
        if only_discarded:
            _tell_discarded(operating.discarded(found, services, practice), as_json=as_json)
        else:
            _tell(operating.parked(found, services, practice), as_json=as_json)


@parked.command("show")
def show(event: UUID, consumer: Consumer = None, as_json: AsJson = False) -> None:
    """One parked event: its envelope, why and how often it failed, what waits for it.

    Ids, codes, instants and numbers are shown; texts never are, sealed or not.
    """
    with databases() as found:
        everything = operating.parked(found, found)
    told = [_whole(one, everything) for one in _named(everything, event, consumer)]
    if as_json:
        print(json.dumps(told, indent=2))
        return
    for one in told:
        for name, value in one.items():
            out().print(f"{name + ':':<14} {_text(value)}", markup=False, soft_wrap=True)
        out().print()


@parked.command("retry")
def retry(
    event: Annotated[UUID | None, typer.Argument(help="The event's id.")] = None,
    consumer: Consumer = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is parked.")] = False,
) -> None:
    """Have the worker try an event, and those of its stream that wait for it, once more. Within 5 seconds."""
    if (event is None) != everything:
        raise fail(USAGE, "Name an event, or say --all.")
    with databases() as found:
        parked_now = operating.parked(found, found, consumer=consumer)
        chosen = parked_now if event is None else _named(parked_now, event, consumer)
        for one in chosen:
            if one.because_of_position is None or event is not None:
                operating.retry(found[one.service], one)
                typer.echo(f"{one.consumer} tries {one.type} at position {one.position} within 5 seconds.")
    if not chosen:
        typer.echo("Nothing is parked.")


@parked.command("discard")
def discard(
    event: UUID,
    reason: Annotated[str, typer.Option(help="Why; kept with your name. No personal data.")],
    consumer: Consumer = None,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
) -> None:
    """Give a parked event up: this consumer never applies it. It stays in the ledger; later ones are tried.

    Who did it, when and why is kept (`clinic parked list --discarded`).
    """
    if not reason.strip():
        raise fail(USAGE, "A reason is needed: it is all that will explain this later.")
    with databases() as found:
        everything = operating.parked(found, found)
        chosen = _named(everything, event, consumer)
        if len(chosen) > 1:
            names = ", ".join(one.consumer for one in chosen)
            raise fail(USAGE, f"Several consumers have parked it: {names}. Name one with --consumer.")
        one = chosen[0]
        if one.because_of_position is not None:
            raise fail(USAGE, f"It only waits for position {one.because_of_position}: decide about that one first.")
        _explain(one, operating.waiting_for(one, everything))
        if not yes:
            typer.confirm("Discard it?", abort=True, err=True)
        if not operating.discard(found[one.service], one, getpass.getuser(), reason.strip()):
            raise fail(NOT_FOUND, "It is no longer parked: it took effect meanwhile, or somebody else discarded it.")
    typer.echo(f"Discarded for {one.consumer}.")


def _explain(one: ParkedEvent, waiting: Sequence[ParkedEvent]) -> None:
    log.print(
        f"{one.type} at position {one.position} ({one.stream_id}) stays in the ledger of {one.source}, but"
        f" {one.consumer} will never apply it: what it should have done in {one.service} is missing from then on."
        f" {len(waiting)} later events of the same stream wait for it and are tried next.",
        markup=False,
    )


def _named(everything: Sequence[ParkedEvent], event: UUID, consumer: str | None) -> list[ParkedEvent]:
    found = [one for one in everything if one.event_id == event and consumer in (None, one.consumer)]
    if not found:
        by = f" by {consumer}" if consumer else ""
        raise fail(NOT_FOUND, f"No event {event} is parked{by}.")
    return found


def _whole(one: ParkedEvent, everything: Sequence[ParkedEvent]) -> dict[str, Any]:
    envelope = one.event
    waiting = [later.position for later in operating.waiting_for(one, everything)]
    return {
        **_line(one),
        "schema_version": envelope["schema_version"],
        "stream_version": envelope["stream_version"],
        "recorded_at": envelope["recorded_at"],
        "actor": envelope["actor"],
        "command_id": envelope["command_id"],
        "waiting": waiting,
        "data": shown_data(one.type, envelope["data"]),
    }


def _line(one: ParkedEvent) -> dict[str, Any]:
    shown = {name: value for name, value in asdict(one).items() if name != "event"}
    return {name: value if isinstance(value, int | None) else str(value) for name, value in shown.items()}


def _tell(events: Sequence[ParkedEvent], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_line(one) for one in events], indent=2))
        return
    table = table_of("consumer", "source", "practice", "position", "event", "type", "attempts", "parked at", "reason")
    for one in events:
        why = f"{one.reason}{' (retry asked for)' if one.retry_requested else ''}"
        at = one.parked_at.isoformat(timespec="seconds")
        place = (one.consumer, one.source, str(one.practice_id), str(one.position), str(one.event_id))
        table.add_row(*place, one.type, str(one.attempts), at, why)
    out().print(table)


def _tell_discarded(events: Sequence[DiscardedEvent], *, as_json: bool) -> None:
    if as_json:
        lines = [{name: _plain(value) for name, value in asdict(one).items()} for one in events]
        print(json.dumps(lines, indent=2))
        return
    table = table_of(
        "consumer", "practice", "position", "event", "type", "failed because", "at", "by", "discarded because"
    )
    for one in events:
        at = one.discarded_at.isoformat(timespec="seconds")
        place = (one.consumer, str(one.practice_id), str(one.position), str(one.event_id), one.type)
        table.add_row(*place, one.reason, at, one.discarded_by, one.because)
    out().print(table)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
