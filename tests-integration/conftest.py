"""Servers for integration tests: PostgreSQL and RabbitMQ are started once per run, at first need (docs/testing.md)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servers_used import USED, is_worker, servers_of, told, used

from clinic.deploy.servers_for_tests import (
    BrokerForTests,
    PostgresForTests,
    ServiceDatabase,
    Templates,
    Vhost,
    postgres_for_tests,
)


def pytest_configure(config: pytest.Config) -> None:
    """Chooses the servers; a choice that cannot be had ends the run before anything else does."""
    servers_of(config)


def pytest_report_header(config: pytest.Config) -> str:
    """Where this run finds its servers."""
    return f"servers: {servers_of(config)}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker's servers are told by the process that it works for."""
    if is_worker(session.config):
        session.config.workeroutput["servers"] = session.config.stash[USED]  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what a worker used."""
    for server in getattr(node, "workeroutput", {}).get("servers", ()):
        used(node.config, server)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What ran."""
    for line in told(config):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresForTests]:
    """A PostgreSQL server with every role of the product. It flushes no commits, which only tests may have."""
    server = postgres_for_tests(tmp_path_factory.mktemp("servers"), servers_of(pytestconfig))
    used(pytestconfig, server)
    with pytest.MonkeyPatch.context() as told:
        told.setenv("CLINIC_TEST", "1")
        yield server
    server.stop()


@pytest.fixture(scope="session")
def templates(postgres: PostgresForTests) -> Iterator[Templates]:
    """The migrated templates, one for each database that was asked for."""
    made = Templates(postgres)
    yield made
    made.drop_all()


@pytest.fixture
def service_database(templates: Templates) -> Iterator[Callable[[str], ServiceDatabase]]:
    """`service_database("appointments")` is a fresh migrated database; `.url("api")` its address for a role."""
    made: list[ServiceDatabase] = []

    def fresh(database: str) -> ServiceDatabase:
        made.append(templates.copy(database))
        return made[-1]

    yield fresh
    for database in made:
        templates.drop(database.name)


@pytest.fixture(scope="session")
def rabbitmq(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerForTests]:
    """A RabbitMQ broker with management."""
    broker = BrokerForTests(tmp_path_factory.mktemp("servers"), servers_of(pytestconfig))
    used(pytestconfig, broker)
    yield broker
    broker.stop()


@pytest.fixture
def broker_vhost(rabbitmq: BrokerForTests) -> Iterator[Vhost]:
    """A virtual host of its own: `.url("appointments")` with a service's rights, `.url()` as administrator."""
    vhost = rabbitmq.new_vhost()
    yield vhost
    vhost.api("DELETE", "vhosts/{vhost}")
