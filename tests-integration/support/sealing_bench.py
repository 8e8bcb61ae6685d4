"""A ledger of small events, sealers that can be ended and begun again, and a superuser who may change anything."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import dict_row

from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import Appended, Cause
from clinic.infra.proof.heads import Signer, read_public_keys
from clinic.infra.proof.heads_files import HeadsFiles, heads_files, read_lines
from clinic.infra.proof.seal_rows import SealRows, Stop
from clinic.infra.proof.sealer import Sealer
from clinic.infra.proof.verifying import Verified, read_shipped, verify_practice
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, NewEvent

SERVICE = "appointments"
CUT: tuple[LiteralString, LiteralString] = (
    "DELETE FROM events WHERE practice_id = %s AND position > %s",
    "UPDATE heads SET position = %s, last_event_id = (SELECT event_id FROM events WHERE practice_id = %s"
    " AND position = %s) WHERE practice_id = %s",
)


def new_key() -> str:
    """A signing key, as a sealer is given it."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


@dataclass
class Bench:
    """One database of the ledger with its directory of heads."""

    rows: ServiceDatabase
    directory: Path
    key: str = field(default_factory=new_key)

    def __post_init__(self) -> None:
        self.api = Database(self.rows.url("api"), size=8)
        self.role = Database(self.rows.url("sealer"), size=1)

    def close(self) -> None:
        """Gives the connections back."""
        self.api.close()
        self.role.close()

    def practice(self, events: int = 0) -> UUID:
        """A new practice with so many events."""
        practice_id = new_id()
        with self.api.transaction(practice_id) as connection:
            event_store.create_head(connection, practice_id)
        self.append(practice_id, events)
        return practice_id

    def append(self, practice_id: UUID, events: int = 1, said: str = "said") -> Appended | None:
        """Appends events, each a stream of its own; the last one's place and time."""
        appended = None
        for _ in range(events):
            with self.api.transaction(practice_id) as connection:
                data = {"said": said}
                event = NewEvent(new_id(), "Noted", 1, f"note-{new_id()}", 1, datetime.now(UTC), data)
                appended = event_store.append(connection, practice_id, Cause(SYSTEM, new_id(), new_id()), [event])
        return appended

    @contextmanager
    def sealer(self, kind: type[Sealer] = Sealer, key: str | None = None, **more: Any) -> Iterator[Sealer]:
        """A sealer that has just begun, and ends here."""
        signer = Signer(key or self.key)
        files = HeadsFiles(self.directory, SERVICE, signer)
        try:
            yield kind(SERVICE, self.role, signer, files, **{"look_again_seconds": 0.0, **more})
        finally:
            files.close()

    def seal(self, **more: Any) -> int:
        """One round of a new sealer: how many events it sealed."""
        with self.sealer(**more) as sealer:
            return sealer.seal()

    def tamper(self, statement: LiteralString, *values: Any) -> int:
        """Does what only the superuser can; how many rows it touched."""
        with psycopg.connect(self.rows.url("superuser")) as connection:
            return connection.execute(statement, values).rowcount

    def asked(self, statement: LiteralString, *values: Any) -> list[dict[str, Any]]:
        """What a query gives, over all practices."""
        with psycopg.connect(self.rows.url("superuser"), row_factory=dict_row) as connection:
            return connection.execute(statement, values).fetchall()

    def head(self, practice_id: UUID) -> tuple[int, int] | None:
        """Epoch and size of what the database's newest head says."""
        with self.of(practice_id) as rows:
            head = rows.last_head()
        return None if head is None else (head.place.epoch, head.place.size)

    def stop(self, practice_id: UUID) -> Stop | None:
        """Why the practice is stopped."""
        with self.of(practice_id) as rows:
            return rows.stop()

    def reseal(self, practice_id: UUID, reason: str = "restored on purpose") -> None:
        """An operator asks for it, with the operators' rights."""
        stop = self.stop(practice_id)
        assert stop is not None
        operator = Database(self.rows.url("ops"), size=1)
        with operator.transaction(practice_id) as connection:
            SealRows(connection, SERVICE, practice_id).ask_to_reseal(new_id(), stop, reason, "olga")
        operator.close()

    @contextmanager
    def of(self, practice_id: UUID) -> Iterator[SealRows]:
        """The practice's sealed rows, as the operators see them."""
        operator = Database(self.rows.url("ops"), size=1)
        try:
            with operator.transaction(practice_id) as connection:
                yield SealRows(connection, SERVICE, practice_id)
        finally:
            operator.close()

    def verify(self, practice_id: UUID) -> Verified:
        """What an auditor finds, with the heads that were shipped."""
        keys = read_public_keys(str(self.directory / "public-keys.json"))
        with self.of(practice_id) as rows:
            return verify_practice(rows.connection, SERVICE, practice_id, keys, read_shipped(
                self.directory, SERVICE, keys))  # fmt: skip

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the files, its chain and its signature checked."""
        keys, found = read_public_keys(str(self.directory / "public-keys.json")), []
        for line in read_lines(heads_files(self.directory)):
            line.check(keys)
            found.append(line.said)
        return found

    def said_heads(self, practice_id: UUID) -> list[dict[str, Any]]:
        """The `head` lines of one practice."""
        return [said for said in self.lines() if said["kind"] == "head" and said["practice_id"] == str(practice_id)]


def rows_of(connection: Connection | psycopg.Connection[Any], practice_id: UUID) -> list[dict[str, Any]]:
    """A practice's rows of `events` as they stand there."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT * FROM events WHERE practice_id = %s ORDER BY position", (practice_id,)
        ).fetchall()


class Killed(Sealer):
    """Ends between the files and the commit."""

    def before_commit(self) -> None:
        raise KeyboardInterrupt


class KilledAfterOne(Sealer):
    """Ends so in its second round."""

    rounds = 0

    def before_commit(self) -> None:
        self.rounds += 1
        if self.rounds > 1:
            raise KeyboardInterrupt


def cut(bench: Bench, practice_id: UUID, until: int) -> None:
    """The owner takes the last events away, and the head goes back with them."""
    bench.tamper(CUT[0], practice_id, until)
    bench.tamper(CUT[1], until, practice_id, until, practice_id)


def stopped(bench: Bench, practice_id: UUID) -> str:
    """Why a practice is stopped; that is said."""
    stop = bench.stop(practice_id)
    assert stop is not None
    return stop.reason


def restored(bench: Bench, practice_id: UUID, until: int) -> None:
    """An older database: neither the events nor the sealed rows after a place are there."""
    cut(bench, practice_id, until)
    bench.tamper("DELETE FROM sealed_events WHERE practice_id = %s AND position > %s", practice_id, until)
    bench.tamper("DELETE FROM sealed_heads WHERE practice_id = %s AND size > %s", practice_id, until)
