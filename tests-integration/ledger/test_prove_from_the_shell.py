"""`clinic ledger prove | check-proof | seals | reseal`: exit codes, and what bad input is told (F51)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from ledger_shell import event_at, public, run
from sealing_bench import Bench, cut, new_key

from clinic.kernel.ids import new_id


def test_an_event_is_proven_without_a_database(
    bench: Bench, sealed: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "proof.json"
    event_id = event_at(bench, sealed, 4)
    assert run("prove", event_id, "--out", file).exit_code == 0
    assert json.loads(run("prove", event_id).stdout) == json.loads(file.read_text(encoding="utf-8"))
    assert run("prove", event_id, "--out", file).exit_code == 2, "nothing is overwritten"
    monkeypatch.delenv("APPOINTMENTS_OPS_DATABASE_URL")
    monkeypatch.delenv("SEALED_HEADS_DIRECTORY")
    done = run("check-proof", file, "--key", public(bench.key))
    assert done.exit_code == 0, done.output
    for said in ("Proven", str(event_id), "position 4", "head of 5 events", str(sealed)):
        assert said in done.stdout
    assert run("check-proof", file).exit_code == 2, "without a key"
    done = run("check-proof", file, "--key", public(new_key()))
    assert (done.exit_code, "foreign key" in done.stderr) == (3, True)


ALTERED: dict[str, Callable[[dict[str, Any]], object]] = {
    "the event's data": lambda proof: proof["event"].update(data="{}"),
    "the event's position": lambda proof: proof["event"].update(position=3),
    "an event that is no object": lambda proof: proof.update(event=[["a", 1]]),
    "the index": lambda proof: proof.update(index=2),
    "the size": lambda proof: proof.update(size=6),
    "the leaf": lambda proof: proof.update(leaf="00" * 32),
    "the path": lambda proof: proof["path"].reverse(),
    "a path that is too short": lambda proof: proof["path"].pop(),
    "the head's root": lambda proof: proof["head"].update(root="00" * 32),
    "the head's practice": lambda proof: proof["head"].update(practice_id=str(UUID(int=7))),
    "no head": lambda proof: proof.pop("head"),
    "another format": lambda proof: proof.update(format="x"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_proof_is_refused(bench: Bench, sealed: UUID, tmp_path: Path, what: str) -> None:
    proof = json.loads(run("prove", event_at(bench, sealed, 4)).stdout)
    ALTERED[what](proof)
    file = tmp_path / "altered.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    done = run("check-proof", file)
    assert (done.exit_code, "proves nothing" in done.stderr) == (3, True), done.output


def test_a_proof_that_cannot_be_read(bench: Bench, sealed: UUID, tmp_path: Path) -> None:
    texts = {"cut": b'{"format": ', "bytes": b"\xff\x00", "deep": b"[" * 100_000, "list": b"[]", "empty": b""}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
        assert run("check-proof", tmp_path / name).exit_code == 3, name
    done = run("check-proof", tmp_path / "gone")
    assert (done.exit_code, "cannot be read" in done.stderr) == (3, True)


def test_what_cannot_be_proven(bench: Bench, sealed: UUID) -> None:
    bench.append(sealed)
    done = run("prove", event_at(bench, sealed, 6))
    assert (done.exit_code, "Not yet sealed" in done.stderr, done.stdout) == (3, True, "")
    assert run("prove", new_id()).exit_code == 1
    assert run("prove", "no-id").exit_code == 2
    bench.tamper("UPDATE events SET data = '{}' WHERE practice_id = %s AND position = 2", sealed)
    done = run("prove", event_at(bench, sealed, 2))
    assert (done.exit_code, "not the one that was sealed" in done.stderr) == (3, True)
    bench.tamper("UPDATE sealed_heads SET signature = sha512(signature)")
    done = run("prove", event_at(bench, sealed, 3))
    assert (done.exit_code, "signature is not one of" in done.stderr) == (3, True)


def test_a_stopped_practice_is_shown_and_sealed_anew(bench: Bench, sealed: UUID) -> None:
    assert run("seals").exit_code == 0
    nothing = run("reseal", "--practice", sealed, "--reason", "restored", "--yes")
    assert (nothing.exit_code, "not stopped" in nothing.stderr) == (1, True)
    cut(bench, sealed, 3)
    with bench.sealer() as sealer:
        sealer.seal()
        done = run("seals")
        assert (done.exit_code, "5 were signed" in done.stdout) == (3, True), done.output
        assert run("reseal", "--practice", sealed, "--reason", " ", "--yes").exit_code == 2
        assert run("reseal", "--practice", new_id(), "--reason", "restored", "--yes").exit_code == 1
        assert run("reseal", "--practice", sealed, "--reason", "restored").exit_code == 1, "asked, and said no"
        sealer.seal()
        assert bench.stop(sealed) is not None
        said = [run("reseal", "--practice", sealed, "--reason", "restored on purpose", "--yes") for _ in range(2)]
        assert [one.exit_code for one in said] == [0, 0]
        assert "asked already" in said[1].stderr
        sealer.seal()
    (state,) = json.loads(run("seals", "--json").stdout)
    assert (state["epoch"], state["sealed"], state["stopped"]) == (2, 3, None)
    done = run("verify", "--against", bench.directory)
    assert (done.exit_code, "sealed anew (epoch 2) after 5 events: restored on purpose" in done.stdout) == (0, True)
