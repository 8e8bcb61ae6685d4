"""`python -m clinic.deploy.events DIRECTORY`: writes events.md and asyncapi.yaml; `make events` does it."""

import sys
from pathlib import Path

from clinic.deploy.asyncapi import document
from clinic.deploy.events_document import events_document
from clinic.deploy.yaml_text import yaml_text


def documents() -> dict[str, str]:
    """Both documents by their file names; no server is asked, nothing is opened."""
    return {"events.md": events_document(), "asyncapi.yaml": yaml_text(document())}


if __name__ == "__main__":
    for name, text in documents().items():
        Path(sys.argv[1], name).write_text(text, encoding="utf-8")
