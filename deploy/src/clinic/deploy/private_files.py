"""Directories that only their owner can look into."""

from pathlib import Path


def private_directory(directory: Path) -> Path:
    """A directory that only its owner can look into, made where there is none; also one that others could look into."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    return directory
