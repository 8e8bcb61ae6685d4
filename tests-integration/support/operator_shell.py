"""The console command as an operator types it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from world import World

from clinic.deploy.processes import operator_environment


def clinic(
    world: World, *arguments: str, without: str = "", more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs it with the operator's environment, one variable left out (`without`), some `more` besides."""
    stack = world.stack
    environment = {"PATH": os.environ["PATH"], **operator_environment(stack.instance, stack.postgres), **(more or {})}
    environment.pop(without, None)
    command = [str(Path(sys.executable).with_name("clinic")), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
