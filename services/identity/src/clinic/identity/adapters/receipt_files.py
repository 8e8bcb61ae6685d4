"""Receipts of erasures in a directory that can be shipped away: one JSON object a line, only ever appended.

What survives a lost server is what was copied elsewhere; a restored identity reads every `*.jsonl` that lies there.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from clinic.identity.domain.erasures import Receipt
from clinic.kernel.errors import Unavailable

FILE = "erasures.jsonl"


class ReceiptFiles:
    """The receipts of a directory; none where there is no directory (None)."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def keep(self, receipts: Sequence[Receipt]) -> None:
        """Appends those that are not there yet and returns when the disk has them. Unavailable where it cannot."""
        if self._directory is None or not receipts:
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with (self._directory / FILE).open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                known = set(self.all())
                missing = [receipt for receipt in receipts if receipt not in known]
                if missing:
                    file.write(_after_whatever_was_torn(file.fileno(), self._directory / FILE))
                    file.write(b"".join(_line(receipt) for receipt in missing))
                    file.flush()
                    os.fsync(file.fileno())
            _sync(self._directory)
        except OSError as error:
            raise Unavailable(f"receipts of erasures cannot be kept: {type(error).__name__}") from error

    def all(self) -> list[Receipt]:
        """Every receipt. A line that a crash cut short is passed over: its erasure is finished from elsewhere.

        Unavailable, with file and line, where something else lies there: nobody is served by guesses.
        """
        if self._directory is None or not self._directory.is_dir():
            return []
        try:
            return [receipt for file in sorted(self._directory.glob("*.jsonl")) for receipt in _read(file)]
        except OSError as error:
            raise Unavailable(f"receipts of erasures cannot be read: {type(error).__name__}") from error


def _line(receipt: Receipt) -> bytes:
    told = {
        "practice_id": str(receipt.practice_id),
        "client_id": str(receipt.client_id),
        "key_id": str(receipt.key_id),
        "ref_hash": receipt.ref_hash.hex(),
    }
    return json.dumps(told).encode() + b"\n"


def _read(file: Path) -> Iterator[Receipt]:
    lines = file.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            practice_id, client_id, key_id = (UUID(told[name]) for name in ("practice_id", "client_id", "key_id"))
            yield Receipt(practice_id, client_id, key_id, bytes.fromhex(told["ref_hash"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            if not _is_torn(line):
                raise Unavailable(f"{file.name}, line {number} is no receipt of an erasure") from None


def _is_torn(line: bytes) -> bool:
    """Whether a write was cut short: what was written is the beginning of a receipt, and no more."""
    return line.startswith(b'{"practice_id"'[: len(line)]) and not line.rstrip().endswith(b"}")


def _after_whatever_was_torn(descriptor: int, file: Path) -> bytes:
    size = os.fstat(descriptor).st_size
    if size == 0:
        return b""
    with file.open("rb") as written:
        written.seek(size - 1)
        return b"" if written.read(1) == b"\n" else b"\n"


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
