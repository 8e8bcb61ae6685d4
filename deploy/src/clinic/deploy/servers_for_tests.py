"""Real servers for integration tests: containers or private ones, started at first need, or those that are given.

TEST_POSTGRES_URL is the address of a superuser; TEST_AMQP_URL that of an administrator, TEST_AMQP_MANAGEMENT_URL the
management API of the same broker. Roles of a server that was given or runs in a container get the password `test`.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import requests
from psycopg import sql

from clinic.deploy import databases
from clinic.deploy.broker_definitions import ADMINISTRATOR, definitions, permission
from clinic.deploy.choice_of_servers import Choice, Containers
from clinic.deploy.migrate import migrate
from clinic.deploy.ports import free_ports
from clinic.deploy.postgres import PrivatePostgres
from clinic.deploy.rabbitmq import PrivateRabbitMQ
from clinic.deploy.rabbitmq_node import NodePorts
from clinic.deploy.server_address import SUPERUSER
from clinic.infra.migrations import DATABASES
from clinic.infra.settings import SERVICES


@dataclass(frozen=True, slots=True)
class PostgresForTests:
    """A server with every role of the product; `url_of(database, role)` takes a role's full name."""

    superuser: str
    password: Callable[[str], str]
    stop: Callable[[], None]
    place: str

    def __str__(self) -> str:
        """What it is and where it runs, for people."""
        with psycopg.connect(self.superuser) as connection:
            return f"PostgreSQL {connection.info.parameter_status('server_version')} {self.place}"

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """The address of a database for a role; the superuser's by default."""
        parts = urlsplit(self.superuser)
        if role == SUPERUSER:
            return urlunsplit(parts._replace(path=f"/{database}"))
        server = f"{parts.hostname}:{parts.port or 5432}"
        return urlunsplit(parts._replace(netloc=f"{role}:{self.password(role)}@{server}", path=f"/{database}"))


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """A fresh, migrated database of one service."""

    server: PostgresForTests
    service: str
    name: str

    def url(self, role: str) -> str:
        """The address for a kind of role (`owner`, `api`, `worker`, …; infra.migrations) or `superuser`."""
        return self.server.url(self.name, SUPERUSER if role == "superuser" else f"{self.service}_{role}")

    def shift_clock(self, interval: str) -> None:
        """Moves `clinic_now()` for connections opened from now on, for example by `2 days` or `-1 hour`."""
        with psycopg.connect(self.url("superuser"), autocommit=True) as connection:
            statement = sql.SQL("ALTER DATABASE {} SET clinic.clock_offset = {}")
            connection.execute(statement.format(sql.Identifier(self.name), sql.Literal(interval)))


@dataclass(frozen=True, slots=True)
class Vhost:
    """A virtual host of its own, with the product's users and their rights, without exchanges and queues."""

    server: str
    management_url: str
    administrator: tuple[str, str]
    passwords: dict[str, str]
    name: str

    def url(self, user: str = ADMINISTRATOR) -> str:
        """The AMQP address for a service's user; the administrator's by default."""
        name, password = self.administrator if user == ADMINISTRATOR else (user, self.passwords[user])
        return f"amqp://{name}:{password}@{self.server}/{self.name}"

    def api(self, method: str, path: str, body: object = None) -> requests.Response:
        """A call of the management API as administrator; `{vhost}` in the path is this one. Raises on an error."""
        url = f"{self.management_url}/api/{path.replace('{vhost}', self.name)}"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, url, json=body, auth=self.administrator, timeout=10)
        answer.raise_for_status()
        return answer


def postgres_for_tests(directory: Path, choice: Choice) -> PostgresForTests:
    """The server of TEST_POSTGRES_URL, else one of the choice; that one does not flush its commits."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        server = PostgresForTests(given, lambda role: "test", lambda: None, "of TEST_POSTGRES_URL")
    elif isinstance(choice, Containers):
        from clinic.deploy import containers_for_tests

        found = containers_for_tests.start_postgres(choice.postgres)
        server = PostgresForTests(found.superuser, lambda role: "test", found.stop, choice.place(choice.postgres))
    else:
        private = PrivatePostgres(directory / "postgres", free_ports(1)[0], durable=False)
        private.start()
        server = PostgresForTests(private.url("postgres"), private.password, private.wipe, "as a private server")
    try:
        databases.ensure_roles(server.superuser, SERVICES, server.password)
    except BaseException:
        server.stop()
        raise
    return server


class Templates:
    """One migrated template per database, from which fresh ones are copied in some tens of milliseconds."""

    def __init__(self, server: PostgresForTests) -> None:
        self._server = server
        self._run = secrets.token_hex(3)
        self._made: dict[str, str] = {}

    def copy(self, database: str) -> ServiceDatabase:
        """A fresh database; `drop` it afterwards."""
        service = DATABASES[database][0]
        name = f"test_{database}_{secrets.token_hex(4)}"
        template = self._template(database, service)
        with psycopg.connect(self._server.superuser, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    *(sql.Identifier(word) for word in (name, template, f"{service}_owner"))
                )
            )
            databases.close_to_others(connection, service, name)
        return ServiceDatabase(self._server, service, name)

    def drop(self, name: str) -> None:
        """Ends its connections and deletes it."""
        with psycopg.connect(self._server.superuser, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def drop_all(self) -> None:
        """Deletes the templates."""
        for name in self._made.values():
            self.drop(name)

    def _template(self, database: str, service: str) -> str:
        if database not in self._made:
            name = f"template_{database}_{self._run}"
            databases.ensure_database(self._server.superuser, database, name=name)
            self._made[database] = name
            migrate(database, self._server.url(name, f"{service}_owner"))
        return self._made[database]


class BrokerForTests:
    """The broker of TEST_AMQP_URL, else one of the choice."""

    def __init__(self, directory: Path, choice: Choice) -> None:
        self._passwords = {service: secrets.token_urlsafe(12) for service in SERVICES}
        self._stop: Callable[[], None] = lambda: None
        if given := os.environ.get("TEST_AMQP_URL"):
            parts = urlsplit(given)
            self._administrator = (parts.username or "guest", parts.password or "guest")
            self._server = f"{parts.hostname}:{parts.port or 5672}"
            self._management = os.environ["TEST_AMQP_MANAGEMENT_URL"].rstrip("/")
            self._place = "of TEST_AMQP_URL"
        elif isinstance(choice, Containers):
            from clinic.deploy import containers_for_tests

            found = containers_for_tests.start_rabbitmq(choice.rabbitmq)
            self._administrator, self._server, self._management = found.administrator, found.server, found.management
            self._stop, self._place = found.stop, choice.place(choice.rabbitmq)
        else:
            self._start_private(directory)

    def _start_private(self, directory: Path) -> None:
        self._administrator = (ADMINISTRATOR, secrets.token_urlsafe(12))
        known = definitions(dict([self._administrator]))
        private = PrivateRabbitMQ(directory / "rabbitmq", NodePorts.free(), known)
        private.start()
        self._server = f"127.0.0.1:{private.ports.amqp}"
        self._management, self._place = private.management_url, "as a private server"

        def stop() -> None:
            private.kill()
            private.delete_data()

        self._stop = stop

    def __str__(self) -> str:
        """What it is and where it runs, for people."""
        with requests.Session() as session:
            session.trust_env = False
            overview = session.get(f"{self._management}/api/overview", auth=self._administrator, timeout=10).json()
        return f"RabbitMQ {overview['rabbitmq_version']} {self._place}"

    def new_vhost(self) -> Vhost:
        """A virtual host of its own; the services' users have their rights in it."""
        name = f"test-{secrets.token_hex(4)}"
        vhost = Vhost(self._server, self._management, self._administrator, self._passwords, name)
        vhost.api("PUT", "vhosts/{vhost}")
        administrator = self._administrator[0]
        vhost.api("PUT", f"permissions/{{vhost}}/{administrator}", permission(ADMINISTRATOR))
        for service, password in self._passwords.items():
            vhost.api("PUT", f"users/{service}", {"password": password, "tags": ""})
            vhost.api("PUT", f"permissions/{{vhost}}/{service}", permission(service))
        return vhost

    def stop(self) -> None:
        """Ends the broker and deletes its data; leaves one that was given alone."""
        self._stop()
