"""`clinic ledger verify`: exit codes, JSON, and what bad input is told (F51)."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from ledger_shell import public, run
from sealing_bench import Bench, cut, new_key

from clinic.infra.proof.heads_files import heads_files
from clinic.kernel.ids import new_id


def test_a_whole_ledger(bench: Bench, sealed: UUID) -> None:
    bench.append(sealed, 2)
    other = bench.practice()
    shown = run("verify")
    assert shown.exit_code == 0, shown.output
    for said in (str(sealed), str(other), "whole", "not yet sealed", "events/s", "--against compares with heads kept"):
        assert said in shown.stdout
    told = json.loads(run("verify", "--json").stdout)
    assert (told["whole"], told["compared_with"], told["events"]) == (True, "the database's own heads", 5)
    (one,) = [one for one in told["practices"] if one["practice_id"] == str(sealed)]
    assert (one["events"], one["sealed"], one["not_yet_sealed"], one["heads"], one["faults"]) == (7, 5, 2, 1, [])


def test_one_practice_with_a_key_of_one_s_own_and_shipped_heads(bench: Bench, sealed: UUID, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(public(bench.key) + "\n", encoding="utf-8")
    (heads,) = heads_files(bench.directory)
    for key in (public(bench.key), file, bench.directory / "public-keys.json"):
        for against in (heads, bench.directory, bench.directory.parent):
            done = run("verify", "--practice", sealed, "--key", key, "--against", against, "--json")
            assert (done.exit_code, json.loads(done.stdout)["compared_with"]) == (0, str(against)), done.output


def test_what_was_asked_wrongly(bench: Bench, sealed: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = run("verify", "--practice", new_id())
    assert (unknown.exit_code, "No ledger knows the practice" in unknown.stderr) == (1, True)
    assert run("verify", "--unheard-of").exit_code == 2
    for bad in ("no key", "c2hvcnQ=", bench.directory):
        done = run("verify", "--key", bad)
        assert (done.exit_code, "public key" in done.stderr or "cannot be read" in done.stderr) == (2, True)
    monkeypatch.delenv("SEALED_HEADS_DIRECTORY")
    done = run("verify")
    assert (done.exit_code, "SEALED_HEADS_DIRECTORY is not set" in done.stderr) == (2, True)
    assert run("verify", "--key", public(bench.key)).exit_code == 0


def test_a_changed_event_is_told_in_words_and_in_json(bench: Bench, sealed: UUID) -> None:
    bench.tamper("UPDATE events SET data = '{}' WHERE practice_id = %s AND position = 3", sealed)
    shown = run("verify")
    assert shown.exit_code == 3
    assert "first bad position 3: the event" in shown.stdout
    assert "its content was changed" in shown.stdout
    told = json.loads(run("verify", "--json").stdout)
    fault = told["practices"][0]["faults"][0]
    assert (told["whole"], fault["kind"], fault["position"], fault["until"]) == (False, "changed", 3, None)


def test_heads_of_a_foreign_key(bench: Bench, sealed: UUID) -> None:
    foreign = public(new_key())
    done = run("verify", "--key", foreign)
    assert (done.exit_code, "foreign key" in done.stdout) == (3, True)
    done = run("verify", "--key", foreign, "--against", bench.directory, "--json")
    assert (done.exit_code, "foreign key" in json.loads(done.stdout)["fault"]) == (3, True)
    assert "Nothing was compared" in done.stderr


def test_a_ledger_shorter_than_a_shipped_head(bench: Bench, sealed: UUID) -> None:
    bench.append(sealed, 2)
    bench.seal()
    cut(bench, sealed, 5)
    bench.tamper("DELETE FROM sealed_events WHERE practice_id = %s AND position > 5", sealed)
    bench.tamper("DELETE FROM sealed_heads WHERE practice_id = %s AND size > 5", sealed)
    done = run("verify", "--against", bench.directory)
    assert done.exit_code == 3
    assert "the ledger has 5 events, a head of 7 was signed: it was cut, or an older one was restored" in done.stdout


def test_two_shipped_histories_are_a_fork(bench: Bench, sealed: UUID, tmp_path: Path) -> None:
    """Two sealers with one key signed two histories of the same five events."""
    bench.tamper("UPDATE events SET data = '{}' WHERE practice_id = %s AND position = 2", sealed)
    bench.tamper("DELETE FROM sealed_events")
    bench.tamper("DELETE FROM sealed_heads")
    other = Bench(bench.rows, tmp_path / "other", key=bench.key)
    other.seal()
    other.close()
    (first,), (second,) = heads_files(bench.directory), heads_files(other.directory)
    done = run("verify", "--against", bench.directory)
    assert (done.exit_code, "first bad position 1 to 5" in done.stdout) == (3, True), done.output
    done = run("verify", "--against", second)
    assert done.exit_code == 0, "what the second sealer signed is what is there"
    both = tmp_path / "both"
    both.mkdir()
    lines = first.read_text(encoding="utf-8")
    (both / "2020-01-01.jsonl").write_text(lines, encoding="utf-8")
    (both / "2020-01-02.jsonl").write_text(second.read_text(encoding="utf-8"), encoding="utf-8")
    done = run("verify", "--against", both)
    assert (done.exit_code, "does not follow" in done.stderr) == (3, True), done.output


CutFile = Callable[[str], str]
BAD_FILES: dict[str, tuple[CutFile, str]] = {
    "empty": (lambda text: "", "names no head"),
    "cut within a line": (lambda text: text[:-20], "is cut"),
    "not JSON": (lambda text: "hello\n", "is not JSON"),
    "no object": (lambda text: "[1]\n", "no JSON object"),
    "a line removed": (lambda text: "".join(text.splitlines(keepends=True)[::2]), "does not follow"),
    "a digit changed": (lambda text: text.replace('"size":5', '"size":4', 1), "signature is not one of"),
    "of another service": (lambda text: text.replace('"appointments"', '"identity"'), "signature is not one of"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_of_heads(bench: Bench, sealed: UUID, tmp_path: Path, what: str) -> None:
    for _ in range(2):
        bench.append(sealed)
        bench.seal()
    change, said = BAD_FILES[what]
    (heads,) = heads_files(bench.directory)
    file = tmp_path / "bad.jsonl"
    file.write_text(change(heads.read_text(encoding="utf-8")), encoding="utf-8")
    done = run("verify", "--against", file)
    assert (done.exit_code, said in done.stderr) == (3, True), done.output


def test_heads_that_are_not_there_or_cannot_be_read(bench: Bench, sealed: UUID, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for against, said in (("none", "holds no file of heads"), ("bytes", "cannot be read"), ("gone", "cannot be read")):
        done = run("verify", "--against", tmp_path / against)
        assert (done.exit_code, said in done.stderr) == (3, True), done.output


def test_no_heads_at_all(bench: Bench) -> None:
    bench.practice(2)
    done = run("verify")
    assert (done.exit_code, "no sealer has ever signed a head here" in done.stderr) == (3, True)
    done = run("verify", "--key", public(bench.key))
    assert (done.exit_code, "no head was ever signed for these events" in done.stdout) == (3, True)
    assert "nothing sealed yet" in done.stdout


def test_events_that_wait_too_long_for_a_head(bench: Bench, sealed: UUID) -> None:
    bench.append(sealed)
    assert (run("verify").exit_code, run("seals").exit_code) == (0, 0)
    earlier = (
        "UPDATE events SET recorded_at = recorded_at - interval '6 minutes' WHERE practice_id = %s AND position = 6"
    )
    bench.tamper(earlier, sealed)
    done = run("verify")
    assert (done.exit_code, "for more than 5 minutes" in done.stdout) == (3, True)
    done = run("seals", "--json")
    (state,) = json.loads(done.stdout)
    assert (done.exit_code, state["position"], state["sealed"], state["lag"]) == (3, 6, 5, 1)
    assert state["waits_seconds"] > 300
