"""`clinic ledger …` in this process, as an operator types it."""

import base64
from typing import Any
from uuid import UUID

from sealing_bench import Bench
from typer.testing import CliRunner, Result

from clinic.appointments.entrypoints.cli_ledger import ledger
from clinic.infra.proof.heads import Signer


def run(*arguments: Any) -> Result:
    """The command on a wide terminal; it never ends with a traceback."""
    done = CliRunner(env={"COLUMNS": "400"}).invoke(ledger, [str(one) for one in arguments], input="n\n")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def event_at(bench: Bench, practice_id: UUID, position: int) -> UUID:
    """An event's id."""
    query = "SELECT event_id FROM events WHERE practice_id = %s AND position = %s"
    event_id: UUID = bench.asked(query, practice_id, position)[0]["event_id"]
    return event_id


def public(key: str) -> str:
    """The public key of a signing key, in base64."""
    return base64.b64encode(Signer(key).public_key.public_bytes_raw()).decode()
