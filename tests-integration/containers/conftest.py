"""What needs a container engine; skipped with the reason where tests do not run on containers."""

from collections.abc import Iterator

import pytest
from composed import PYTHON_IMAGE, Composed, compose_command
from servers_used import servers_of, used
from world import eventually

from clinic.deploy.choice_of_servers import Containers, PrivateServers
from clinic.deploy.container_engine import Engine


@pytest.fixture(scope="session", autouse=True)
def choice(pytestconfig: pytest.Config) -> Containers:
    """The images; first of all, so that no server is started for tests that are skipped."""
    found = servers_of(pytestconfig)
    if isinstance(found, PrivateServers):
        pytest.skip(f"no containers, because: {found.because}")
    return found


@pytest.fixture(scope="session")
def product(choice: Containers, pytestconfig: pytest.Config) -> Iterator[Composed]:
    """Every container of docker-compose.yml, running and healthy."""
    if not Engine().has(PYTHON_IMAGE):
        pytest.skip(f"the engine has no image {PYTHON_IMAGE} (`docker pull`, or `make images`)")
    compose = compose_command()
    if compose is None:
        pytest.skip("neither `docker compose` nor `docker-compose` is installed")
    with Composed(choice, compose) as running:
        eventually(lambda: not running.waiting_for(), seconds=120)
        used(pytestconfig, f"the whole product as containers, by {' '.join(compose)}")
        yield running
