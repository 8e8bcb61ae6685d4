"""Reduced counts in the gate, full ones under `make prove`, which writes down what it saw (docs/evidence/).

`PROVE=1` asks for the full counts. A test that carries a promise of many rounds is marked `prove` and takes its count
from `rounds`; what it measured goes to `evidence`.
"""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PROVING = bool(os.environ.get("PROVE"))
EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence"


def rounds(gate: int, full: int) -> int:
    """How often to do it in this run."""
    return full if PROVING else gate


def evidence(name: str, title: str, lines: list[str]) -> None:
    """Prints what was seen; under PROVE it is also kept as docs/evidence/<name>.md."""
    text = "\n".join(lines)
    print(f"{title}\n{text}")
    if PROVING:
        EVIDENCE.mkdir(parents=True, exist_ok=True)
        seen = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
        (EVIDENCE / f"{name}.md").write_text(
            f"# {title}\n\nSeen {seen}, by `make prove`.\n\n{text}\n", encoding="utf-8"
        )
