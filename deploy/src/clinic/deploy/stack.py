"""The whole product on this machine: private servers and every process, under one supervisor, in one directory."""

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from clinic.deploy import databases
from clinic.deploy.broker_definitions import definitions
from clinic.deploy.instance import Instance, open_instance
from clinic.deploy.migrate import migrate
from clinic.deploy.postgres import PrivatePostgres
from clinic.deploy.processes import Process, processes
from clinic.deploy.rabbitmq import PrivateRabbitMQ
from clinic.deploy.rabbitmq_node import NodePorts
from clinic.deploy.running import read_running
from clinic.deploy.supervisor import ChildProcess, Supervisor
from clinic.deploy.topology import broker_topology
from clinic.infra.migrations import DATABASES, kinds_of_role
from clinic.infra.settings import SERVICES

SERVERS_LAST = ("postgres", "rabbitmq")


class AlreadyRunning(Exception):
    """Another supervisor works in this directory."""


class Stack:
    """A running copy of the product: `with Stack(directory) as stack`. Everything has ended when the block is left.

    `durable=False` (tests) does not flush PostgreSQL's commits. `environment` is added to every process' own. `say`
    gets lines for people.
    """

    def __init__(
        self,
        directory: Path,
        *,
        durable: bool = True,
        environment: dict[str, str] | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.directory = directory.resolve()
        self.say = say
        self._durable = durable
        self._environment = environment or {}
        self._lock = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts servers, migrates, starts every process, and waits until all are ready.

        AlreadyRunning, NotInstalled, TimeoutError when something did not become ready.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            end_leftovers(self.directory)
            self._open()
            self.say("Starting PostgreSQL and RabbitMQ …")
            self.postgres.start()
            self.supervisor.keep(self.postgres)
            self.supervisor.keep(self.rabbitmq)
            self.say("Migrating the databases …")
            self._prepare_databases()
            self.say("Starting the services …")
            for process in self.processes:
                self.supervisor.keep(ChildProcess(process, self.directory))
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends every process, then the servers."""
        if hasattr(self, "supervisor"):
            self.supervisor.stop(last=SERVERS_LAST)
        self._lock.close()

    def wait_until_ready(self, seconds: float = 120.0) -> None:
        """Waits until everything that is not held runs and every HTTP process says that it is ready."""
        deadline = time.monotonic() + seconds
        while waiting := self.waiting_for():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready after {seconds:.0f} s: {', '.join(waiting)}; see {self.directory}/log")
            time.sleep(0.2)

    def waiting_for(self) -> list[str]:
        """The names of what is not ready now, apart from what is held."""
        ready = {process.name: process.ready_url for process in self.processes}
        wanted = [name for name in self.supervisor.names() if not self._is_held(name)]
        return [name for name in wanted if not self._is_ready(name, ready.get(name))]

    def kill(self, name: str) -> None:
        """`kill -9` of a process; the supervisor starts it again."""
        self.supervisor.member(name).kill()

    def hold(self, name: str) -> None:
        """Stops a process and keeps it down."""
        self.supervisor.hold(name)

    def release(self, name: str, *, wait: bool = True) -> None:
        """Lets a held process start again; with `wait` returns when it is ready."""
        self.supervisor.release(name)
        deadline = time.monotonic() + 90
        while wait and name in self.waiting_for():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} did not start")
            time.sleep(0.05)

    def stop_broker(self) -> None:
        """RabbitMQ stops and stays stopped."""
        self.hold("rabbitmq")

    def delete_broker_data(self) -> None:
        """Stops RabbitMQ and deletes everything that it had stored."""
        self.stop_broker()
        self.rabbitmq.delete_data()

    def start_broker(self) -> None:
        """RabbitMQ starts again."""
        self.release("rabbitmq")

    @property
    def facts(self) -> dict[str, Any]:
        """The contents of `demo.json`: addresses, log-ins and clients to try."""
        found: dict[str, Any] = json.loads((self.directory / "demo.json").read_text(encoding="utf-8"))
        return found

    def database_roles(self) -> dict[str, dict[str, str]]:
        """Every role's address for every database, `superuser` among them."""
        return {
            database: {
                **{kind: self.postgres.url(database, f"{service}_{kind}") for kind in kinds_of_role(service)},
                "superuser": self.postgres.url(database),
            }
            for database, (service, _) in DATABASES.items()
        }

    def _open(self) -> None:
        self.instance: Instance = open_instance(self.directory)
        logs = self.directory / "log"
        logs.mkdir(exist_ok=True)
        self.postgres, self.rabbitmq = servers(self.instance, durable=self._durable)
        self.processes: list[Process] = processes(self.instance, self.postgres)
        for process in self.processes:
            process.environment.update(self._environment)
        self.supervisor = Supervisor(self.directory, self.say)

    def _prepare_databases(self) -> None:
        superuser = self.postgres.url("postgres")
        databases.ensure_roles(superuser, SERVICES, self.postgres.password)
        for database, (service, _) in DATABASES.items():
            databases.ensure_database(superuser, database)
            migrate(database, self.postgres.url(database, f"{service}_owner"))

    def _is_held(self, name: str) -> bool:
        return (self.directory / "held" / name).exists()

    def _is_ready(self, name: str, url: str | None) -> bool:
        if name == self.rabbitmq.name:
            return self.rabbitmq.is_ready()
        if not self.supervisor.member(name).is_alive():
            return False
        return url is None or answers(url)

    def _take_lock(self) -> None:
        file = self._lock.enter_context((self.directory / "lock").open("a"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise AlreadyRunning(f"it runs already in {self.directory}") from None


def servers(instance: Instance, *, durable: bool = True) -> tuple[PrivatePostgres, PrivateRabbitMQ]:
    """The private servers of an instance, not started."""
    logs = instance.directory / "log"
    postgres = PrivatePostgres(
        instance.directory / "postgres", instance.ports["postgres"], durable=durable, log=logs / "postgres.log"
    )
    ports = NodePorts(*(instance.ports[name] for name in ("amqp", "amqp_distribution", "epmd", "amqp_management")))
    known = definitions(instance.broker_passwords(), broker_topology())
    return postgres, PrivateRabbitMQ(instance.directory / "rabbitmq", ports, known, log=logs / "rabbitmq.log")


def end_leftovers(directory: Path) -> list[str]:
    """Ends every process that a supervisor left behind which did not end in order; their names."""
    found = {file.stem: read_running(file) for file in sorted((directory / "run").glob("*.json"))}
    left = {name: process for name, process in found.items() if process and process.pid != os.getpid()}
    _all_at_once([process.end for process in left.values()])
    for name in found:
        (directory / "run" / f"{name}.json").unlink(missing_ok=True)
    alive = [server for server in servers_in(directory) if server.is_alive()]
    _all_at_once([server.stop for server in servers_in(directory)])
    return [*left, *(server.name for server in alive)]


def _all_at_once(steps: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=step) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def servers_in(directory: Path) -> tuple[PrivatePostgres, PrivateRabbitMQ]:
    """The servers by what they left in their directories; for looking and stopping, where ports do not matter."""
    nowhere = NodePorts(0, 0, 0, 0)
    return PrivatePostgres(directory / "postgres", 0), PrivateRabbitMQ(directory / "rabbitmq", nowhere, {})


def answers(url: str) -> bool:
    """Whether a GET is answered with success within 2 s; proxies of the environment are not asked."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=2).ok
        except requests.RequestException:
            return False
