"""Signed heads in files that can be shipped away: append-only JSON lines, one file a day, each chained to the last.

`<directory>/<UTC date>.jsonl`; `previous` is the SHA-256 of the line before, null in the very first. A file begins with
a `list` of all heads before it: every file can be read alone.
"""

import base64
import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from clinic.infra.proof.heads import (
    PUBLIC_KEYS,
    BadHead,
    Head,
    PublicKeys,
    Signer,
    check_signature,
    head_from_json,
    read_public_keys,
    signed_json,
)
from clinic.infra.proof.leaf import FORMAT, instant_text
from clinic.kernel.canonical import canonical_json

LIST_SECONDS = 60.0

log = logging.getLogger(__name__)


class BadFile(Exception):
    """A file of heads is not as a sealer leaves it; the text names file, line and fault."""


class HeadsFiles:
    """The files of one sealer, which alone writes there; a second one is refused (BadFile)."""

    def __init__(self, directory: Path, service: str, signer: Signer) -> None:
        self._directory, self._service, self._signer = directory, service, signer
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = (directory / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise BadFile(f"another sealer writes in {directory}") from None
        self.keys = self._publish_key()
        self.heads: dict[UUID, Head] = {}
        self.breaks: dict[UUID, dict[str, Any]] = {}
        self._previous: str | None = None
        self._last = directory / "0000-00-00.jsonl"
        self._listed_at: datetime | None = None
        self._unlisted = False
        self._take_up()

    def write(self, heads: Iterable[Head], breaks: Iterable[dict[str, Any]], now: datetime) -> None:
        """Appends and flushes: when it returns, the lines are on the disk. `breaks` are signed already."""
        heads, breaks = list(heads), list(breaks)
        file = max(self._last, self._directory / f"{instant_text(now)[:10]}.jsonl")  # also when the clock is set back
        first = not file.exists() or not file.stat().st_size
        lines = [self._list(now)] if first and self.heads else []
        lines += [*breaks, *(head.to_json() for head in heads)]
        after = self.heads | {head.practice_id: head for head in heads}
        self._unlisted = self._unlisted or bool(heads)
        if self._is_due(now):
            lines.append(self._list(now, after))
        if not lines:
            return
        previous = self._append(file, lines)
        if any(line["kind"] == "list" for line in lines):
            self._listed_at, self._unlisted = now, lines[-1]["kind"] != "list" and bool(heads)
        self._previous, self.heads, self._last = previous, after, file
        self.breaks |= {UUID(said["practice_id"]): said for said in breaks}

    def write_overdue_list(self, now: datetime) -> None:
        """Lists what changed since the last list, where that is a minute ago."""
        if self._is_due(now):
            self.write([], [], now)

    def close(self) -> None:
        """Lets another sealer write there."""
        self._lock.close()

    def _is_due(self, now: datetime) -> bool:
        return self._unlisted and (
            self._listed_at is None or not 0 <= (now - self._listed_at).total_seconds() < LIST_SECONDS
        )

    def _list(self, now: datetime, heads: dict[UUID, Head] | None = None) -> dict[str, Any]:
        ordered = sorted((self.heads if heads is None else heads).items())
        says = {
            "format": FORMAT,
            "kind": "list",
            "service": self._service,
            "sealed_at": instant_text(now),
            "heads": [head.to_json() for _, head in ordered],
            "key_id": self._signer.key_id,
        }
        return signed_json(says, self._signer.sign(says))

    def _append(self, file: Path, lines: list[dict[str, Any]]) -> str | None:
        """Writes in one go; the hash of the last line. What was written in part is taken back."""
        previous, texts = self._previous, []
        for line in lines:
            text = canonical_json({**line, "previous": previous}) + "\n"
            texts.append(text)
            previous = line_hash(text)
        made = not file.exists()
        with file.open("ab") as out:
            before = out.tell()
            try:
                out.write("".join(texts).encode())
                out.flush()
                os.fsync(out.fileno())
            except OSError:
                os.ftruncate(out.fileno(), before)
                raise
        if made:
            _flush_directory(self._directory)
        return previous

    def _publish_key(self) -> dict[str, Ed25519PublicKey]:
        """Adds this sealer's public key to those that were used before it."""
        file = self._directory / PUBLIC_KEYS
        keys = read_public_keys(str(file)) if file.exists() else {}
        if self._signer.key_id not in keys:
            keys[self._signer.key_id] = self._signer.public_key
            new = file.with_suffix(".new")
            new.write_text(_keys_text(keys), encoding="utf-8")
            new.replace(file)
            _flush_directory(self._directory)
        return keys

    def _take_up(self) -> None:
        """Goes on after the last file; a line that was not written to its end was never flushed, and is cut off."""
        files = heads_files(self._directory)
        while files and not _whole_lines(files[-1]):
            files.pop().unlink()
        if not files:
            return
        self._last = files[-1]
        for line in read_lines([self._last]):
            self._previous = line.hash
            for head in line.heads():
                check_signature(head.to_json(), self.keys)
                self.heads[head.practice_id] = head
            if line.said.get("kind") == "break":
                self.breaks[UUID(line.said["practice_id"])] = line.said
            if line.said.get("kind") == "list":
                self._listed_at = datetime.fromisoformat(line.said["sealed_at"])
            else:
                self._unlisted = True


class Line:
    """One line of a heads file."""

    def __init__(self, file: Path, number: int, text: str, said: dict[str, Any]) -> None:
        self.place, self.said, self.hash = f"{file.name} line {number}", said, line_hash(text)

    def heads(self) -> list[Head]:
        """The head, or the heads of a list; BadFile where they are not well formed."""
        try:
            match self.said.get("kind"):
                case "head":
                    return [head_from_json(_without_previous(self.said))]
                case "list":
                    return [head_from_json(head) for head in self.said["heads"]]
                case _:
                    return []
        except (BadHead, KeyError, TypeError) as error:
            raise BadFile(f"{self.place}: {error}") from None

    def check(self, keys: PublicKeys) -> None:
        """BadFile where the line is not signed with one of the keys; a list's signature is over all of its heads."""
        try:
            check_signature(_without_previous(self.said), keys)
        except BadHead as error:
            raise BadFile(f"{self.place}: {error}") from None


def heads_files(directory: Path) -> list[Path]:
    """The files of a directory, oldest first."""
    return sorted(directory.glob("????-??-??.jsonl"))


def read_lines(files: Iterable[Path]) -> Iterator[Line]:
    """Every line in order; BadFile for one that is cut, unreadable, or does not follow the one before.

    The first line of the first file may follow one that is not given.
    """
    before: Line | None = None
    for file in files:
        for number, text in _texts(file):
            line = Line(file, number, text, _object(file, number, text))
            if before is not None and line.said.get("previous") != before.hash:
                raise BadFile(f"{line.place} does not follow {before.place}: lines were removed, changed or added")
            yield line
            before = line


def line_hash(text: str) -> str:
    """What the next line gives as `previous`."""
    return sha256(text.encode()).hexdigest()


def _texts(file: Path) -> Iterator[tuple[int, str]]:
    try:
        with file.open(encoding="utf-8", newline="\n") as lines:
            for number, text in enumerate(lines, 1):
                if not text.endswith("\n"):
                    raise BadFile(f"{file.name} line {number} is cut: it does not end")
                yield number, text
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file.name} cannot be read ({type(error).__name__})") from None


def _object(file: Path, number: int, text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        raise BadFile(f"{file.name} line {number} cannot be read: it is not JSON") from None
    if not isinstance(said, dict):
        raise BadFile(f"{file.name} line {number} cannot be read: it is no JSON object")
    return said


def _without_previous(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "previous"}


def _keys_text(keys: dict[str, Ed25519PublicKey]) -> str:
    found = {key_id: base64.b64encode(key.public_bytes_raw()).decode() for key_id, key in sorted(keys.items())}
    return json.dumps(found, indent=1) + "\n"


def _whole_lines(file: Path) -> int:
    """Cuts off what was not written to its end; how many bytes are left."""
    with file.open("r+b") as found:
        whole = found.read()
        end = whole.rfind(b"\n") + 1
        if end != len(whole):
            log.warning("%s ended within a line that was never flushed; it is cut off", file.name)
            found.truncate(end)
    return end


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
