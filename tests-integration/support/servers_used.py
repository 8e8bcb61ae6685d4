"""Which servers a test run uses: chosen once, told in pytest's header and, with what really ran, in its last lines."""

import os

import pytest

from clinic.deploy.choice_of_servers import CannotServe, Choice, Containers, choose
from clinic.deploy.container_engine import Engine

CHOICE = pytest.StashKey[Choice]()
USED = pytest.StashKey[list[str]]()


def servers_of(config: pytest.Config) -> Choice:
    """The choice for this run; what an earlier run left in containers is removed when it is made."""
    if CHOICE not in config.stash:
        try:
            config.stash[CHOICE] = choose(os.environ, Engine)
        except CannotServe as reason:
            raise pytest.UsageError(str(reason)) from None
        config.stash[USED] = []
        if isinstance(config.stash[CHOICE], Containers) and not is_worker(config):
            Engine().remove_left_behind()
    return config.stash[CHOICE]


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs a part of the tests for another one (pytest-xdist)."""
    return hasattr(config, "workerinput")


def used(config: pytest.Config, server: object) -> None:
    """Notes a server that was started, for the last lines."""
    servers_of(config)
    config.stash[USED].append(str(server))


def told(config: pytest.Config) -> list[str]:
    """The last lines: every server that ran, and the reason where it was not in a container."""
    choice = servers_of(config)
    lines = [f"servers: {each}" for each in dict.fromkeys(config.stash[USED])] or ["servers: none was needed"]
    return lines if isinstance(choice, Containers) else [*lines, f"servers: {choice}"]
