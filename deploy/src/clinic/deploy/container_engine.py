"""The container engine of this machine, as far as tests need it: does it answer, which images has it, what is left."""

import contextlib
import os
import socket
import warnings

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from clinic.deploy.choice_of_servers import CannotServe
from clinic.deploy.running import Running, running

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # testcontainers warns of its own decorators when it is loaded
    from testcontainers.core.config import ConnectionMode, testcontainers_config
    from testcontainers.core.docker_client import get_docker_host

LOCAL = "unix:///var/run/docker.sock"
OWNER = "clinic-portal.tests"
"""The label of a container that tests started: host, pid and start time of the process that will remove it."""

ANSWERS_WITHIN_SECONDS = 2
PULLS_WITHIN_SECONDS = 600


class Engine:
    """An engine of this machine that answers; CannotServe where there is none."""

    def __init__(self) -> None:
        self._address = get_docker_host() or LOCAL
        if not self._address.startswith("unix://"):
            raise CannotServe(f"the container engine {self._address} is not on this machine")
        if not _answers(self._address.removeprefix("unix://")):
            raise CannotServe("no container engine answers")
        self._configure()

    def has(self, image: str) -> bool:
        """Whether the image is here: nothing is pulled to answer that."""
        with self._client() as client:
            try:
                client.images.get(image)
            except ImageNotFound:
                return False
            return True

    def is_stand_in(self, image: str) -> bool:
        """Whether the image is one of `deploy/bin/standin-images.sh` instead of the public one."""
        with self._client() as client:
            labels: dict[str, str] = client.images.get(image).labels
            return labels.get("standin") == "true"

    def pull(self, image: str) -> None:
        """Fetches the image from its registry; CannotServe where that fails."""
        try:
            with self._client(PULLS_WITHIN_SECONDS) as client:
                client.images.pull(image)
        except DockerException as error:
            raise CannotServe(f"the image {image} could not be pulled ({error})") from None

    def remove_left_behind(self) -> None:
        """Removes the containers, with their data, of test runs of this host that ended without doing so."""
        with self._client() as client:
            for container in client.containers.list(all=True, filters={"label": OWNER}):
                if _is_orphan(container.labels[OWNER]):
                    with contextlib.suppress(APIError):  # another run removes it at the same moment
                        container.remove(force=True, v=True)

    def _client(self, seconds: float = 60) -> "contextlib.closing[docker.DockerClient]":
        return contextlib.closing(docker.DockerClient(base_url=self._address, timeout=seconds))

    def _configure(self) -> None:
        """testcontainers' settings where the environment leaves them open.

        Ports are published on loopback, so that is where they are. Its reaper is a container too: without its image it
        cannot run, and is never pulled for; `remove_left_behind` does its work.
        """
        if "TC_HOST" not in os.environ and "TESTCONTAINERS_HOST_OVERRIDE" not in os.environ:
            testcontainers_config.tc_host_override = "127.0.0.1"
        if "TESTCONTAINERS_CONNECTION_MODE" not in os.environ:
            testcontainers_config.connection_mode_override = ConnectionMode.docker_host
        if "TESTCONTAINERS_RYUK_DISABLED" not in os.environ:
            testcontainers_config.ryuk_disabled = not self.has(testcontainers_config.ryuk_image)


def owner() -> str:
    """This process as the value of OWNER."""
    own = running(os.getpid())
    return f"{socket.gethostname()} {os.getpid()} {own.started if own else 0}"


def _answers(path: str) -> bool:
    """Asked without docker's library: where nobody answers it leaves a socket open, which pytest reports as a fault."""
    with socket.socket(socket.AF_UNIX) as engine:
        engine.settimeout(ANSWERS_WITHIN_SECONDS)
        try:
            engine.connect(path)
            engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
            return b" 200 " in engine.recv(64)
        except OSError:
            return False


def _is_orphan(value: str) -> bool:
    host, _, process = value.partition(" ")
    pid, _, started = process.partition(" ")
    return host == socket.gethostname() and not Running(int(pid), int(started)).is_alive()
