"""What docs/sealing.md tells an auditor is so: its program and its example are run (F51)."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from ledger_shell import event_at, public, run
from sealing_bench import Bench, new_key

from clinic.infra.proof.leaf import COLUMNS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sealing.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The document's block in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(found)


def checked(program: Path, proof: Path, key: str) -> subprocess.CompletedProcess[str]:
    """The document's program, without anything of the product."""
    return subprocess.run([sys.executable, "-I", program, proof, key], capture_output=True, text=True, check=False)


def test_the_program_of_the_document_checks_proofs(bench: Bench, tmp_path: Path) -> None:
    sealed = bench.practice(5)
    bench.seal()
    program, proof = tmp_path / "check.py", tmp_path / "proof.json"
    program.write_text(block("python"), encoding="utf-8")
    for position in range(1, 6):
        text = run("prove", event_at(bench, sealed, position)).stdout
        proof.write_text(text, encoding="utf-8")
        done = checked(program, proof, public(bench.key))
        assert (done.returncode, f"at position {position} of 5" in done.stdout) == (0, True), done.stderr
    assert "InvalidSignature" in checked(program, proof, public(new_key())).stderr
    altered = json.loads(text)
    altered["event"]["data"] = "{}"
    proof.write_text(json.dumps(altered), encoding="utf-8")
    assert "AssertionError" in checked(program, proof, public(bench.key)).stderr


def test_the_example_of_the_document_gives_its_leaf() -> None:
    text = block("json").strip()
    assert hashlib.sha256(b"\x00" + text.encode()).hexdigest() in DOCUMENT
    assert len(json.loads(text)) == len(COLUMNS) - 1, "actor_id and actor_kind are one member"
