"""Where integration tests find their servers: in containers, or private ones on this machine.

| variable | |
|---|---|
| TEST_SERVERS | `containers`, `private`, or `auto` (else): containers where an engine answers and has both images |
| TEST_POSTGRES_IMAGE, TEST_RABBITMQ_IMAGE | the images, else those of docker-compose.yml |
| TEST_PULL_IMAGES | `1`: images that are missing are fetched; else never |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

POSTGRES_IMAGE = "postgres:16-bookworm"
RABBITMQ_IMAGE = "rabbitmq:3.13-management"


class CannotServe(Exception):
    """Servers cannot be had in this way; the message says why, as the end of a sentence."""


class Images(Protocol):
    """What is asked of an engine here."""

    def has(self, image: str) -> bool:
        """Whether the image is on this machine."""

    def is_stand_in(self, image: str) -> bool:
        """Whether it was made on this machine in place of the public one."""

    def pull(self, image: str) -> None:
        """Fetches it; raises where that fails."""


@dataclass(frozen=True, slots=True)
class Containers:
    """Tests run on containers of these images."""

    postgres: str
    rabbitmq: str
    stand_ins: frozenset[str] = frozenset()

    def place(self, image: str) -> str:
        """Where a server of the image runs, for people; a stand-in is called one."""
        return f"in container {image}{', a local stand-in' if image in self.stand_ins else ''} (testcontainers)"

    def __str__(self) -> str:
        return f"containers of {self.postgres} and {self.rabbitmq} (testcontainers)"


@dataclass(frozen=True, slots=True)
class PrivateServers:
    """Tests run on servers that are started on this machine."""

    because: str

    def __str__(self) -> str:
        return f"private servers, because: {self.because}"


Choice = Containers | PrivateServers


def choose(environment: Mapping[str, str], engine: Callable[[], Images]) -> Choice:
    """The choice for this run; CannotServe where what was asked for cannot be had. `engine` raises it too."""
    match environment.get("TEST_SERVERS") or "auto":
        case "private":
            return PrivateServers("TEST_SERVERS=private")
        case "auto":
            try:
                return _containers(environment, engine())
            except CannotServe as reason:
                return PrivateServers(str(reason))
        case "containers":
            try:
                return _containers(environment, engine())
            except CannotServe as reason:
                raise CannotServe(f"TEST_SERVERS=containers, but {reason}") from None
        case other:
            raise CannotServe(f"TEST_SERVERS={other}: it is `containers`, `private` or `auto`")


def _containers(environment: Mapping[str, str], engine: Images) -> Containers:
    postgres = environment.get("TEST_POSTGRES_IMAGE") or POSTGRES_IMAGE
    rabbitmq = environment.get("TEST_RABBITMQ_IMAGE") or RABBITMQ_IMAGE
    missing = [image for image in (postgres, rabbitmq) if not engine.has(image)]
    if missing and environment.get("TEST_PULL_IMAGES") != "1":
        raise CannotServe(f"the engine has no image {' and no '.join(missing)} (`docker pull`, or `make images`)")
    for image in missing:
        engine.pull(image)
    stand_ins = frozenset(image for image in (postgres, rabbitmq) if engine.is_stand_in(image))
    return Containers(postgres, rabbitmq, stand_ins)
