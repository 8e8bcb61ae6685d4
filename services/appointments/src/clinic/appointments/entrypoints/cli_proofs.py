"""`clinic ledger prove | check-proof`: one event is in the sealed ledger, shown to whoever has the public key (F51)."""

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import psycopg
import typer

from clinic.appointments.bootstrap import SERVICE
from clinic.appointments.entrypoints.cli_keys import KeyOption, left_keys, trusted_keys
from clinic.appointments.entrypoints.cli_moments import end, said_plainly
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, USAGE, ledger_database, log, out
from clinic.infra.proof.heads import Head
from clinic.infra.proof.inclusion import BadProof, NotTheSealedEvent, NotYetSealed, check_proof, find_event, prove
from clinic.infra.proof.leaf import instant_text

MOST_BYTES = 16 * 1024 * 1024


def prove_event(
    event_id: Annotated[UUID, typer.Argument(help="The event.", metavar="EVENT_ID")],
    file: Annotated[Path | None, typer.Option("--out", help="A new file; standard output without it.")] = None,
) -> None:
    """Write the proof that an event is in the sealed ledger: JSON that `check-proof` checks without a database.

    Exit code 1 where no ledger has the event, 3 where it is not yet sealed or is not the one that was sealed.
    """
    if file is not None and file.exists():
        end(f"{file} is there already; nothing was written.", USAGE)
    with ledger_database() as database, said_plainly():
        try:
            event = find_event(database, event_id)
            if event is None:
                end(f"No ledger has an event {event_id}.", FAILED)
            proof = prove(database, SERVICE, event)
            _check_own(proof)
        except NotYetSealed as error:
            end(f"Not yet sealed: {error}. Ask again in a moment; `clinic ledger seals` says what waits.", DIFFERENT)
        except (NotTheSealedEvent, BadProof, psycopg.DataError) as error:
            end(f"Nothing can be proven: {error}. `clinic ledger verify` says what is wrong.", DIFFERENT)
    text = json.dumps(proof, indent=1) + "\n"
    if file is None:
        print(text, end="")
        return
    file.write_text(text, encoding="utf-8")
    log.print(f"The proof is in {file}: position {event['position']} of {proof['size']}.", markup=False)


def check_proof_file(
    file: Annotated[Path, typer.Argument(help="What `clinic ledger prove` wrote.", metavar="FILE")],
    key: KeyOption = None,
) -> None:
    """Check a proof without a database: event, leaf, path, root, signature. Exit code 3 where it proves nothing."""
    keys = trusted_keys(key)
    proof = _read(file)
    try:
        head = check_proof(proof, keys)
    except BadProof as error:
        end(f"{file} proves nothing: {error}.", DIFFERENT)
    _tell(proof, head)


def _check_own(proof: dict[str, Any]) -> None:
    """A proof that nobody would accept is not handed out, where the keys are at hand."""
    file = left_keys()
    if file is not None and file.exists():
        check_proof(proof, trusted_keys(None))


def _read(file: Path) -> Any:
    try:
        if file.stat().st_size > MOST_BYTES:
            end(f"{file} is no proof: it is larger than any.", DIFFERENT)
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        end(f"{file} cannot be read ({error.strerror}).", DIFFERENT)
    except (ValueError, RecursionError):
        end(f"{file} cannot be read: it is not JSON, or cut.", DIFFERENT)


def _tell(proof: dict[str, Any], head: Head) -> None:
    event, console = proof["event"], out()
    for said in (
        f"Proven: the event {event['event_id']} ({event['type']}, recorded at {event['recorded_at']})",
        f"stands at position {event['position']} of the {head.service} ledger of practice {head.practice_id},",
        f"under the head of {head.place.size} events, signed at {instant_text(head.sealed_at)} with key {head.key_id}.",
    ):
        console.print(said, soft_wrap=True)
