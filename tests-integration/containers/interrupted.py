"""A pytest plugin: Ctrl-C comes while the first test runs, with its servers up."""

import os
import signal

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    """What a terminal sends."""
    os.kill(os.getpid(), signal.SIGINT)
