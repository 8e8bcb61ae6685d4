"""No process starts over a server that may lose what was committed, unless it is told that this is a test."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clinic.deploy.ports import free_ports
from clinic.deploy.postgres import PrivatePostgres
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra.safe_settings import UnsafeSettings, safe_settings

Fresh = Callable[[str], ServiceDatabase]
a_given_server = pytest.mark.skipif("TEST_POSTGRES_URL" in os.environ, reason="a server that was given is as it is")


@a_given_server
def test_a_server_that_does_not_flush_is_refused(service_database: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", service_database("identity").url("api"))
    assert safe_settings("identity").is_test
    monkeypatch.delenv("CLINIC_TEST")
    with pytest.raises(UnsafeSettings, match=r"fsync is off.*synchronous_commit is off"):
        safe_settings("identity")


@a_given_server
@pytest.mark.parametrize(
    ("service", "module", "role"),
    [
        ("appointments", "relay", "relay"),
        ("appointments", "projector", "projector"),
        ("notifications", "worker", "worker"),
    ],
)
def test_a_process_says_why_and_ends(service_database: Fresh, service: str, module: str, role: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CLINIC_TEST"}
    environment |= {"DATABASE_URL": service_database(service).url(role), "AMQP_URL": "amqp://127.0.0.1:9/"}
    command = [sys.executable, "-m", f"clinic.{service}.entrypoints.{module}"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "UnsafeSettings: fsync is off" in ended.stderr


@a_given_server
def test_an_api_does_not_boot(service_database: Fresh) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CLINIC_TEST"}
    environment |= {"DATABASE_URL": service_database("availability").url("api")}
    command = [sys.executable, "-m", "gunicorn", "--bind=127.0.0.1:0", "--no-control-socket"]
    command.append("clinic.availability.entrypoints.api:create_app()")
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 3, ended.stderr
    assert "UnsafeSettings: fsync is off" in ended.stderr


def test_our_own_server_is_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = PrivatePostgres(tmp_path / "postgres", free_ports(1)[0])
    server.start()
    try:
        monkeypatch.delenv("CLINIC_TEST", raising=False)
        monkeypatch.setenv("DATABASE_URL", server.url("postgres"))
        assert safe_settings("identity", server.url("postgres")).database_url == server.url("postgres")
    finally:
        server.wipe()
