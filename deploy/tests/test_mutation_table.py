"""The table of mutations fits this checkout: every fault can still be made, and every test that finds it is there."""

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("mutation_table", ROOT / "tests-integration" / "mutations" / "table.py")
assert _spec
assert _spec.loader
table = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = table
_spec.loader.exec_module(table)

PROMISED = (
    "heads update removed",
    "position taken from a sequence",
    "consumer without the position rule",
    "without the predecessor check",
    "effects and checkpoint in two transactions",
    "acknowledgement before commit",
    "relay checkpoint before confirm",
    "mandatory off",
    "append without expected version",
    "exclusion constraint dropped",
    "upcaster missing",
    "parking without holding back the stream",
    "idle heads check removed",
    "command table skipped for refusals",
    "sealing over `jsonb` text",
)
EDITS = [(mutation.name, edit) for mutation in table.MUTATIONS for edit in mutation.edits]
TESTS = sorted({test for mutation in table.MUTATIONS for test in mutation.tests})


def test_every_fault_that_was_promised_is_in_the_table_once() -> None:
    names = [mutation.name for mutation in table.MUTATIONS]
    assert len(names) == len(set(names))
    assert {name.partition(":")[0] for name in names} == set(PROMISED)


@pytest.mark.parametrize(("name", "edit"), EDITS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EDITS)])
def test_what_is_broken_is_there_exactly_once(name: str, edit: Any) -> None:
    assert (ROOT / edit.file).read_text(encoding="utf-8").count(edit.old) == 1
    assert edit.new != edit.old


@pytest.mark.parametrize("mutation", table.MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_edits_of_a_mutation_do_not_touch_each_other(mutation: Any) -> None:
    for file in {edit.file for edit in mutation.edits}:
        text = (ROOT / file).read_text(encoding="utf-8")
        for edit in mutation.edits:
            if edit.file == file:
                assert text.count(edit.old) == 1
                text = text.replace(edit.old, edit.new)
        if file.endswith(".py"):
            compile(text, file, "exec")


@pytest.mark.parametrize("test", TESTS)
def test_the_test_that_finds_it_exists(test: str) -> None:
    file, _, name = test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not name or re.search(rf"^def {re.escape(name)}\(", text, re.MULTILINE), name
