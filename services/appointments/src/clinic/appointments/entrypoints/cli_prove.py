"""`clinic ledger prove | check-proof`: that one event is in the sealed ledger; checked without a database (F51)."""

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from clinic.appointments.entrypoints.cli_moments import end
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, USAGE, ledger_database, log
from clinic.appointments.entrypoints.cli_verify import SERVICE, KeyOption, trusted_keys
from clinic.infra.private_files import write_private
from clinic.infra.proof.inclusion import (
    BadProof,
    NotTheSealedEvent,
    NotYetSealed,
    check_proof,
    find_event,
)
from clinic.infra.proof.inclusion import prove as proof_of


def prove(
    event: Annotated[UUID, typer.Argument(help="The event's id; `clinic ledger history --json` tells it.")],
    file: Annotated[Path | None, typer.Option("--out", help="A new file; standard output without it.")] = None,
) -> None:
    """Write the proof that an event is in the sealed ledger: the event, its path, the signed head.

    The proof holds the event with its ids, never a client's text in clear. Exit code 3 where the event is not sealed
    yet, or is not what was sealed.
    """
    if file is not None and file.exists():
        end(f"{file} is there already; nothing was written.", USAGE)
    with ledger_database() as database:
        row = find_event(database, event)
        if row is None:
            end(f"No practice has an event {event}.", FAILED)
        try:
            text = json.dumps(proof_of(database, SERVICE, row), indent=1, ensure_ascii=False)
        except (NotYetSealed, NotTheSealedEvent) as error:
            end(f"Nothing is proven: {error}.", DIFFERENT)
    if file is None:
        print(text)
    else:
        write_private(file, text + "\n")
        log.print(f"{file}: check it with `clinic ledger check-proof {file} --key PUBLIC`.")


def check(
    file: Annotated[Path, typer.Argument(help="A proof, as `clinic ledger prove` wrote it.")],
    key: KeyOption = None,
) -> None:
    """Check a proof; needs no database. Exit code 3 where it proves nothing."""
    keys = trusted_keys(key)
    try:
        proof = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        end(f"{file} is not there.", USAGE)
    except (OSError, ValueError, RecursionError) as error:
        end(f"{file} is no proof: it cannot be read ({type(error).__name__}).", DIFFERENT)
    try:
        head = check_proof(proof, keys)
    except BadProof as error:
        end(f"{file} proves nothing: {error}.", DIFFERENT)
    event, sealed = proof["event"], f"{head.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
    print(
        f"Proven: {event['type']} {event['event_id']} is event {event['position']} of practice {head.practice_id},"
        f" under the head of {head.place.size} events that key {head.key_id} signed at {sealed}."
    )
