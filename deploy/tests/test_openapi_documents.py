"""docs/openapi/ is what the services really answer; `make openapi` writes it anew."""

import json
from pathlib import Path

import pytest

from clinic.deploy.openapi import documents
from clinic.infra.settings import SERVICES

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return documents()


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_up_to_date(written: dict[str, str], service: str) -> None:
    assert (FOLDER / f"{service}.json").read_text(encoding="utf-8") == written[service]


@pytest.mark.parametrize("service", SERVICES)
def test_every_call_of_docs_http_stands_in_the_document(written: dict[str, str], service: str) -> None:
    described = (FOLDER.parent / "http.md").read_text(encoding="utf-8").split(f"## {service}\n")[1].split("\n## ")[0]
    calls = [
        line.split("`")[1].split()[1].partition("?")[0] for line in described.splitlines() if line.startswith("| `")
    ]
    shapes = {shape(path) for path in calls}
    known = {shape(path.removeprefix("/v1")) for path in json.loads(written[service])["paths"]}
    assert shapes <= known


def shape(path: str) -> str:
    """A path with its variables taken out: `/clients/{}`."""
    return "/".join("{}" if part[:1] in "<{" else part for part in path.split("/") if part)
