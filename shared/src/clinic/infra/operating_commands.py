"""`clinic consumers …`: what operators see and repair. Uses `<SERVICE>_OPS_DATABASE_URL`."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import typer

from clinic.infra import operating
from clinic.infra.database import Database
from clinic.infra.delivery_rule import Checkpoint
from clinic.infra.importing import operator_database_url
from clinic.infra.settings import SERVICES
from clinic.kernel.errors import Unavailable

consumers = typer.Typer(no_args_is_help=True, help="Consumers of events: how far, what is parked, repair.")


@consumers.command("show")
def show(service: str) -> None:
    """How far a service has followed others: consumer, source, practice, position, what is parked or why it stopped."""
    with _database(service) as database:
        found = operating.followed(database)
    for entry in found:
        point = entry.checkpoint
        state = f"STOPPED: {point.stopped_reason}" if point.stopped_reason else f"{point.parked} parked"
        typer.echo(f"{entry.consumer} <- {entry.source}  {entry.practice_id}  {point.position}  {state}")


@consumers.command("parked")
def parked(service: str, practice: UUID) -> None:
    """What a service has put aside for a practice, and why."""
    with _database(service) as database:
        found = operating.parked(database, practice)
    for event in found:
        waits = "  (retry asked for)" if event.retry_requested else ""
        typer.echo(f"{event.consumer} <- {event.source}  {event.position}  {event.type}  {event.reason}{waits}")


@consumers.command("retry")
def retry(service: str, practice: UUID, consumer: str, source: str, position: int) -> None:
    """Asks the worker to try a parked event, and those that wait for it, once more."""
    with _database(service) as database:
        marked = operating.retry(database, consumer, source, practice, position)
    if not marked:
        typer.echo("Nothing is parked there.", err=True)
        raise typer.Exit(1)
    typer.echo("The worker tries it within 5 seconds.")


@consumers.command("rewind")
def rewind(service: str, practice: UUID, consumer: str, source: str, position: int) -> None:
    """After a restore of the source's ledger: follow it again from the event after `position`."""
    to = _event_at(source, practice, position)
    with _database(service) as database:
        operating.rewind(database, consumer, source, practice, to)
    typer.echo(f"{consumer} follows {source} again from position {position + 1}.")


def _event_at(source: str, practice: UUID, position: int) -> Checkpoint:
    if position == 0:
        return Checkpoint()
    with _database(source) as database, database.transaction(practice) as connection:
        row = connection.execute(
            "SELECT event_id FROM events WHERE practice_id = %s AND position = %s", (practice, position)
        ).fetchone()
    if row is None:
        typer.echo(f"The ledger of {source} has no position {position} for this practice.", err=True)
        raise typer.Exit(1)
    return Checkpoint(position, row["event_id"])


@contextmanager
def _database(service: str) -> Iterator[Database]:
    if service not in SERVICES:
        typer.echo(f"There is no service {service}; there are {', '.join(SERVICES)}.", err=True)
        raise typer.Exit(2)
    try:
        database = Database(operator_database_url(service), size=2, name="clinic-consumers")
        try:
            yield database
        finally:
            database.close()
    except Unavailable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
