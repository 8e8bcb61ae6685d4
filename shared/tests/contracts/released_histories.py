"""Histories as each release recorded them, and the sha256 that pins every file: a released history is never edited.

Each was written by that release's own event classes and codec. `python released_histories.py` prints the table anew for
a release that is being added.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

HISTORIES = Path(__file__).with_name("histories")
PINNED = {
    "release_1": "a7b4631656364e2e50181ce95f94461bb094ca69328e52c68e0fb97de8837589",
    "release_2": "4a8cf65f7e037744b4591353848bbd3650e3eeebd91b3d1bb00611ab871206fd",
    "release_3": "e1f6226ba3b6e2a136287c712aff17c76a5fd89a822e20349f07d0f52524f0cc",
}


def sha256_of(release: str) -> str:
    """Of the file's bytes."""
    return hashlib.sha256((HISTORIES / f"{release}.json").read_bytes()).hexdigest()


def history(release: str) -> dict[str, list[dict[str, Any]]]:
    """The recorded events by publisher, in order, in the feed's form."""
    found: dict[str, list[dict[str, Any]]] = json.loads((HISTORIES / f"{release}.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    for path in sorted(HISTORIES.glob("*.json")):
        print(f'    "{path.stem}": "{sha256_of(path.stem)}",')
