"""Tests run on containers only where that is possible without fetching anything, and they say why where it is not."""

from dataclasses import dataclass, field

import pytest

from clinic.deploy.choice_of_servers import (
    POSTGRES_IMAGE,
    RABBITMQ_IMAGE,
    CannotServe,
    Containers,
    PrivateServers,
    choose,
)

BOTH = frozenset({POSTGRES_IMAGE, RABBITMQ_IMAGE})


@dataclass
class Engine:
    """An engine in memory; called, it is the one that answers."""

    images: set[str] = field(default_factory=lambda: set(BOTH))
    stand_ins: frozenset[str] = frozenset()
    pulled: list[str] = field(default_factory=list)

    def __call__(self) -> "Engine":
        return self

    def has(self, image: str) -> bool:
        return image in self.images

    def is_stand_in(self, image: str) -> bool:
        return image in self.stand_ins

    def pull(self, image: str) -> None:
        self.pulled.append(image)
        self.images.add(image)


def no_engine() -> Engine:
    raise CannotServe("no container engine answers")


def never_asked() -> Engine:
    raise AssertionError("the engine was asked")


def test_containers_where_the_engine_has_both_images() -> None:
    assert choose({}, Engine()) == Containers(POSTGRES_IMAGE, RABBITMQ_IMAGE)


def test_private_servers_without_an_engine_and_the_reason_is_told() -> None:
    found = choose({"TEST_SERVERS": "auto"}, no_engine)
    assert found == PrivateServers("no container engine answers")
    assert str(found) == "private servers, because: no container engine answers"


def test_a_missing_image_is_not_pulled_but_named() -> None:
    engine = Engine({POSTGRES_IMAGE})
    found = choose({}, engine)
    assert isinstance(found, PrivateServers)
    assert f"the engine has no image {RABBITMQ_IMAGE} (" in found.because
    assert engine.pulled == []


def test_missing_images_are_pulled_when_that_is_asked_for() -> None:
    engine = Engine({RABBITMQ_IMAGE})
    assert isinstance(choose({"TEST_PULL_IMAGES": "1"}, engine), Containers)
    assert engine.pulled == [POSTGRES_IMAGE]


def test_private_servers_when_asked_for_and_no_engine_is_looked_for() -> None:
    assert choose({"TEST_SERVERS": "private"}, never_asked) == PrivateServers("TEST_SERVERS=private")


def test_containers_that_were_asked_for_are_never_replaced_in_silence() -> None:
    with pytest.raises(CannotServe, match="TEST_SERVERS=containers, but no container engine answers"):
        choose({"TEST_SERVERS": "containers"}, no_engine)
    with pytest.raises(CannotServe, match="TEST_SERVERS=containers, but the engine has no image"):
        choose({"TEST_SERVERS": "containers"}, Engine(set()))


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(CannotServe, match="TEST_SERVERS=docker: it is `containers`, `private` or `auto`"):
        choose({"TEST_SERVERS": "docker"}, never_asked)


def test_images_are_chosen_by_variables() -> None:
    wanted = {"TEST_POSTGRES_IMAGE": "postgres:17", "TEST_RABBITMQ_IMAGE": "rabbitmq:4-management"}
    assert choose(wanted, Engine(set(wanted.values()))) == Containers("postgres:17", "rabbitmq:4-management")


def test_a_stand_in_is_called_one() -> None:
    found = choose({}, Engine(stand_ins=frozenset({POSTGRES_IMAGE})))
    assert isinstance(found, Containers)
    assert found.place(POSTGRES_IMAGE) == f"in container {POSTGRES_IMAGE}, a local stand-in (testcontainers)"
    assert found.place(RABBITMQ_IMAGE) == f"in container {RABBITMQ_IMAGE} (testcontainers)"
