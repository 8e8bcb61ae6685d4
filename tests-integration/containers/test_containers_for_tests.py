"""Servers in containers are the private ones in all that tests rely on, and none is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import psycopg
import pytest
from world import eventually

from clinic.deploy.choice_of_servers import Containers
from clinic.deploy.container_engine import OWNER, Engine
from clinic.deploy.postgres import FAST_BUT_UNSAFE, SETTINGS
from clinic.deploy.servers_for_tests import BrokerForTests, PostgresForTests, postgres_for_tests

HERE = Path(__file__).resolve().parent
KILLED = """
import sys, time
from clinic.deploy.container_engine import Engine
from clinic.deploy.containers_for_tests import start_postgres
Engine()
start_postgres(sys.argv[1])
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture
def engine(choice: Containers) -> Iterator[docker.DockerClient]:
    """The engine itself, to look at what there is."""
    with closing(docker.from_env()) as client:
        yield client


def started_by(engine: docker.DockerClient, pid: int) -> list[str]:
    """The containers of a test process that are there, running or not."""
    found = engine.containers.list(all=True, filters={"label": OWNER})
    return [each.id for each in found if each.labels[OWNER].split()[1] == str(pid)]


def test_the_settings_are_those_of_the_private_server(choice: Containers, postgres: PostgresForTests) -> None:
    wanted = SETTINGS | FAST_BUT_UNSAFE
    with psycopg.connect(postgres.superuser) as connection:
        found = {name: connection.execute(f"SHOW {name}").fetchone() for name in wanted}
        assert {name: row[0] for name, row in found.items() if row} == wanted
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'template1'"
        ).fetchone()
        assert row == ("UTF8", "C.UTF-8")


def test_every_port_is_published_on_loopback_only(
    engine: docker.DockerClient, postgres: PostgresForTests, rabbitmq: BrokerForTests
) -> None:
    containers = [engine.containers.get(each) for each in started_by(engine, os.getpid())]
    assert len(containers) == 2
    bindings = [each for one in containers for ports in one.ports.values() for each in ports or ()]
    assert {each["HostIp"] for each in bindings} == {"127.0.0.1"}


def test_a_server_that_is_stopped_is_removed(choice: Containers, engine: docker.DockerClient, tmp_path: Path) -> None:
    before = started_by(engine, os.getpid())
    server = postgres_for_tests(tmp_path, choice)
    (own,) = set(started_by(engine, os.getpid())) - set(before)
    volumes = [each["Name"] for each in engine.containers.get(own).attrs["Mounts"] if each["Type"] == "volume"]
    server.stop()
    assert started_by(engine, os.getpid()) == before
    assert not {volume.name for volume in engine.volumes.list()} & set(volumes)


def test_nothing_is_left_after_ctrl_c(choice: Containers, engine: docker.DockerClient) -> None:
    one = str(HERE.parent / "servers" / "test_servers.py") + "::test_the_clock_can_be_moved"
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "interrupted", "-p", "no:cacheprovider", one],
        env={**os.environ, "PYTHONPATH": str(HERE), "TEST_SERVERS": "containers"},
        cwd=HERE.parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    said, _ = run.communicate(timeout=120)
    assert run.returncode == pytest.ExitCode.INTERRUPTED, said
    assert "servers: PostgreSQL" in said
    assert started_by(engine, run.pid) == []


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_a_living_one_has_is_kept(
    choice: Containers, engine: docker.DockerClient, postgres: PostgresForTests
) -> None:
    run = subprocess.Popen([sys.executable, "-c", KILLED, choice.postgres], stdout=subprocess.PIPE)
    assert run.stdout
    with run.stdout:
        assert run.stdout.readline() == b"started\n"
    Engine().remove_left_behind()
    assert len(started_by(engine, run.pid)) == 1
    run.send_signal(signal.SIGKILL)
    run.wait(10)
    Engine().remove_left_behind()
    eventually(lambda: not started_by(engine, run.pid))
    assert len(started_by(engine, os.getpid())) >= 1
