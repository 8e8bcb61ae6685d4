"""Settings → pools → adapters → use cases: the only place of identity that knows everything."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from environs import Env

from clinic.contracts.codec import to_fact
from clinic.identity.adapters.alarms import LoggedAlarms
from clinic.identity.adapters.appointments import HttpAppointments
from clinic.identity.adapters.housekeeping import Housekeeping
from clinic.identity.adapters.keys import new_key_pair, unseal_or_none
from clinic.identity.adapters.passwords import Argon2Passwords
from clinic.identity.adapters.postgres import PostgresKeys, PostgresRows, PostgresStore
from clinic.identity.adapters.receipt_files import ReceiptFiles
from clinic.identity.adapters.tokens import SignedTokens
from clinic.identity.adapters.waiting import WaitingRooms
from clinic.identity.application.erasing import erase_again, finish_begun
from clinic.identity.application.judging import judge_waiting
from clinic.identity.application.ports import Alarms, Erasing, Ports, Tokens
from clinic.identity.application.reactions import REACTIONS, Reaction
from clinic.identity.domain.limits import DELAY_SECONDS
from clinic.identity.domain.sessions import Session
from clinic.identity.domain.users import User
from clinic.infra.applying import Handle
from clinic.infra.clock import utc_now
from clinic.infra.consumer import Consumer
from clinic.infra.database import Connection, Database
from clinic.infra.importing import operator_database_url
from clinic.infra.safe_settings import safe_settings
from clinic.infra.service_client import client_of
from clinic.infra.settings import ServiceSettings, read_settings
from clinic.infra.sources import EventSource, HttpSource
from clinic.infra.subscription import Subscription, Work
from clinic.infra.topology import SubscriptionQueue
from clinic.kernel.recorded import Recorded

APPOINTMENTS = SubscriptionQueue("identity", "appointments")
POOL = 12


class Erasures:
    """Erases again whom a restored backup brought back, before this process does anything else (ADR 0035)."""

    def __init__(self, erasing: Erasing) -> None:
        self._erasing = erasing
        self._lock = threading.Lock()
        self._applied = False

    def apply(self) -> None:
        """Returns once every receipt that survived is true; Unavailable while that cannot be known."""
        if not self._applied:
            with self._lock:
                if not self._applied:
                    erase_again(self._erasing)
                    self._applied = True

    def finish_begun(self) -> int:
        """Finishes what a crash interrupted; how many."""
        self.apply()
        return finish_begun(self._erasing)


@dataclass(frozen=True, slots=True)
class Api:
    """What the API process holds."""

    settings: ServiceSettings
    database: Database
    keys_database: Database
    ports: Ports
    erasures: Erasures


class Judge:
    """Judges requests for sign-in links."""

    def __init__(self, database: Database, alarms: Alarms) -> None:
        self._store = PostgresStore(database)
        self._alarms = alarms

    def judge_waiting(self) -> int:
        """How many requests were judged."""
        return judge_waiting(self._store, self._store, self._alarms)


@dataclass(frozen=True, slots=True)
class Worker:
    """What the worker process holds."""

    settings: ServiceSettings
    databases: tuple[Database, ...]
    consumer: Consumer
    judge: Judge
    housekeeping: Housekeeping
    erasures: Erasures

    def appointments_subscription(self, perform: Callable[[Work], None]) -> Subscription:
        """The queue of appointments' events."""
        return Subscription(self.settings.amqp_url, self.consumer, APPOINTMENTS, perform=perform)

    def close(self) -> None:
        """Gives all connections back."""
        for database in self.databases:
            database.close()


class NoTokens:
    """Operators' commands open no sessions."""

    def mint(self, practice_id: UUID, session: Session, user: User | None) -> dict[str, str]:
        """None."""
        raise PermissionError("only identity's API mints tokens")


def build_api() -> Api:
    """The API's parts from the environment."""
    env = Env()
    keys_url = env.str("KEYS_DATABASE_URL", "")
    settings = safe_settings("identity", keys_url)
    database = Database(settings.database_url, size=POOL, name="identity-api")
    keys_database = Database(keys_url, size=2, name="identity-api-keys")
    tokens = SignedTokens(env.str("TOKEN_SIGNING_KEY", ""), utc_now)
    ports = _ports(settings, database, keys_database, tokens)
    return Api(settings, database, keys_database, ports, Erasures(ports.erasing))


@contextmanager
def operator(keys_url: str | None = None) -> Iterator[Ports]:
    """What an operator's command uses: the databases as `identity_ops`, without time limits, closed afterwards.

    That role never reads a key; `keys_url` is the address with one that may, for a command that unseals (ADR 0032).
    A restored database is erased again first: no import may meet a client who was erased.
    """
    database = Database(operator_database_url("identity"), size=2, limits=False, name="identity-ops")
    keys_url = keys_url or operator_database_url("identity_keys")
    keys = Database(keys_url, size=1, limits=False, name="identity-ops-keys")
    try:
        ports = _ports(read_settings("identity"), database, keys, NoTokens())
        Erasures(ports.erasing).apply()
        yield ports
    finally:
        database.close()
        keys.close()


def appointments_consumer(database: Database, source: EventSource) -> Consumer:
    """Keeps the copies of starts and switches."""
    return Consumer(database, APPOINTMENTS.name, source, appointments_handles())


def appointments_handles() -> dict[str, Handle]:
    """The reactions as the consumer calls them."""
    return {name: _handle(reaction) for name, reaction in REACTIONS.items()}


def build_worker() -> Worker:
    """The worker's parts from the environment: what follows, what judges and what tidies up have their own pools."""
    keys_url = Env().str("KEYS_DATABASE_URL", "")
    settings = safe_settings("identity", keys_url)
    follows, judges, tidies, erases = (
        Database(settings.database_url, size=size, name=f"identity-{name}")
        for name, size in (("worker", 4), ("sign-in", 1), ("housekeeping", 1), ("erasing", 1))
    )
    keys = Database(keys_url, size=1, name="identity-erasing-keys")
    erasures = Erasures(Erasing(PostgresStore(erases), PostgresKeys(keys), _receipt_files()))
    consumer = appointments_consumer(follows, HttpSource(client_of(settings, APPOINTMENTS.source), APPOINTMENTS.source))
    databases = (follows, judges, tidies, erases, keys)
    return Worker(settings, databases, consumer, Judge(judges, LoggedAlarms()), Housekeeping(tidies), erasures)


def _receipt_files() -> ReceiptFiles:
    directory = Env().str("ERASURE_RECEIPTS_DIRECTORY", "")
    return ReceiptFiles(Path(directory) if directory else None)


def _ports(settings: ServiceSettings, database: Database, keys_database: Database, tokens: Tokens) -> Ports:
    env = Env()
    return Ports(
        store=PostgresStore(database),
        keys=PostgresKeys(keys_database),
        receipts=_receipt_files(),
        appointments=HttpAppointments(client_of(settings, "appointments")),
        passwords=Argon2Passwords(),
        patience=WaitingRooms(DELAY_SECONDS),
        tokens=tokens,
        alarms=LoggedAlarms(),
        unseal=unseal_or_none,
        new_key_pair=new_key_pair,
        client_portal_url=env.str("CLIENT_PORTAL_URL", "").rstrip("/"),
        staff_url=env.str("STAFF_URL", "").rstrip("/"),
    )


def _handle(reaction: Reaction) -> Handle:
    """A reaction on the consumer's transaction."""

    def handle(connection: Connection, recorded: Recorded) -> None:
        reaction(PostgresRows(connection, recorded.practice_id), to_fact(recorded))

    return handle
