"""What is wrong with a practice directory: every fault with its file, line, column and reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend. `line` counts from 1 with the header; 0 is the file as a whole. `column` may be empty."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        told = f"{place}, column {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"
        return _printable(told)


def _printable(text: str) -> str:
    """The text on one line, and nothing that a terminal would obey: a header's names are whatever a file says."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


class FaultyDirectory(Exception):
    """The directory has faults, so nothing of it is imported."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = sorted(faults)


class Invalid(ValueError):
    """A cell or a row that cannot be taken; the text is the reason, said to a person."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.column = column
