"""Settings to pool to adapters: the only place that knows everything."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clinic.availability.adapters.catalogue import PostgresCatalogue
from clinic.availability.adapters.diary import PostgresDiary
from clinic.availability.adapters.follower import ConsumerFollower
from clinic.availability.adapters.online_profiles import PostgresOnlineProfiles
from clinic.availability.adapters.practice_writer import PostgresPracticeWriter
from clinic.availability.adapters.taken_times import PostgresTakenTimes
from clinic.availability.application.reactions import handlers
from clinic.availability.application.up_to_date import UpToDate
from clinic.infra.consumer import Consumer
from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url
from clinic.infra.safe_settings import safe_settings
from clinic.infra.service_client import client_of
from clinic.infra.settings import ServiceSettings
from clinic.infra.sources import HttpSource
from clinic.infra.subscription import Subscription, Work
from clinic.infra.topology import SubscriptionQueue

SERVICE = "availability"
APPOINTMENTS = SubscriptionQueue(SERVICE, "appointments")


@dataclass(frozen=True, slots=True)
class Api:
    """What the HTTP API works with."""

    settings: ServiceSettings
    database: Database
    diary: PostgresDiary
    catalogue: PostgresCatalogue
    profiles: PostgresOnlineProfiles
    copy: UpToDate


def api() -> Api:
    """The API process, from the environment."""
    settings = safe_settings(SERVICE)
    database = Database(settings.database_url, size=12, name="availability-api")
    return Api(
        settings=settings,
        database=database,
        diary=PostgresDiary(database),
        catalogue=PostgresCatalogue(database),
        profiles=PostgresOnlineProfiles(database),
        copy=UpToDate(ConsumerFollower(consumer(settings, database)), time.monotonic),
    )


def consumer(settings: ServiceSettings, database: Database) -> Consumer:
    """The follower of appointments; API and worker run it under one name, the checkpoint fences them."""
    source = HttpSource(client_of(settings, APPOINTMENTS.source), APPOINTMENTS.source)
    return Consumer(database, APPOINTMENTS.name, source, handlers(PostgresTakenTimes()))


def appointments_subscription(perform: Callable[[Work], None]) -> Subscription:
    """The worker's queue of appointments' events, from the environment."""
    settings = safe_settings(SERVICE)
    database = Database(settings.database_url, size=4, name="availability-worker")
    return Subscription(settings.amqp_url, consumer(settings, database), APPOINTMENTS, perform=perform)


@contextmanager
def practice_writer() -> Iterator[PostgresPracticeWriter]:
    """For operators: writes with the role `availability_ops`, without time limits."""
    database = Database(operator_database_url(SERVICE), size=1, limits=False, name="availability-import")
    try:
        yield PostgresPracticeWriter(database)
    finally:
        database.close()
