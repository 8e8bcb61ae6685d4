"""docs/delivery.md names a test for every sentence of architecture.md, section 5."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROWS = [
    tuple(cell.strip() for cell in line.strip("| \n").split(" | "))
    for line in (ROOT / "docs/delivery.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "::" in line
]
NAMED = sorted({test for _, tests in ROWS for test in re.findall(r"`([^`]+)`", tests)})


def plain(text: str) -> str:
    """Without emphasis, code marks and line breaks."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def test_every_sentence_is_in_the_table_and_no_other() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = plain(re.search(r"## 5\. From ledger to others\n(.*?)\n## 6", text, re.DOTALL)[1])  # type: ignore[index]
    for sentence, _ in ROWS:
        assert plain(sentence) in section, f"not in the section (any more): {sentence}"
        section = section.replace(plain(sentence), "", 1)
    assert section.replace("-", "").strip() == ""


@pytest.mark.parametrize("named", NAMED)
def test_every_named_test_is_there(named: str) -> None:
    file, _, test = named.partition("::")
    assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), named
