"""PostgreSQL and RabbitMQ in containers, with the private servers' settings, published on loopback only."""

import json
import secrets
import time
import warnings
from dataclasses import dataclass
from typing import Any

import requests

from clinic.deploy.broker_definitions import ADMINISTRATOR, definitions
from clinic.deploy.container_engine import OWNER, owner
from clinic.deploy.ports import LOOPBACK
from clinic.deploy.postgres import CLUSTER, FAST_BUT_UNSAFE, SETTINGS
from clinic.deploy.rabbitmq_node import IDLE, PLUGINS
from clinic.deploy.rabbitmq_node import SETTINGS as BROKER_SETTINGS
from clinic.deploy.server_address import SUPERUSER

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # testcontainers warns of its own decorators when it is loaded
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.community.rabbitmq import RabbitMqContainer

AMQP, MANAGEMENT = 5672, 15672
DEFINITIONS = "/etc/rabbitmq/clinic-definitions.json"


@dataclass(frozen=True, slots=True)
class PostgresInContainer:
    """A server that flushes no commits. `superuser` is its address, `stop` removes the container and its data."""

    superuser: str
    container: PostgresContainer

    def stop(self) -> None:
        """Removes it."""
        self.container.stop()


@dataclass(frozen=True, slots=True)
class BrokerInContainer:
    """A broker with management: `server` is host and port of AMQP."""

    server: str
    management: str
    administrator: tuple[str, str]
    container: RabbitMqContainer

    def stop(self) -> None:
        """Removes it."""
        self.container.stop()


def start_postgres(image: str) -> PostgresInContainer:
    """Starts one; returns when it answers. What fails to start is removed."""
    password = secrets.token_urlsafe(12)
    container = PostgresContainer(image, username=SUPERUSER, password=password, dbname="postgres", driver=None)
    container.ports = _on_loopback(container.port)
    cluster = " ".join((*CLUSTER, "--auth-host=scram-sha-256", "--no-sync"))
    settings = [f"--{name}={value}" for name, value in (SETTINGS | FAST_BUT_UNSAFE).items()]
    container.with_env("POSTGRES_INITDB_ARGS", cluster).with_command(["postgres", *settings])
    _start(container.with_kwargs(labels={OWNER: owner()}, shm_size="256m"))
    return PostgresInContainer(container.get_connection_url(), container)


def start_rabbitmq(image: str) -> BrokerInContainer:
    """Starts one; returns when AMQP and the management API answer. What fails to start is removed."""
    administrator = (ADMINISTRATOR, secrets.token_urlsafe(12))
    container = RabbitMqContainer(image, port=AMQP, username=administrator[0], password=administrator[1])
    container.ports = _on_loopback(AMQP, MANAGEMENT)
    container.with_env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", IDLE)
    files = {
        "/etc/rabbitmq/enabled_plugins": PLUGINS,
        "/etc/rabbitmq/conf.d/90-clinic.conf": BROKER_SETTINGS.format(definitions=DEFINITIONS),
        DEFINITIONS: json.dumps(definitions(dict([administrator]))),
    }
    for path, text in files.items():
        container.with_copy_into_container(text.encode(), path)
    _start(container.with_kwargs(labels={OWNER: owner()}))
    address = container.get_container_host_ip()
    management = f"http://{address}:{container.get_exposed_port(MANAGEMENT)}"
    try:
        _wait_for_management(management, administrator)
    except BaseException:
        container.stop()
        raise
    return BrokerInContainer(f"{address}:{container.get_exposed_port(AMQP)}", management, administrator, container)


def _on_loopback(*ports: int) -> dict[str, Any]:
    """Each published at a free port of 127.0.0.1: on all addresses, a guessed port would let the network in."""
    return {str(port): (LOOPBACK,) for port in ports}


def _start(container: PostgresContainer | RabbitMqContainer) -> None:
    """Also Ctrl-C while it starts leaves nothing behind."""
    try:
        container.start()
    except BaseException:
        container.stop()
        raise


def _wait_for_management(url: str, administrator: tuple[str, str], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    with requests.Session() as session:
        session.trust_env = False
        while True:
            try:
                if session.get(f"{url}/api/overview", auth=administrator, timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"RabbitMQ's management API does not answer at {url}")
            time.sleep(0.1)
