"""docs/import.md names every file, column and key that the import reads."""

from pathlib import Path

import pytest

from clinic.practice_files.practice_toml import KEYS
from clinic.practice_files.tables import ROLES, STATUSES, TABLES, Table

DOCUMENT = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.file)
def test_every_column_is_documented_under_its_file(table: Table) -> None:
    section = DOCUMENT.split(f"### {table.file}")[1].split("\n##")[0]
    assert [column for column in table.columns if f"`{column}`" not in section] == []


def test_every_key_of_the_practice_file_is_documented() -> None:
    assert [key for key in KEYS if f"`{key}`" not in DOCUMENT] == []


def test_every_role_and_status_is_documented() -> None:
    assert [code for code in (*ROLES, *STATUSES) if f"`{code}`" not in DOCUMENT] == []
