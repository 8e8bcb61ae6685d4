"""`standin-images.sh` never replaces or removes a real image, and says plainly that no engine answers."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "bin" / "standin-images.sh"
IMAGES = {
    "debian:bookworm-slim",
    "python:3.11-slim-bookworm",
    "postgres:16-bookworm",
    "rabbitmq:3.13-management",
}
ENGINE = """#!/usr/bin/env bash
# An engine of text files: `$ENGINE/<image>` holds the image's labels, `$ENGINE/said` what it was told to do.
case "$1 ${2:-}" in
  "info ") [ -e "$ENGINE/answers" ] ;;
  "image inspect")
    image=${@: -1}; image=${image//:/_}
    [ "$3" = -f ] || { [ -e "$ENGINE/$image" ]; exit; }
    image=${5//:/_}; [ -e "$ENGINE/$image" ] || exit 1
    key=${4#*Labels \\"}; key=${key%%\\"*}; sed -n "s/^$key=//p" "$ENGINE/$image" ;;
  *) echo "$*" >> "$ENGINE/said" ;;
esac
"""


class Engine:
    """What the script sees of an engine, and what it did to it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "docker").write_text(ENGINE)
        (directory / "docker").chmod(0o755)
        (directory / "answers").touch()

    def has(self, image: str, labels: str = "") -> None:
        (self.directory / image.replace(":", "_")).write_text(labels)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DOCKER": str(self.directory / "docker"), "ENGINE": str(self.directory)}
        return subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=False)

    @property
    def said(self) -> list[str]:
        file = self.directory / "said"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


@pytest.mark.parametrize("arguments", [(), ("--force",)])
def test_real_images_are_left_as_they_are(engine: Engine, arguments: tuple[str, ...]) -> None:
    for image in IMAGES:
        engine.has(image)
    done = engine.run(*arguments)
    assert done.returncode == 0, done.stderr
    assert engine.said == []
    for image in IMAGES:
        assert f"{image}: a real image, left as it is" in done.stderr


def test_only_stand_ins_are_removed(engine: Engine) -> None:
    for image in IMAGES:
        engine.has(image, "" if image.startswith("postgres") else "standin=true\n")
    assert engine.run("--clean").returncode == 0
    assert sorted(engine.said) == sorted(f"rmi {image}" for image in IMAGES if not image.startswith("postgres"))


def test_a_missing_stand_in_is_built_with_its_label_on_the_base_that_is_here(engine: Engine) -> None:
    for image in IMAGES - {"rabbitmq:3.13-management"}:
        engine.has(image)
    done = engine.run()
    assert done.returncode == 0, done.stderr
    (line,) = engine.said
    assert line.startswith("build ")
    assert "--label standin=true" in line
    assert "-t rabbitmq:3.13-management" in line


def test_no_engine_is_said_in_a_sentence(engine: Engine) -> None:
    (engine.directory / "answers").unlink()
    done = engine.run()
    assert done.returncode == 1
    assert "no container engine answers" in done.stderr


def test_an_unknown_argument_shows_what_there_is(engine: Engine) -> None:
    done = engine.run("--all")
    assert done.returncode == 2
    assert "--force | --clean" in done.stdout
