"""Files and directories that only their owner can read."""

import os
from pathlib import Path


def private_directory(directory: Path) -> Path:
    """A directory that only its owner can look into, made where there is none; also one that others could look into."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    return directory


def write_private(file: Path, text: str) -> None:
    """Writes a file that only its owner can read, in one step."""
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    new.replace(file)
