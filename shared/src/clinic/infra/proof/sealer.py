"""The sealer: signs what every practice's ledger is, within a second of each commit (F51, ADR 0031)."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from environs import Env

from clinic.infra.applying import said
from clinic.infra.database import Connection, Database
from clinic.infra.process import log_to_standard_error, told_to_stop
from clinic.infra.proof.growing import Contradiction, Tree, grow, kept_tree, last_signed, nothing_signed
from clinic.infra.proof.heads import Head, Place, Signer, signed_json
from clinic.infra.proof.heads_files import HeadsFiles
from clinic.infra.proof.leaf import FORMAT, instant_text
from clinic.infra.proof.seal_rows import Request, SealedEvent, SealRows
from clinic.infra.settings import ServiceSettings
from clinic.infra.wake_up import Listener
from clinic.kernel.errors import Unavailable

EVENTS_PER_ROUND = 5000
PRACTICES_PER_TRANSACTION = 50
POLL_SECONDS = 0.25
SHORTEST_ROUND_SECONDS = 0.2
"""Heads are made at most five times a second, however fast the knocks come."""
LOOK_AGAIN_SECONDS = 5.0
TROUBLE_SECONDS = 1.0

LEAD = "SELECT pg_try_advisory_xact_lock(hashtextextended('clinic sealer', 0)) AS leads, clinic_now() AS now"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Round:
    """What one transaction is going to seal: written to the files before it commits."""

    now: datetime
    heads: list[Head] = field(default_factory=list)
    breaks: list[dict[str, Any]] = field(default_factory=list)
    trees: dict[UUID, Tree] = field(default_factory=dict)
    stopped: dict[UUID, str] = field(default_factory=dict)
    events: int = 0


class Sealer:
    """Seals the practices of one service. What it signed is remembered by `files` and never signed differently."""

    def __init__(
        self,
        service: str,
        database: Database,
        signer: Signer,
        files: HeadsFiles,
        *,
        limit: int = EVENTS_PER_ROUND,
        look_again_seconds: float = LOOK_AGAIN_SECONDS,
    ) -> None:
        self._service, self._database, self._signer, self._files, self._limit = service, database, signer, files, limit
        self._trees: dict[UUID, Tree] = {}
        self._stopped: dict[UUID, str] = {}
        self._look_again, self._look_again_seconds = 0.0, look_again_seconds

    def seal(self) -> int:
        """Seals once what has grown, those with the least to do first and up to the limit; how many events."""
        heads = self._heads()
        moved = sorted(self._moved(heads), key=lambda practice_id: heads[practice_id] - self._size(practice_id))
        sealed = 0
        for start in range(0, len(moved), PRACTICES_PER_TRANSACTION):
            sealed += self._seal_some(heads, moved[start : start + PRACTICES_PER_TRANSACTION])
        return sealed

    def before_commit(self) -> None:
        """Between the files and the commit: where a crash leaves heads that the database does not have."""

    def _heads(self) -> dict[UUID, int]:
        with self._database.connection() as connection:
            rows = connection.execute("SELECT practice_id, position, clinic_now() AS now FROM heads").fetchall()
        if rows:
            self._files.write_overdue_list(rows[0]["now"])
        found = {row["practice_id"]: row["position"] for row in rows}
        return dict.fromkeys(self._files.heads, 0) | found

    def _moved(self, heads: dict[UUID, int]) -> Iterator[UUID]:
        """Whose head is not where the tree ends; those that are stopped, or were never looked at, only now and then."""
        look_again = time.monotonic() >= self._look_again
        if look_again:
            self._look_again = time.monotonic() + self._look_again_seconds
        for practice_id, position in heads.items():
            tree = self._trees.get(practice_id)
            if practice_id in self._stopped or (tree is None and position == 0):
                if look_again:
                    yield practice_id
            elif tree is None or tree.frontier.size != position:
                yield practice_id

    def _size(self, practice_id: UUID) -> int:
        tree = self._trees.get(practice_id)
        return tree.frontier.size if tree else 0

    def _seal_some(self, heads: dict[UUID, int], practices: Sequence[UUID]) -> int:
        trees = {practice_id: self._trees.pop(practice_id, None) for practice_id in practices}
        with self._database.transaction() as connection:
            row = connection.execute(LEAD).fetchone()
            if row is None or not row["leads"]:
                return 0
            this = Round(row["now"])
            for practice_id in practices:
                if this.events >= self._limit:
                    break
                self._seal_one(connection, this, practice_id, heads[practice_id], trees[practice_id])
            self._files.write(this.heads, this.breaks, this.now)
            self.before_commit()
        left = {of: tree for of, tree in trees.items() if tree and of not in this.trees and of not in this.stopped}
        self._trees |= left | this.trees
        self._tell(this)
        return this.events

    def _seal_one(
        self, connection: Connection, this: Round, practice_id: UUID, position: int, tree: Tree | None
    ) -> None:
        rows = SealRows(connection, self._service, practice_id)
        rows.enter()
        signed, fault = self._signed_last(rows)
        request = rows.request(signed) if practice_id in self._stopped and position else None
        looked_at = tree is not None
        try:
            if request is not None:
                tree, sealed = self._break(rows, this, signed, request, position)
            elif fault is not None:
                raise fault
            else:
                tree = tree or kept_tree(rows, signed)
                sealed = grow(rows, tree, signed, position, self._limit)
        except Contradiction as contradiction:
            this.stopped[practice_id] = str(contradiction)
            rows.keep_stop(str(contradiction), signed)
            return
        if sealed:
            self._sign(rows, this, tree, sealed)
        if not looked_at:
            rows.end_stop()
            self._make_up_for_break(rows, tree)
        this.trees[practice_id] = tree

    def _signed_last(self, rows: SealRows) -> tuple[Head, Contradiction | None]:
        """The newest signed head; where the database contradicts what is remembered, that and the contradiction."""
        remembered = self._files.heads.get(rows.practice_id)
        try:
            return last_signed(rows, remembered, self._files.keys), None
        except Contradiction as fault:
            return remembered or nothing_signed(self._service, rows.practice_id), fault

    def _sign(self, rows: SealRows, this: Round, tree: Tree, sealed: list[SealedEvent]) -> None:
        last, root = sealed[-1], tree.frontier.root()
        place = Place(tree.epoch, last.position)
        unsigned = Head(self._service, rows.practice_id, place, root, last.event_id, this.now, self._signer.key_id)
        head = _signed(unsigned, self._signer)
        rows.keep(head, sealed)
        this.heads.append(head)
        this.events += len(sealed)

    def _break(
        self, rows: SealRows, this: Round, old: Head, request: Request, position: int
    ) -> tuple[Tree, list[SealedEvent]]:
        """A new epoch, because an operator said so; what was signed before stays where it is."""
        kept = rows.last_head()
        epoch = max(old.place.epoch, kept.place.epoch if kept else 0) + 1
        tree = Tree(epoch)
        sealed = grow(rows, tree, old, position, self._limit)
        rows.keep_break(epoch, request, old, this.now)
        says = {
            "format": FORMAT,
            "kind": "break",
            "service": self._service,
            "practice_id": str(rows.practice_id),
            "epoch": epoch,
            "old": {"epoch": old.place.epoch, "size": old.place.size, "root": old.root.hex()},
            "reason": request.reason,
            "asked_by": request.asked_by,
            "broken_at": instant_text(this.now),
            "key_id": self._signer.key_id,
        }
        this.breaks.append(signed_json(says, self._signer.sign(says)))
        log.warning("%s: sealed anew in epoch %s because an operator said so", rows.practice_id, epoch)
        return tree, sealed

    def _make_up_for_break(self, rows: SealRows, tree: Tree) -> None:
        """Keeps the break that a crash between files and commit left in the files only."""
        said = self._files.breaks.get(rows.practice_id)
        if said is None or said["epoch"] != tree.epoch:
            return
        place = Place(said["old"]["epoch"], said["old"]["size"])
        broken_at = datetime.fromisoformat(said["broken_at"])
        old = replace(
            nothing_signed(self._service, rows.practice_id), place=place, root=bytes.fromhex(said["old"]["root"])
        )
        if request := rows.request(old):
            rows.keep_break(tree.epoch, request, old, broken_at)

    def _tell(self, this: Round) -> None:
        for practice_id in this.trees:
            if self._stopped.pop(practice_id, None):
                log.info("%s: seals again", practice_id)
        for practice_id, reason in this.stopped.items():
            if self._stopped.get(practice_id) != reason:
                self._stopped[practice_id] = reason
                log.error("%s: STOPPED, nothing is signed for it: %s", practice_id, reason)


def _signed(unsigned: Head, signer: Signer) -> Head:
    return replace(unsigned, signature=signer.sign(unsigned.says()))


def follow(sealer: Sealer, listener: Listener, stopping: Callable[[], bool]) -> None:
    """Seals until told to stop; trouble with the database or the disk is waited for, for ever."""
    trouble = ""
    try:
        while not stopping():
            until = time.monotonic() + SHORTEST_ROUND_SECONDS
            try:
                more = sealer.seal() > 0
                if trouble:
                    log.info("seals again")
                trouble = ""
            except Exception as error:
                why = str(error) if isinstance(error, Unavailable) else said(error)
                if why != trouble:
                    log.warning("cannot seal, tries again: %s", why)
                trouble, more, until = why, True, time.monotonic() + TROUBLE_SECONDS
            time.sleep(max(0.0, until - time.monotonic()))
            listener.wait(0 if more else POLL_SECONDS - SHORTEST_ROUND_SECONDS)
    finally:
        listener.close()


def run_sealer(settings: ServiceSettings) -> None:
    """The sealer process of a service, until SIGTERM: all of a service's `entrypoints/sealer.py`."""
    log_to_standard_error()
    stopping = told_to_stop()
    env = Env()
    signer = Signer(env.str("LEDGER_SIGNING_KEY"))
    files = HeadsFiles(Path(env.str("SEALED_HEADS_DIRECTORY")) / settings.service, settings.service, signer)
    name = f"{settings.service}-sealer"
    database = Database(settings.database_url, size=1, name=name)
    follow(Sealer(settings.service, database, signer, files), Listener(settings.database_url, name=name), stopping)
    files.close()
    database.close()
