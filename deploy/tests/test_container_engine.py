"""Without an engine that answers the tests hear so at once, in words, and no socket stays open."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.deploy.choice_of_servers import CannotServe
from clinic.deploy.container_engine import Engine


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the engine is looked for."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine")
    return f"{tmp_path}/engine"


@pytest.fixture
def listening(address: str) -> Iterator[socket.socket]:
    """Somebody who accepts connections there and never says anything."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        yield server


@pytest.mark.usefixtures("address")
def test_no_engine() -> None:
    with pytest.raises(CannotServe, match="no container engine answers"):
        Engine()


def test_an_engine_that_ended(listening: socket.socket) -> None:
    listening.close()
    with pytest.raises(CannotServe, match="no container engine answers"):
        Engine()


@pytest.mark.usefixtures("listening")
def test_an_engine_that_hangs() -> None:
    with pytest.raises(CannotServe, match="no container engine answers"):
        Engine()


def test_an_engine_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    with pytest.raises(CannotServe, match=r"the container engine tcp://192\.0\.2\.1:2375 is not on this machine"):
        Engine()
