"""`clinic ledger verify`: is the ledger what was signed (F51)?"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from clinic.appointments.adapters.proofs import ledgers, verify_one
from clinic.appointments.bootstrap import SERVICE
from clinic.appointments.entrypoints.cli_keys import KeyOption, trusted_keys
from clinic.appointments.entrypoints.cli_moments import end, find_practice, said_plainly
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, ledger_database, log, out, table_of
from clinic.appointments.entrypoints.rebuild_progress import shown_progress
from clinic.infra.database import Database
from clinic.infra.proof.heads import PublicKeys
from clinic.infra.proof.heads_files import BadFile
from clinic.infra.proof.leaf import instant_text
from clinic.infra.proof.naming import Fault
from clinic.infra.proof.verifying import Shipped, Verified, read_shipped

OWN_HEADS = "compared with the database's own heads; --against compares with heads kept elsewhere"
NO_HEADS = "no head was ever signed for these events: nothing is proven of them; does the sealer run?"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found, and how long it took. `against` is where the shipped heads were read."""

    practices: list[Verified]
    against: Path | None
    seconds: float

    @property
    def events(self) -> int:
        """How many events the heads were held against."""
        return sum(min(one.sealed, one.events) for one in self.practices)

    @property
    def unsigned(self) -> bool:
        """There are events, and no practice has a head."""
        return any(one.events for one in self.practices) and not any(one.heads for one in self.practices)

    @property
    def whole(self) -> bool:
        """Nothing is wrong."""
        return not self.unsigned and not any(one.faults for one in self.practices)

    @property
    def rate(self) -> int:
        """Events per second."""
        return int(self.events / max(0.001, self.seconds))


def verify(
    practice: Annotated[
        str | None, typer.Option("--practice", help="Only this practice: its id, or the name in its address.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Heads kept elsewhere: a file, or a directory.", metavar="HEADS")
    ] = None,
    key: KeyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
) -> None:
    """Recompute the ledger's tree from its events and compare it with the signed heads; name the first bad position.

    Events after the last head are "not yet sealed". Exit code 0 where all is whole, 3 where anything is wrong.
    """
    with ledger_database() as database, said_plainly():
        only = find_practice(practice).id if practice is not None else None
        keys = trusted_keys(key)
        shipped = _shipped(against, keys, as_json=as_json)
        sizes = _asked(ledgers(database), shipped, only)
        outcome = _verify(database, sizes, keys, shipped, against)
    if as_json:
        print(json.dumps(_as_json(outcome), indent=2))
    else:
        _tell(outcome)
    if not outcome.whole:
        raise typer.Exit(DIFFERENT)


def _shipped(against: Path | None, keys: PublicKeys, *, as_json: bool) -> Shipped | None:
    if against is None:
        return None
    try:
        return read_shipped(against, SERVICE, keys)
    except BadFile as error:
        said = f"The heads cannot be used: {error}"
        if as_json:
            print(json.dumps({"whole": False, "compared_with": str(against), "fault": said, "practices": []}, indent=2))
        end(f"{said}. Nothing was compared.", DIFFERENT)


def _asked(sizes: dict[UUID, int], shipped: Shipped | None, only: UUID | None) -> dict[UUID, int]:
    """Whose ledger is looked at: also one that is gone while a shipped head speaks of it."""
    known = dict.fromkeys(shipped.heads, 0) | sizes if shipped else sizes
    if only is None:
        return dict(sorted(known.items()))
    if only not in known:
        end(f"No ledger knows the practice {only}.", FAILED)
    return {only: known[only]}


def _verify(
    database: Database, sizes: dict[UUID, int], keys: PublicKeys, shipped: Shipped | None, against: Path | None
) -> Outcome:
    began = time.monotonic()
    with shown_progress(sum(sizes.values()), 0) as told:
        found = [verify_one(database, SERVICE, practice_id, keys, shipped, told) for practice_id in sizes]
    return Outcome(found, against, time.monotonic() - began)


def _tell(outcome: Outcome) -> None:
    table = table_of("practice", "events", "sealed", "not yet sealed", "heads", "last head", "found")
    for one in outcome.practices:
        last = instant_text(one.sealed_at) if one.sealed_at else "none"
        cells = (one.practice_id, one.events, one.sealed, one.not_yet_sealed, one.heads, last, _first(one))
        table.add_row(*map(str, cells))
    console = out()
    console.print(table)
    for one in outcome.practices:
        for said in (*map(_said, one.faults), *one.notes):
            console.print(f"{one.practice_id}: {said}", soft_wrap=True)
    if outcome.unsigned:
        console.print(f"Wrong: {NO_HEADS}", soft_wrap=True)
    compared = f"compared with the heads of {outcome.against}" if outcome.against else OWN_HEADS
    console.print(f"{compared[0].upper()}{compared[1:]}.", soft_wrap=True)
    verdict = "Whole" if outcome.whole else "NOT as it was signed"
    console.print(f"{verdict}: {outcome.events:,} events in {outcome.seconds:.1f} s ({outcome.rate:,} events/s).")
    if not outcome.whole:
        log.print("The ledger is not as it should be.", style="red")


def _first(one: Verified) -> str:
    """In a cell: the first bad position, or that there is none."""
    if not one.faults:
        return "whole" if one.sealed else "nothing sealed yet" if one.events else "empty"
    return _said(one.faults[0])


def _said(fault: Fault) -> str:
    if fault.position is None:
        return fault.what
    until = f" to {fault.until}" if fault.until not in (None, fault.position) else ""
    return f"first bad position {fault.position}{until}: {fault.what}"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "whole": outcome.whole,
        "compared_with": str(outcome.against) if outcome.against else "the database's own heads",
        "fault": NO_HEADS if outcome.unsigned else None,
        "events": outcome.events,
        "seconds": round(outcome.seconds, 3),
        "events_per_second": outcome.rate,
        "practices": [
            {
                "practice_id": str(one.practice_id),
                "events": one.events,
                "sealed": one.sealed,
                "sealed_at": instant_text(one.sealed_at) if one.sealed_at else None,
                "not_yet_sealed": one.not_yet_sealed,
                "heads": one.heads,
                "faults": [
                    {"kind": fault.kind, "position": fault.position, "until": fault.until, "what": fault.what}
                    for fault in one.faults
                ],
                "notes": one.notes,
            }
            for one in outcome.practices
        ],
    }
