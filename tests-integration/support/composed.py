"""The product as docker-compose.yml runs it: built from this checkout, under a name and at ports of its own."""

import json
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from clinic.deploy.choice_of_servers import Containers
from clinic.deploy.ports import free_ports

CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON_IMAGE = os.environ.get("PYTHON_IMAGE") or "python:3.11-slim-bookworm"
FACES = ("client", "staff", "mailbox")
ONCE = {"secrets", "migrate"}


def compose_command() -> tuple[str, ...] | None:
    """Compose as a plugin of the engine's client, else as a program of its own; None where there is neither."""
    for command in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(command[0]):
            said = subprocess.run([*command, "version"], capture_output=True, check=False)
            if said.returncode == 0:
                return command
    return None


@dataclass
class Composed:
    """A running copy: everything that it made is gone when the block is left."""

    images: Containers
    compose: tuple[str, ...]
    name: str = field(default_factory=lambda: f"clinic-portal-test-{secrets.token_hex(3)}")
    ports: dict[str, int] = field(default_factory=lambda: dict(zip(FACES, free_ports(len(FACES)), strict=True)))

    def __enter__(self) -> Self:
        try:
            self._said("build", seconds=900)
            self.up()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def up(self) -> None:
        """Starts everything; what exited is started again."""
        self._said("up", "--detach", "--no-build")

    def down(self) -> None:
        """Stops and removes every container; the volumes stay."""
        self._said("down")

    def url(self, face: str) -> str:
        """The published address of the client pages, the staff pages or the mailbox."""
        return f"http://localhost:{self.ports[face]}"

    def sample(self) -> dict[str, Any]:
        """The sample practice, made as README.md says: who may log in, and three clients with a mail."""
        self._said("run", "--rm", "sample", seconds=300)
        told = self._said("run", "--rm", "--entrypoint", "cat", "sample", "/run/clinic/everything/people.json")
        found: dict[str, Any] = json.loads(told)
        return found

    def inside(self, service: str, *command: str) -> str:
        """What a command says in a running container."""
        return self._said("exec", "-T", service, *command)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine says of every container, by service."""
        label = f"label=com.docker.compose.project={self.name}"
        ids = _run(["docker", "ps", "--all", "--quiet", "--filter", label], 30, {}).split()
        found = json.loads(_run(["docker", "inspect", *ids], 30, {})) if ids else []
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}

    def waiting_for(self) -> dict[str, str]:
        """The containers that are not yet as they shall be, with what they are."""
        found = {name: _state(each) for name, each in self.containers().items()}
        wanted = {name: {"exited 0"} if name in ONCE else {"running", "healthy"} for name in found}
        return {name: state for name, state in found.items() if state not in wanted[name]}

    def mails(self, to: str) -> list[dict[str, Any]]:
        """The caught mails to an address, newest first, by the published mailbox."""
        with requests.Session() as session:
            session.trust_env = False
            asked = {"to": to, "channel": "email"}
            answer = session.get(f"{self.url('mailbox')}/messages", params=asked, timeout=5)
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def _remove(self) -> None:
        self._said("down", "--volumes", "--remove-orphans")
        _run(["docker", "rmi", "--force", f"{self.name}:local"], 60, {})

    def _said(self, *arguments: str, seconds: int = 180) -> str:
        environment = {
            **{f"{face.upper()}_PORT": str(port) for face, port in self.ports.items()},
            "CLINIC_IMAGE": f"{self.name}:local",
            "CLINIC_VOLUMES": self.name,
            "POSTGRES_IMAGE": self.images.postgres,
            "RABBITMQ_IMAGE": self.images.rabbitmq,
            "PYTHON_IMAGE": PYTHON_IMAGE,
            "BUILD_NETWORK": os.environ.get("BUILD_NETWORK") or "host",
        }
        if self.compose == ("docker-compose",):
            environment["DOCKER_BUILDKIT"] = "0"  # the builder that every engine has
        files = ("--project-name", self.name, "--file", str(CHECKOUT / "docker-compose.yml"))
        return _run([*self.compose, *files, *arguments], seconds, environment)


def _state(container: dict[str, Any]) -> str:
    state = container["State"]
    if state["Status"] == "running" and container["RestartCount"] == 0:
        return str(state.get("Health", {}).get("Status", "running"))
    return f"{state['Status']} {state['ExitCode']}"


def _run(command: list[str], seconds: int, environment: dict[str, str]) -> str:
    said = subprocess.run(
        command, env={**os.environ, **environment}, cwd=CHECKOUT, capture_output=True, text=True, timeout=seconds
    )
    assert said.returncode == 0, f"{' '.join(command)}: {said.stdout[-3000:]}{said.stderr[-3000:]}"
    return said.stdout
