"""A copy of this checkout that may be broken: its own code, this environment's libraries, one database server."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from clinic.deploy.ports import free_ports
from clinic.deploy.postgres import PrivatePostgres

from table import Edit  # isort: skip

HERE = Path(__file__).resolve().parents[2]
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pytest saw: `red` failed, `broken` could not even begin, which shows nothing."""

    tests: int
    red: tuple[str, ...]
    broken: tuple[str, ...]
    said: str


class Checkout:
    """The copy; `run` runs tests in it."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self._root = root
        self._environment = environment

    def sources_are_its_own(self) -> None:
        """SystemExit when a package would be taken from elsewhere: then no mutation would be seen."""
        names = sorted(path.parent.name for path in self._root.glob("*/*/src/clinic/*/__init__.py"))
        names += sorted(path.parent.name for path in self._root.glob("*/src/clinic/*/__init__.py"))
        asks = f"import importlib; [print(importlib.import_module('clinic.' + n).__file__) for n in {names}]"
        told = subprocess.run(
            [sys.executable, "-c", asks],
            cwd=self._root,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        strangers = [line for line in told.stdout.splitlines() if not Path(line).is_relative_to(self._root)]
        if strangers or len(told.stdout.splitlines()) != len(names):
            raise SystemExit(f"not taken from the copy: {strangers or names}")

    @contextmanager
    def broken_by(self, edits: tuple[Edit, ...]) -> Iterator[None]:
        """The edits, and back again."""
        before = {edit.file: (self._root / edit.file).read_text(encoding="utf-8") for edit in edits}
        try:
            for edit in edits:
                path = self._root / edit.file
                text = path.read_text(encoding="utf-8")
                if text.count(edit.old) != 1:
                    raise SystemExit(f"{edit.file}: the text is there {text.count(edit.old)} times: {edit.old!r}")
                path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
            yield
        finally:
            for file, text in before.items():
                (self._root / file).write_text(text, encoding="utf-8")

    def run(self, tests: tuple[str, ...]) -> Outcome:
        """Runs the tests; a run that takes longer than five minutes is ended and is broken."""
        report = self._root / "report.xml"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={report}"]
        try:
            done = subprocess.run(
                [*command, *tests],
                cwd=self._root,
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(0, (), (f"no end within {SECONDS} s",), "")
        if not report.exists():
            return Outcome(0, (), ("pytest did not begin",), done.stdout + done.stderr)
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
        red = tuple(case.get("name", "?") for case in cases if case.find("failure") is not None)
        broken = tuple(case.get("name", "?") for case in cases if case.find("error") is not None)
        return Outcome(len(cases), red, broken, done.stdout)


@contextmanager
def copied_checkout() -> Iterator[Checkout]:
    """Copies what git knows or would take, and starts a database server for all the runs; both go at the end."""
    with tempfile.TemporaryDirectory(prefix="clinic-mutations-") as directory:
        root = Path(directory) / "checkout"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=HERE,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (HERE / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(HERE / name, root / name)
        server = PrivatePostgres(Path(directory) / "postgres", free_ports(1)[0], durable=False)
        server.start()
        try:
            yield Checkout(root, _environment(root, server.url("postgres")))
        finally:
            server.wipe()


def _environment(root: Path, postgres: str) -> dict[str, str]:
    """The copy's packages come before the installed ones; counts are those of the gate."""
    sources = [
        str(path.parent) for pattern in ("*/src/clinic", "*/*/src/clinic") for path in sorted(root.glob(pattern))
    ]
    environment = {name: value for name, value in os.environ.items() if name not in {"PROVE", "MIGRATIONS_DIR"}}
    return environment | {
        "PYTHONPATH": os.pathsep.join(sources),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TEST_POSTGRES_URL": postgres,
        "TEST_SERVERS": "private",
    }
