"""The servers that tests get: separate databases, least rights."""

from collections.abc import Callable

import pika
import psycopg
import pytest
from pika.exceptions import ChannelClosedByBroker
from psycopg.errors import InsufficientPrivilege

from clinic.deploy.servers_for_tests import ServiceDatabase, Vhost
from clinic.infra.migrations import DATABASES

Fresh = Callable[[str], ServiceDatabase]


@pytest.mark.parametrize("database", sorted(DATABASES))
def test_every_database_migrates(service_database: Fresh, database: str) -> None:
    with psycopg.connect(service_database(database).url("api")) as connection:
        assert connection.execute("SELECT clinic_now() > '2020-01-01'").fetchone() == (True,)


def test_a_role_of_another_service_may_not_connect(service_database: Fresh) -> None:
    database = service_database("availability")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(database.server.url(database.name, "notifications_api"))


def test_only_the_owner_makes_tables(service_database: Fresh) -> None:
    database = service_database("appointments")
    for role in ("api", "worker", "relay", "projector", "ops"):
        with psycopg.connect(database.url(role)) as connection, pytest.raises(InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")


def test_the_clock_can_be_moved(service_database: Fresh) -> None:
    database = service_database("appointments")
    database.shift_clock("2 days")
    with psycopg.connect(database.url("api")) as connection:
        assert connection.execute("SELECT clinic_now() > now() + interval '47 hours'").fetchone() == (True,)


def test_a_service_publishes_to_its_own_exchange_only(broker_vhost: Vhost) -> None:
    for service in ("appointments", "identity"):
        broker_vhost.api("PUT", f"exchanges/{{vhost}}/{service}.events", {"type": "topic", "durable": True})
    connection = pika.BlockingConnection(pika.URLParameters(broker_vhost.url("appointments")))
    try:
        connection.channel().basic_publish("appointments.events", "x", b"")
        for exchange in ("identity.events", "", "amq.topic"):
            channel = connection.channel()
            channel.confirm_delivery()
            with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
                channel.basic_publish(exchange, "x", b"")
    finally:
        connection.close()


def test_a_service_reads_its_own_queues_only(broker_vhost: Vhost) -> None:
    for queue in ("availability.appointments.events", "notifications.appointments.events"):
        broker_vhost.api("PUT", f"queues/{{vhost}}/{queue}", {"durable": True})
    connection = pika.BlockingConnection(pika.URLParameters(broker_vhost.url("availability")))
    try:
        connection.channel().basic_get("availability.appointments.events")
        with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
            connection.channel().basic_get("notifications.appointments.events")
    finally:
        connection.close()
