"""A whole product of its own: what is erased here must not disturb others' tests."""

from collections.abc import Iterator

import pytest
from servers_used import used
from world import World

from clinic.deploy.facts import prepare_sample
from clinic.deploy.sample import SampleSize
from clinic.deploy.stack import Stack


@pytest.fixture(scope="module")
def stack(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every process of the product on free ports, with a small sample practice imported."""
    with Stack(tmp_path_factory.mktemp("erasure"), durable=False, environment={"CLINIC_TEST": "1"}) as running:
        used(pytestconfig, "the whole product on its own private PostgreSQL and RabbitMQ (ADR 0026)")
        prepare_sample(running, SampleSize(clients=40, months=1))
        yield running


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    """The practice from outside."""
    return World(stack, stack.facts["logins"][0]["password"])
