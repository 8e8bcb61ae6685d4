"""`clinic ledger seals | reseal`: how far the ledger is sealed, and how a stopped sealer goes on (F51, ADR 0031)."""

import getpass
import json
from typing import Annotated, Any
from uuid import UUID

import typer

from clinic.appointments.entrypoints.cli_moments import end
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, USAGE, ledger_database, log, out, table_of
from clinic.appointments.entrypoints.cli_verify import SERVICE, practices_of
from clinic.infra.database import Database
from clinic.infra.proof.seal_rows import SealRows
from clinic.infra.proof.verifying import LATE
from clinic.kernel.client_time import utc_text
from clinic.kernel.ids import new_id


def seals(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Tell how far each practice is sealed; exit code 3 where a sealer stopped or a head is older than 5 minutes."""
    with ledger_database() as database:
        found = [_standing(database, practice_id) for practice_id in practices_of(database, None)]
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        table = table_of("practice", "events", "sealed", "last head", "state")
        for one in found:
            state = one["stopped"] or ("LATE: the sealer does not run" if one["late"] else "sealing")
            table.add_row(one["practice_id"], str(one["position"]), str(one["sealed"]), one["sealed_at"] or "", state)
        out().print(table)
    if any(one["stopped"] or one["late"] for one in found):
        raise typer.Exit(DIFFERENT)


def reseal(
    practice: Annotated[UUID, typer.Option("--practice", help="The practice whose sealer stopped.")],
    reason: Annotated[str, typer.Option("--reason", help="Why: it stands in the heads for ever.")],
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
) -> None:
    """Let a stopped sealer go on with the ledger as it is now, breaking with the head that it signed last.

    The break, the old head and the reason are signed and kept with the heads.
    """
    if not reason.strip():
        end("--reason must say why.", USAGE)
    with ledger_database() as database, database.transaction(practice) as connection:
        rows = SealRows(connection, SERVICE, practice)
        stop = rows.stop()
        if stop is None:
            end(f"The sealer of practice {practice} did not stop: nothing is to be sealed anew.", FAILED)
        log.print(f"It stopped because {stop.reason}")
        if not yes:
            typer.confirm(f"Break with the head of {stop.place.size} events?", abort=True, err=True)
        rows.ask_to_reseal(new_id(), stop, reason.strip(), getpass.getuser())
    log.print("The sealer seals anew within 5 seconds: `clinic ledger seals`.")


def _standing(database: Database, practice_id: UUID) -> dict[str, Any]:
    with database.transaction(practice_id) as connection:
        rows = SealRows(connection, SERVICE, practice_id)
        head, stop = rows.last_head(), rows.stop()
        sealed = head.place.size if head else 0
        row = connection.execute(
            "SELECT heads.position, (SELECT clinic_now() - min(recorded_at) FROM events"
            " WHERE practice_id = %(practice)s AND position = %(sealed)s + 1) AS waits"
            " FROM heads WHERE practice_id = %(practice)s",
            {"practice": practice_id, "sealed": sealed},
        ).fetchone()
    position, waits = (row["position"], row["waits"]) if row else (0, None)
    return {
        "practice_id": str(practice_id),
        "position": position,
        "sealed": sealed,
        "sealed_at": utc_text(head.sealed_at) if head else None,
        "late": bool(waits and waits > LATE),
        "stopped": stop.reason if stop else None,
    }
