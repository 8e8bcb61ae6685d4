"""Private servers survive kills, lose what is wiped, and end with the supervisor, whichever way it ended."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from clinic.deploy.broker_definitions import ADMINISTRATOR, definitions
from clinic.deploy.ports import free_ports
from clinic.deploy.postgres import PrivatePostgres
from clinic.deploy.rabbitmq import PrivateRabbitMQ
from clinic.deploy.rabbitmq_node import NodePorts
from clinic.deploy.running import read_running, running
from clinic.deploy.stack import end_leftovers, servers_in
from clinic.deploy.topology import SUBSCRIPTIONS, broker_topology

SERVERS_ONLY = """
import sys, time
from pathlib import Path
from clinic.deploy import stack
stack.processes = lambda instance, postgres: [stack.Process("sleeper", ("sleep", "600"), {"PATH": "/usr/bin:/bin"})]
with stack.Stack(Path(sys.argv[1]), durable=False):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PrivatePostgres]:
    server = PrivatePostgres(tmp_path / "postgres", free_ports(1)[0])
    server.start()
    yield server
    server.wipe()


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[PrivateRabbitMQ]:
    known = definitions({ADMINISTRATOR: "secret"}, broker_topology())
    server = PrivateRabbitMQ(tmp_path / "rabbitmq", NodePorts.free(), known)
    server.start()
    yield server
    server.kill()


def queues(server: PrivateRabbitMQ) -> set[str]:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{server.management_url}/api/queues", auth=(ADMINISTRATOR, "secret"), timeout=10)
    return {queue["name"] for queue in answer.json()}


def test_a_killed_postgres_keeps_what_was_committed(postgres: PrivatePostgres) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        postgres.kill()
    assert not postgres.is_alive()
    postgres.start()
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)


def test_postgres_flushes_its_commits_and_keeps_personal_data_out_of_its_log(postgres: PrivatePostgres) -> None:
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "max_prepared_transactions": "0",
        "listen_addresses": "127.0.0.1",
        "password_encryption": "scram-sha-256",
    }
    with psycopg.connect(postgres.url("postgres")) as connection:
        rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (list(wanted),))
        assert dict(rows.fetchall()) == wanted


def test_a_wrong_password_is_refused(postgres: PrivatePostgres) -> None:
    url = postgres.url("postgres").replace(postgres.password("operator"), "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_a_wiped_broker_comes_back_with_every_queue(rabbitmq: PrivateRabbitMQ) -> None:
    wanted = {queue.name for queue in SUBSCRIPTIONS}
    assert queues(rabbitmq) == wanted
    rabbitmq.stop()
    rabbitmq.delete_data()
    rabbitmq.start()
    assert queues(rabbitmq) == wanted


def test_a_broker_whose_first_start_was_cut_off_starts_with_fresh_data(rabbitmq: PrivateRabbitMQ) -> None:
    rabbitmq.kill()
    rabbitmq.data_directory.with_name("complete").unlink()
    (rabbitmq.data_directory / "half-made").mkdir()
    rabbitmq.start()
    assert queues(rabbitmq) == {queue.name for queue in SUBSCRIPTIONS}
    assert not (rabbitmq.data_directory / "half-made").exists()


def test_a_running_broker_is_known_although_its_directory_was_deleted(rabbitmq: PrivateRabbitMQ) -> None:
    found = rabbitmq.process()
    for name in ("node.json", "pid"):
        (rabbitmq.data_directory.with_name(name)).unlink(missing_ok=True)
    assert found
    assert rabbitmq.process() == found


def test_nothing_outlives_a_stop_although_the_supervisor_was_killed(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SERVERS_ONLY, str(tmp_path)], stdout=subprocess.PIPE)
    assert supervisor.stdout
    with supervisor.stdout:
        assert supervisor.stdout.readline() == b"ready\n"
    deadline = time.monotonic() + 10
    while (sleeper := read_running(tmp_path / "run" / "sleeper.json")) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    epmd = read_running(tmp_path / "rabbitmq" / "epmd.json")
    found = [sleeper, epmd, running(supervisor.pid), *(server.process() for server in servers_in(tmp_path))]
    assert all(each and each.is_alive() for each in found)
    supervisor.kill()
    supervisor.wait(10)
    assert set(end_leftovers(tmp_path)) == {"sleeper", "postgres", "rabbitmq"}
    assert not [each for each in found if each and each.is_alive()]
