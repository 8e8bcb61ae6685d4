"""The bytes of a CSV file to text: which encoding, which separator. Both are told, none is guessed from the rows."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from clinic.practice_files.faults import Invalid

UTF_8, WINDOWS = "UTF-8", "Windows-1252"
SEPARATORS = {",": "comma", ";": "semicolon"}


@dataclass(frozen=True, slots=True)
class Format:
    """How a file was read."""

    encoding: str
    separator: str

    def __str__(self) -> str:
        return f"{self.encoding}, {self.separator}"


class Undecodable(Invalid):
    """Bytes that are no text; `line` is where they stand."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


def decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding: UTF-8 (with or without a byte order mark), or Windows-1252 where it cannot be UTF-8.

    Undecodable: UTF-16, a byte that Windows-1252 does not have, and a file that mixes both encodings, whose names would
    be spoilt whichever was taken.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content:
        raise Undecodable("is UTF-16 or no text at all: save it as UTF-8", 0)
    try:
        return content.decode("utf-8-sig"), UTF_8
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    if content[:3] == b"\xef\xbb\xbf" or set(content.decode("utf-8", "ignore")) - _ASCII:
        raise Undecodable("is not UTF-8, although other lines are: save the whole file as UTF-8", line)
    try:
        return content.decode("cp1252"), WINDOWS
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Undecodable("is neither UTF-8 nor Windows-1252", line) from None


_ASCII = {chr(code) for code in range(128)}


def separator_of(text: str, columns: Collection[str]) -> str:
    """The separator under which the header names more known columns; a comma where both name as many."""
    header = text.partition("\n")[0].rstrip("\r")

    def known(separator: str) -> int:
        return sum(name in columns for name in header_names(next(csv.reader([header], delimiter=separator), [])))

    return max(SEPARATORS, key=lambda separator: (known(separator), separator == ","))


def header_names(cells: list[str]) -> list[str]:
    """The names of a header: capitals and spaces around them do not matter."""
    return [name.strip().lower() for name in cells]


def lines_of(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row that is not empty, with the line it ends on. csv.Error for a quote that is left open."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells
