"""The projector: builds a service's views from its own events (architecture.md section 5)."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from clinic.infra.applying import Stopping, said
from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.process import log_to_standard_error, told_to_stop
from clinic.infra.settings import ServiceSettings
from clinic.infra.sources import LocalSource
from clinic.infra.wake_up import Listener
from clinic.kernel.errors import Unavailable
from clinic.kernel.projection import Projection

POLL_SECONDS = 0.25
EVENTS_PER_TRANSACTION = 500

BUILDING_SECONDS = 0.5
"""So long a version that nobody reads yet is built before those that are read have their turn again."""

log = logging.getLogger(__name__)


class Versions(Protocol):
    """Which versions of the projections are built, and which are read."""

    def to_build(self) -> Mapping[str, bool]:
        """The consumer names of those that are built; True for those that are read."""

    def caught_up(self) -> None:
        """Called after every round: what has caught up may be read from now on."""


class Paused(Exception):
    """A version that nobody reads has had its turn, or is built no more."""


def projection_consumer(database: Database, service: str, projection: Projection) -> Consumer:
    """The consumer that keeps one projection: the same rule and checkpoints as for events of others."""
    source = LocalSource(database, service)
    return Consumer(
        database,
        projection.consumer,
        source,
        projection.handles,
        batch=EVENTS_PER_TRANSACTION,
        handle_many=projection.apply_many,
    )


def project(consumers: Iterable[Consumer]) -> None:
    """Brings every projection up to the ledger once; one that fails is logged and the others go on."""
    for consumer in consumers:
        try:
            consumer.catch_up_all()
        except Stopping:
            raise
        except Paused:
            continue
        except Unavailable as error:
            log.warning("%s waits: %s", consumer.name, error)
        except Exception as error:
            log.error("%s waits: %s", consumer.name, said(error))


def run_projector(
    settings: ServiceSettings,
    projections: Sequence[Projection],
    versions_of: Callable[[Database], Versions] | None = None,
) -> None:
    """The projector process of a service, until SIGTERM. A knock wakes it, else it looks every 250 ms."""
    log_to_standard_error()
    name = f"{settings.service}-projector"
    database = Database(settings.database_url, size=2, name=name)
    consumers = [projection_consumer(database, settings.service, projection) for projection in projections]
    listener = Listener(settings.database_url, name=name)
    follow(consumers, listener, told_to_stop(), versions_of(database) if versions_of else None)
    database.close()


def follow(
    consumers: Sequence[Consumer], listener: Listener, stopping: Callable[[], bool], versions: Versions | None = None
) -> None:
    """Projects until told to stop; without `versions` everything is built and read."""
    try:
        while not stopping():
            waits = True
            try:
                waits = play_round(consumers, stopping, versions)
            except Unavailable as error:
                log.warning("the versions of the views cannot be asked for: %s", error)
            listener.wait(POLL_SECONDS if waits else 0)
    except Stopping:
        log.info("stops between two batches")
    finally:
        listener.close()


def play_round(
    consumers: Sequence[Consumer], stopping: Callable[[], bool] = lambda: False, versions: Versions | None = None
) -> bool:
    """One turn of every projection that is to be built; False where one was paused and has more to do."""
    built = versions.to_build() if versions else {consumer.name: True for consumer in consumers}
    paused: list[str] = []

    def turn_of(consumer: Consumer) -> Callable[[], None]:
        until = time.monotonic() + BUILDING_SECONDS

        def breathe() -> None:
            if stopping():
                raise Stopping
            if built[consumer.name] or versions is None:
                return
            if consumer.name not in versions.to_build():
                raise Paused
            if time.monotonic() >= until:
                paused.append(consumer.name)
                raise Paused

        return breathe

    for consumer in consumers:
        if consumer.name in built:
            consumer.breathe_with(turn_of(consumer))
            project([consumer])
    if versions:
        versions.caught_up()
    return not paused
