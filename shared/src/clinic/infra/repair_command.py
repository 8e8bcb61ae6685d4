"""`clinic consumers repair`: one command after a restore of a ledger (ADR 0028)."""

import json
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from clinic.infra import repairing
from clinic.infra.operating import Followed
from clinic.infra.operator_databases import RED, USAGE, databases, fail, known_service, log, out, table_of
from clinic.infra.repairing import Repaired
from clinic.infra.settings import SERVICES


def repair(
    practice: Annotated[UUID | None, typer.Option(help="Only this practice.")] = None,
    source: Annotated[str, typer.Option(help="Whose ledger was restored.")] = "appointments",
    only_look: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be repaired; exit code 3 if any.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
) -> None:
    """After a restore of a ledger to an older point: let every consumer of it go on from where the histories part.

    Copies are built anew, what was told is not told again, nothing new is passed over. Consumers that agree with the
    ledger are left alone, so it may be run at any time and again.
    """
    known_service(source)
    with databases() as found:
        if source not in found:
            raise fail(
                USAGE, f"{source.upper()}_OPS_DATABASE_URL is not set: the ledger of {source} must be looked at."
            )
        for name in SERVICES:
            if name not in found:
                log.print(f"{name.upper()}_OPS_DATABASE_URL is not set: consumers of {name} are not looked at.")
        lost = repairing.lost_ground(found, source, practice)
        if only_look:
            _tell_lost(lost, as_json=as_json)
            raise typer.Exit(RED if lost else 0)
        outcomes = list(repairing.repair(found, source, lost))
    _tell(outcomes, as_json=as_json)


def _tell_lost(lost: Sequence[Followed], *, as_json: bool) -> None:
    if as_json:
        lines = [
            {
                "service": one.service,
                "consumer": one.consumer,
                "practice_id": str(one.practice_id),
                "position": one.checkpoint.position,
            }
            for one in lost
        ]
        print(json.dumps(lines, indent=2))
        return
    for one in lost:
        where = f"position {one.checkpoint.position} of practice {one.practice_id}"
        out().print(f"{one.consumer} ({one.service}) would be repaired: {where}", markup=False)
    if not lost:
        out().print("Every consumer agrees with the ledger; nothing to repair.")


def _tell(outcomes: Sequence[Repaired], *, as_json: bool) -> None:
    if as_json:
        lines = [
            {
                "service": one.service,
                "consumer": one.consumer,
                "source": one.source,
                "practice_id": str(one.practice_id),
                "before": one.before,
                "now": one.now,
                "done": list(one.done),
            }
            for one in outcomes
        ]
        print(json.dumps(lines, indent=2))
        return
    if not outcomes:
        out().print("Every consumer agrees with the ledger; nothing to repair.")
        return
    table = table_of("service", "consumer", "practice", "was at", "goes on after", "what was done")
    for one in outcomes:
        place = (one.service, one.consumer, str(one.practice_id), str(one.before), str(one.now))
        table.add_row(*place, "\n".join(one.done))
    out().print(table)
