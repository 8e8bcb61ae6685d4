"""Each import rule bites: the code as it is passes, and a planted violation of each rule is found and named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
CODE = [CHECKOUT / "shared/src", CHECKOUT / "deploy/src", *sorted(CHECKOUT.glob("services/*/src"))]

VIOLATIONS = {
    "The five layers": ("identity/domain/planted.py", "import clinic.identity.adapters"),
    "a module beside the five layers": ("identity/planted.py", "X = 1"),
    "Services never import each other": ("availability/adapters/planted.py", "import clinic.appointments.domain"),
    "Services use infra": ("kernel/planted.py", "import clinic.contracts.catalog"),
    "No framework": ("appointments/application/planted.py", "import flask"),
    "through ports only": ("notifications/application/planted.py", "import clinic.infra.database"),
    "nameko and eventlet only": ("infra/planted.py", "import eventlet"),
}
SAID = {"a module beside the five layers": "The five layers"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the checkout in one tree, where violations may be planted."""
    root = tmp_path_factory.mktemp("code")
    for source in CODE:
        shutil.copytree(source, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "static"))
    return root


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over the copy, which stands before the installed packages."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(CHECKOUT / ".importlinter")]
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    return subprocess.run(
        [*command, "--no-cache"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def test_the_code_keeps_every_rule(copy: Path) -> None:
    said = lint(copy)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("rule", sorted(VIOLATIONS))
def test_a_planted_violation_is_found(copy: Path, rule: str) -> None:
    file, line = VIOLATIONS[rule]
    planted = copy / "clinic" / file
    planted.write_text(f"{line}\n")
    try:
        said = lint(copy)
    finally:
        planted.unlink()
    broken = [each for each in said.stdout.splitlines() if "BROKEN" in each]
    assert said.returncode == 1, said.stdout
    assert len(broken) == 1, broken
    assert SAID.get(rule, rule) in broken[0]
