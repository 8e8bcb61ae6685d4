"""Files of signed heads: chained, flushed, one a day, each readable alone; what a crash left is taken up."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clinic.infra.proof.heads import Head, Place, Signer, read_public_keys
from clinic.infra.proof.heads_files import BadFile, HeadsFiles, heads_files, read_lines

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


def new_signer() -> Signer:
    return Signer(base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode())


SIGNER = new_signer()


def head(practice_id: UUID, size: int, at: datetime = NOON, signer: Signer = SIGNER) -> Head:
    """A signed head."""
    values = ("appointments", practice_id, Place(1, size), sha256(bytes([size])).digest(), UUID(int=9), at)
    return Head(*values, signer.key_id, signer.sign(Head(*values, signer.key_id).says()))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., HeadsFiles]]:
    """`opened()` ends the writer before and begins another one in the same directory."""
    made: list[HeadsFiles] = []

    def begin(signer: Signer = SIGNER) -> HeadsFiles:
        for before in made:
            before.close()
        made.append(HeadsFiles(tmp_path, "appointments", signer))
        return made[-1]

    yield begin
    made[-1].close()


def kinds(directory: Path) -> list[tuple[str, str]]:
    """The day and the kind of each line; chain and signatures are right."""
    keys, found = read_public_keys(str(directory / "public-keys.json")), []
    for line in read_lines(heads_files(directory)):
        line.check(keys)
        found.append((line.place[8:10], line.said["kind"]))
    return found


def test_each_line_names_the_one_before_over_days_and_restarts(
    opened: Callable[..., HeadsFiles], tmp_path: Path
) -> None:
    opened().write([head(ONE, 1)], [], NOON)
    opened().write([head(ONE, 2), head(TWO, 1)], [], NOON + timedelta(seconds=1))
    opened().write([head(ONE, 3)], [], NOON + timedelta(days=1))
    assert kinds(tmp_path) == [*[("01", kind) for kind in ("head", "list", "head", "head")],
                               ("02", "list"), ("02", "head"), ("02", "list")]  # fmt: skip
    texts = [text for file in heads_files(tmp_path) for text in file.read_text("utf-8").splitlines(keepends=True)]
    assert json.loads(texts[0])["previous"] is None
    for before, text in pairwise(texts):
        assert json.loads(text)["previous"] == sha256(before.encode()).hexdigest()


def test_a_days_file_begins_with_all_heads_before_it_and_is_readable_alone(
    opened: Callable[..., HeadsFiles], tmp_path: Path
) -> None:
    files = opened()
    files.write([head(ONE, 4), head(TWO, 2)], [], NOON)
    files.write([head(ONE, 5)], [], NOON + timedelta(days=1))
    lines = list(read_lines([tmp_path / "2027-03-02.jsonl"]))
    assert [(each.practice_id, each.place.size) for each in lines[0].heads()] == [(ONE, 4), (TWO, 2)]
    assert opened().heads == {ONE: head(ONE, 5), TWO: head(TWO, 2)}


def test_a_clock_that_is_set_back_does_not_begin_an_older_file(
    opened: Callable[..., HeadsFiles], tmp_path: Path
) -> None:
    files = opened()
    files.write([head(ONE, 1)], [], NOON)
    files.write([head(ONE, 2)], [], NOON - timedelta(days=3))
    assert [file.name for file in heads_files(tmp_path)] == ["2027-03-01.jsonl"]


def test_a_list_is_written_once_a_minute_while_something_changes(
    opened: Callable[..., HeadsFiles], tmp_path: Path
) -> None:
    files = opened()
    files.write([head(ONE, 1)], [], NOON)
    files.write([head(ONE, 2)], [], NOON + timedelta(seconds=59))
    files.write_overdue_list(NOON + timedelta(seconds=59))
    assert [kind for _, kind in kinds(tmp_path)] == ["head", "list", "head"]
    files.write_overdue_list(NOON + timedelta(seconds=60))
    files.write_overdue_list(NOON + timedelta(seconds=600))
    assert [kind for _, kind in kinds(tmp_path)] == ["head", "list", "head", "list"]


def test_when_it_returns_the_lines_are_flushed(
    opened: Callable[..., HeadsFiles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is flushed with all its lines in it, and the directory after a new file was made there."""
    flushed: list[int] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        really(descriptor)

    files = opened()
    monkeypatch.setattr(os, "fsync", fsync)
    files.write([head(ONE, 1)], [], NOON)
    file = tmp_path / "2027-03-01.jsonl"
    assert flushed == [file.stat().st_ino, tmp_path.stat().st_ino]
    files.write([head(ONE, 2)], [], NOON)
    assert flushed[2:] == [file.stat().st_ino]


@pytest.mark.parametrize("day", [0, 1], ids=["in the same file", "in a new day's file"])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_full_disk_leaves_nothing_behind(
    opened: Callable[..., HeadsFiles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: int, restarts: bool
) -> None:
    files, later = opened(), NOON + timedelta(days=day)
    files.write([head(ONE, 1)], [], NOON)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            files.write([head(ONE, 2)], [], later)
    assert files.heads == {ONE: head(ONE, 1)}
    files = opened() if restarts else files
    assert files.heads == {ONE: head(ONE, 1)}
    files.write([head(ONE, 2)], [], later)
    found = kinds(tmp_path)
    assert [kind for of, kind in found if of == "02"][:2] == ["list", "head"][: 2 * day]
    assert opened().heads == {ONE: head(ONE, 2)}


@pytest.mark.parametrize("day", [0, 1], ids=["in the same file", "in a new day's file"])
def test_a_line_that_a_crash_cut_is_taken_back(opened: Callable[..., HeadsFiles], tmp_path: Path, day: int) -> None:
    opened().write([head(ONE, 1)], [], NOON)
    with (tmp_path / f"2027-03-0{1 + day}.jsonl").open("a") as file:
        file.write('{"epoch":1,"fo')
    files = opened()
    assert files.heads == {ONE: head(ONE, 1)}
    files.write([head(ONE, 2)], [], NOON + timedelta(days=day))
    assert kinds(tmp_path)[-1 - day :][0][1] == "head"
    assert opened().heads == {ONE: head(ONE, 2)}


FAULTS: dict[str, Callable[[list[str]], list[str]]] = {
    "a line was removed": lambda lines: [lines[0], *lines[2:]],
    "lines were swapped": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "a line was changed": lambda lines: [lines[0].replace('"size":1', '"size":2'), *lines[1:]],
    "a line was doubled": lambda lines: [lines[0], *lines],
    "a line is not JSON": lambda lines: [lines[0], "what\n", *lines[2:]],
    "the end is cut": lambda lines: [*lines[:-1], lines[-1][:-5]],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_somebody_changed_is_refused(opened: Callable[..., HeadsFiles], tmp_path: Path, fault: str) -> None:
    files = opened()
    for size in range(1, 5):
        files.write([head(ONE, size)], [], NOON)
    file = tmp_path / "2027-03-01.jsonl"
    kinds(tmp_path)
    file.write_text("".join(FAULTS[fault](file.read_text("utf-8").splitlines(keepends=True))), "utf-8")
    with pytest.raises(BadFile, match=r"2027-03-01\.jsonl line [1-9]"):
        kinds(tmp_path)


def test_public_keys_are_kept_when_the_key_changes(opened: Callable[..., HeadsFiles], tmp_path: Path) -> None:
    other = new_signer()
    opened().write([head(ONE, 1)], [], NOON)
    opened(other).write([head(ONE, 2, signer=other)], [], NOON)
    said = json.loads((tmp_path / "public-keys.json").read_text("utf-8"))
    assert {key_id: base64.b64decode(key) for key_id, key in said.items()} == {
        signer.key_id: signer.public_key.public_bytes_raw() for signer in (SIGNER, other)
    }
    assert all(key_id == sha256(base64.b64decode(key)).hexdigest()[:16] for key_id, key in said.items())
    assert [kind for _, kind in kinds(tmp_path)] == ["head", "list", "head"]


def test_a_foreign_signature_is_told(opened: Callable[..., HeadsFiles], tmp_path: Path) -> None:
    opened().write([head(ONE, 1, signer=new_signer())], [], NOON)
    with pytest.raises(BadFile, match="foreign key"):
        kinds(tmp_path)


def test_two_writers_are_refused(opened: Callable[..., HeadsFiles], tmp_path: Path) -> None:
    opened()
    with pytest.raises(BadFile, match="another sealer"):
        HeadsFiles(tmp_path, "appointments", SIGNER)
