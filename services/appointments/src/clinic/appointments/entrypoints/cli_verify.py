"""`clinic ledger verify`: is the ledger what was sealed (F51, ADR 0031)."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from psycopg import DataError, IsolationLevel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clinic.appointments.entrypoints.cli_moments import end
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, USAGE, ledger_database, log, out, table_of
from clinic.infra import event_store
from clinic.infra.database import Database
from clinic.infra.proof.heads import PUBLIC_KEYS, BadKey, PublicKeys, read_public_keys
from clinic.infra.proof.heads_files import BadFile
from clinic.infra.proof.naming import Fault
from clinic.infra.proof.verifying import Shipped, Verified, read_shipped, verify_practice
from clinic.kernel.client_time import utc_text

SERVICE = "appointments"
OWN_HEADS = "Compared with the database's own heads only; --against HEADS compares with heads that were kept elsewhere."

PracticeOption = Annotated[UUID | None, typer.Option("--practice", help="The id of one practice; else all.")]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="public-keys.json, a file with one public key, or that key in base64."),
]


def verify(
    practice: PracticeOption = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Heads that were kept elsewhere: a file or a directory.")
    ] = None,
    key: KeyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
) -> None:
    """Compute the ledger's trees anew and compare them with what was signed; names the first bad position.

    Exit code 3 for anything that is not as it was sealed. What stands after the last head is not yet sealed: of it
    nothing is proven.
    """
    keys = trusted_keys(key, against)
    shipped = _shipped(against, keys)
    with ledger_database() as database:
        practices = practices_of(database, practice)
        began = time.monotonic()
        with _progress(sum(practices.values())) as advance:
            found = [_verify(database, one, keys, shipped, advance) for one in practices]
        seconds = time.monotonic() - began
        gone = sorted(shipped.heads.keys() - practices.keys()) if shipped and practice is None else []
    if as_json:
        print(json.dumps([_as_json(one) for one in found], indent=2))
    else:
        _tell(found)
    for practice_id in gone:
        log.print(f"practice {practice_id}: heads of it were shipped, the ledger has no such practice", style="red")
    events = sum(one.events for one in found)
    log.print(f"{events:,} events in {seconds:.1f} s ({events / max(seconds, 0.001):,.0f}/s).")
    if against is None:
        log.print(OWN_HEADS)
    if gone or any(one.faults for one in found):
        raise typer.Exit(DIFFERENT)


def trusted_keys(key: str | None, against: Path | None = None) -> PublicKeys:
    """The public keys to trust: as given, else those beside the heads of this installation. Exit 3 for what is none."""
    directory = os.environ.get("SEALED_HEADS_DIRECTORY")
    kept = Path(directory) / SERVICE / PUBLIC_KEYS if directory else None
    given = key or (str(kept) if kept and kept.is_file() else None)
    if given is None and against is not None and against.is_dir():
        beside = [one for one in (against / PUBLIC_KEYS, against / SERVICE / PUBLIC_KEYS) if one.is_file()]
        given = str(beside[0]) if beside else None
    if given is None:
        end("No public key: give --key, or set SEALED_HEADS_DIRECTORY (the environment of `.local/env`).", USAGE)
    try:
        return read_public_keys(given)
    except BadKey as error:
        end(str(error), DIFFERENT)


def _shipped(against: Path | None, keys: PublicKeys) -> Shipped | None:
    if against is None:
        return None
    if not against.exists():
        end(f"{against} is not there.", USAGE)
    try:
        return read_shipped(against, SERVICE, keys)
    except BadFile as error:
        end(f"The heads in {against} prove nothing: {error}.", DIFFERENT)


def practices_of(database: Database, practice: UUID | None) -> dict[UUID, int]:
    """The heads of one practice or of all; exit 1 for an unknown one."""
    with database.transaction() as connection:
        heads = event_store.heads(connection)
    if practice is None:
        return dict(sorted(heads.items()))
    if practice not in heads:
        end(f"There is no practice {practice} in this ledger.", FAILED)
    return {practice: heads[practice]}


def _verify(
    database: Database,
    practice_id: UUID,
    keys: PublicKeys,
    shipped: Shipped | None,
    advance: Callable[[int], None],
) -> Verified:
    with database.connection() as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            with connection.transaction():
                return verify_practice(connection, SERVICE, practice_id, keys, shipped, advance)
        except DataError as error:
            what = f"a row of events or of sealed_heads cannot be read: {error}"
            return Verified(practice_id, faults=[Fault("unreadable", what)])
        finally:
            if not connection.closed:
                connection.isolation_level = None


@contextmanager
def _progress(events: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=log, transient=True, disable=not log.is_terminal) as progress:
        task = progress.add_task("verifying", total=events)
        yield lambda done: progress.advance(task, done)


def _tell(found: list[Verified]) -> None:
    table = table_of("practice", "events", "sealed", "not yet sealed", "heads", "outcome")
    for one in found:
        outcome = "; ".join(_fault_in_words(fault.position, fault.until, fault.what) for fault in one.faults)
        numbers = (one.events, one.sealed, one.not_yet_sealed, one.heads)
        table.add_row(
            str(one.practice_id), *map(str, numbers), outcome or ("whole" if one.sealed else "nothing sealed")
        )
    out().print(table)
    for one in found:
        for note in one.notes:
            log.print(f"practice {one.practice_id}: {note}")


def _fault_in_words(position: int | None, until: int | None, what: str) -> str:
    if position is None:
        return what
    return f"position {position}{f' to {until}' if until else ''}: {what}"


def _as_json(one: Verified) -> dict[str, Any]:
    return {
        "practice_id": str(one.practice_id),
        "events": one.events,
        "sealed": one.sealed,
        "sealed_at": utc_text(one.sealed_at) if one.sealed_at else None,
        "not_yet_sealed": one.not_yet_sealed,
        "heads": one.heads,
        "faults": [asdict(fault) for fault in one.faults],
        "notes": one.notes,
    }
