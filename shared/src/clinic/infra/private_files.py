"""Files that only their owner reads."""

import os
from collections.abc import Iterable
from pathlib import Path


def write_private(file: Path, text: str | Iterable[str]) -> None:
    """Writes a file that only its owner can read; it is there, or another than before, when it is whole."""
    unfinished = file.with_name(f"{file.name}.part")
    unfinished.unlink(missing_ok=True)
    number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(number, "w", encoding="utf-8", newline="") as writing:
        writing.writelines([text] if isinstance(text, str) else text)
    unfinished.replace(file)
