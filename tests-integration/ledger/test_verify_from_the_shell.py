"""`clinic ledger verify | seals | reseal | prove | check-proof`: what operators and auditors are told (F51)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sealing_bench import Bench, cut, new_key, restored
from typer.testing import CliRunner, Result

from clinic.appointments.entrypoints.cli_ledger import ledger
from clinic.kernel.ids import new_id

Clinic = Callable[..., Result]


@pytest.fixture
def clinic(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Clinic:
    """Runs `clinic ledger …` as an operator of this bench."""
    (tmp_path / "shipped").mkdir()
    monkeypatch.setenv("APPOINTMENTS_OPS_DATABASE_URL", bench.rows.url("ops"))
    monkeypatch.setenv("SEALED_HEADS_DIRECTORY", str(tmp_path / "heads_of_services"))

    def run(*arguments: object) -> Result:
        beside = tmp_path / "heads_of_services"
        beside.mkdir(exist_ok=True)
        if bench.directory.exists():
            shutil.copytree(bench.directory, beside / "appointments", dirs_exist_ok=True)
        return CliRunner().invoke(ledger, [str(one) for one in arguments])

    return run


@pytest.fixture
def sealed(bench: Bench) -> UUID:
    """A practice with six sealed events."""
    practice_id = bench.practice(6)
    bench.seal()
    return practice_id


def kept(bench: Bench, tmp_path: Path) -> Path:
    """What was shipped away so far."""
    return Path(shutil.copytree(bench.directory, tmp_path / "kept", dirs_exist_ok=True))


def said(result: Result) -> str:
    """Everything that was printed, on one line."""
    return " ".join((result.stdout + result.stderr).split())


def test_a_whole_ledger_is_whole_and_the_rest_not_yet_sealed(bench: Bench, clinic: Clinic, sealed: UUID) -> None:
    bench.append(sealed, 2)
    alone = clinic("verify")
    assert alone.exit_code == 0
    assert "whole" in alone.stdout
    assert "--against" in said(alone), "what it was compared with is said"
    (found,) = json.loads(clinic("verify", "--practice", sealed, "--against", bench.directory, "--json").stdout)
    assert (found["events"], found["sealed"], found["not_yet_sealed"], found["faults"]) == (8, 6, 2, [])


def test_the_first_bad_position_is_named(bench: Bench, clinic: Clinic, sealed: UUID) -> None:
    bench.tamper("UPDATE events SET type = 'Nothing' WHERE practice_id = %s AND position = 4", sealed)
    for told in (clinic("verify"), clinic("verify", "--against", bench.directory)):
        assert told.exit_code == 3
        assert "position 4: the event" in said(told)
        assert "its content was changed" in said(told)


def test_an_older_dump_is_told(bench: Bench, clinic: Clinic, sealed: UUID, tmp_path: Path) -> None:
    heads = kept(bench, tmp_path)
    restored(bench, sealed, 0)
    bench.tamper("DELETE FROM sealed_heads WHERE practice_id = %s", sealed)
    told = clinic("verify", "--against", heads)
    assert told.exit_code == 3
    assert "the ledger has 0 events, a head of 6 was signed: it was cut, or an older one was restored" in said(told)
    bench.append(sealed, 8)
    told = clinic("verify", "--against", heads)
    assert told.exit_code == 3
    assert "the first 6 events are not those of the head signed at" in said(told)


def test_a_practice_that_is_gone_is_told(bench: Bench, clinic: Clinic, sealed: UUID) -> None:
    for table in ("events", "sealed_events", "sealed_heads", "heads"):
        bench.tamper(f"DELETE FROM {table} WHERE practice_id = %s", sealed)  # type: ignore[arg-type]
    told = clinic("verify", "--against", bench.directory)
    assert told.exit_code == 3
    assert f"practice {sealed}: heads of it were shipped, the ledger has no such practice" in said(told)


def test_heads_that_prove_nothing_are_refused(bench: Bench, clinic: Clinic, sealed: UUID, tmp_path: Path) -> None:
    heads = kept(bench, tmp_path)
    (file,) = heads.glob("????-??-??.jsonl")
    whole = file.read_text()
    for broken, why in (
        (whole[:-20], "is cut"),
        (whole.replace('"size":6', '"size":5'), "it was changed or forged"),
        ("{}\n" + whole, "foreign key None"),
        ("no heads\n", "it is not JSON"),
        ("[1]\n", "it is no JSON object"),
        ("", "names no head"),
    ):
        file.write_text(broken)
        told = clinic("verify", "--against", heads)
        assert told.exit_code == 3, why
        assert "prove nothing" in said(told)
        assert why in said(told)
    file.write_bytes(b"\xff\xfe\n")
    assert clinic("verify", "--against", heads).exit_code == 3
    assert clinic("verify", "--against", tmp_path / "shipped").exit_code == 3, "an empty directory"
    assert clinic("verify", "--against", tmp_path / "never").exit_code == 2


def test_a_foreign_key_is_told(bench: Bench, clinic: Clinic, sealed: UUID, tmp_path: Path) -> None:
    other = Bench(bench.rows, tmp_path / "other", new_key())
    with other.sealer():
        pass
    foreign = (other.directory / "public-keys.json").read_text()
    other.close()
    (tmp_path / "foreign.json").write_text(foreign)
    for asked in (("--against", bench.directory), ()):
        told = clinic("verify", *asked, "--key", tmp_path / "foreign.json")
        assert told.exit_code == 3
        assert "signed with a foreign key" in said(told)
    told = clinic("verify", "--key", "bm8ga2V5")
    assert told.exit_code == 3
    assert "is no public key" in said(told)


def test_what_is_wrongly_asked_is_said(clinic: Clinic, sealed: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clinic("verify", "--practice", new_id()).exit_code == 1
    assert clinic("prove", new_id()).exit_code == 1
    assert clinic("reseal", "--practice", sealed, "--reason", " ", "--yes").exit_code == 2
    not_stopped = clinic("reseal", "--practice", sealed, "--reason", "a drill", "--yes")
    assert (not_stopped.exit_code, "did not stop" in said(not_stopped)) == (1, True)
    monkeypatch.delenv("SEALED_HEADS_DIRECTORY")
    without = clinic("verify")
    assert (without.exit_code, "give --key" in said(without)) == (2, True)


def test_an_event_is_proven_without_a_database(
    bench: Bench, clinic: Clinic, sealed: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [row["event_id"] for row in bench.asked("SELECT event_id FROM events ORDER BY position")]
    file = tmp_path / "proof.json"
    assert clinic("prove", ids[2], "--out", file).exit_code == 0
    assert clinic("prove", ids[2], "--out", file).exit_code == 2, "nothing is overwritten"
    assert json.loads(clinic("prove", ids[2]).stdout) == json.loads(file.read_text())
    monkeypatch.delenv("APPOINTMENTS_OPS_DATABASE_URL")
    told = clinic("check-proof", file)
    assert told.exit_code == 0
    assert f"{ids[2]} is event 3 of practice {sealed}, under the head of 6 events" in said(told)


def spoilt(proof: dict[str, Any]) -> dict[str, Any]:
    """Proofs that were changed, each with why it proves nothing."""
    return {
        "the event is not the one of its leaf": {**proof, "event": {**proof["event"], "type": "Another"}},
        "the event's position is not that of its leaf": {**proof, "index": proof["index"] + 1},
        "it was changed or forged": {**proof, "head": {**proof["head"], "size": 7}},
        "signed with a foreign key": {**proof, "head": {**proof["head"], "key_id": "0" * 16}},
        "does not lead to the signed root": {**proof, "path": proof["path"][::-1]},
        "the head is of another tree": {**proof, "size": 7},
        "it cannot be read": {name: value for name, value in proof.items() if name != "path"},
        "no proof of the format": ["proof"],
    }


def test_a_proof_that_was_changed_proves_nothing(bench: Bench, clinic: Clinic, sealed: UUID, tmp_path: Path) -> None:
    row, *_ = bench.asked("SELECT event_id FROM events WHERE position = 2")
    proof, file = json.loads(clinic("prove", row["event_id"]).stdout), tmp_path / "proof.json"
    for why, changed in spoilt(proof).items():
        file.write_text(json.dumps(changed))
        told = clinic("check-proof", file)
        assert (told.exit_code, why in said(told)) == (3, True), (why, said(told))
    file.write_text("{")
    assert clinic("check-proof", file).exit_code == 3
    assert clinic("check-proof", tmp_path / "never.json").exit_code == 2


def test_what_is_not_sealed_or_not_as_it_was_sealed_cannot_be_proven(
    bench: Bench, clinic: Clinic, sealed: UUID
) -> None:
    bench.append(sealed)
    ids = [row["event_id"] for row in bench.asked("SELECT event_id FROM events ORDER BY position")]
    told = clinic("prove", ids[6])
    assert (told.exit_code, "position 7, the last head seals 6 events" in said(told)) == (3, True)
    bench.tamper("UPDATE events SET data = '{}' WHERE position = 3")
    told = clinic("prove", ids[2])
    assert (told.exit_code, "not the one that was sealed there" in said(told)) == (3, True)


def test_seals_tell_how_far_and_a_stopped_one_is_resealed(bench: Bench, clinic: Clinic, sealed: UUID) -> None:
    (one,) = json.loads(clinic("seals", "--json").stdout)
    assert (one["position"], one["sealed"], one["late"], one["stopped"]) == (6, 6, False, None)
    cut(bench, sealed, 4)
    bench.append(sealed)
    bench.seal()
    told = clinic("seals")
    assert (told.exit_code, "it was cut or an older one restored" in said(told)) == (3, True)
    assert clinic("reseal", "--practice", sealed, "--reason", "a drill", "--yes").exit_code == 0
    with bench.sealer() as sealer:
        sealer.seal()
        sealer.seal()
    assert clinic("seals").exit_code == 0
    told = clinic("verify", "--against", bench.directory)
    assert (told.exit_code, "sealed anew (epoch 2) after 6 events: a drill" in said(told)) == (0, True)


def test_a_sealer_that_does_not_run_is_told_after_five_minutes(bench: Bench, clinic: Clinic, sealed: UUID) -> None:
    bench.append(sealed)
    assert clinic("seals").exit_code == 0
    bench.tamper("UPDATE events SET recorded_at = recorded_at - interval '301 seconds' WHERE position = 7")
    told = clinic("seals")
    assert (told.exit_code, "LATE" in said(told)) == (3, True)
    told = clinic("verify", "--against", bench.directory)
    assert (told.exit_code, "wait for a head for more than 5 minutes" in said(told)) == (3, True)
