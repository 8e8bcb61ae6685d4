"""The projector: builds a service's views from its own events (architecture.md section 5)."""

import logging
from collections.abc import Callable, Iterable, Sequence

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

log = logging.getLogger(__name__)


def projection_consumer(database: Database, service: str, projection: Projection) -> Consumer:
    """The consumer that keeps one projection: the same rule and checkpoints as for events of others."""
    source = LocalSource(database, service)
    return Consumer(database, projection.consumer, source, projection.handles, batch=EVENTS_PER_TRANSACTION)


def project(consumers: Iterable[Consumer]) -> None:
    """Brings every projection up to the ledger once; one that fails is logged and the others go on."""
    for consumer in consumers:
        try:
            consumer.catch_up_all()
        except Stopping:
            raise
        except Unavailable as error:
            log.warning("%s waits: %s", consumer.name, error)
        except Exception as error:
            log.error("%s waits: %s", consumer.name, said(error))


def run_projector(settings: ServiceSettings, projections: Sequence[Projection]) -> None:
    """The projector process of a service, until SIGTERM. A knock wakes it, else it looks every 250 ms."""
    log_to_standard_error()
    name = f"{settings.service}-projector"
    database = Database(settings.database_url, size=2, name=name)
    consumers = [projection_consumer(database, settings.service, projection) for projection in projections]
    follow(consumers, Listener(settings.database_url, name=name), told_to_stop())
    database.close()


def follow(consumers: Sequence[Consumer], listener: Listener, stopping: Callable[[], bool]) -> None:
    """Projects until told to stop."""

    def end_when_told() -> None:
        if stopping():
            raise Stopping

    try:
        for consumer in consumers:
            consumer.breathe_with(end_when_told)
        while not stopping():
            project(consumers)
            listener.wait(POLL_SECONDS)
    except Stopping:
        log.info("stops between two batches")
    finally:
        listener.close()
