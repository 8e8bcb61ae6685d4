"""A grid of weekdays, drawn as an accessible SVG: no script, no style sheet, no font of its own.

Drawn 360 wide: what a page of 390 px has between its margins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_WIDTH, _SIDE, _CELL, _HEIGHT = 360, 5, 50, 44
_TOP, _BLOCK = 64, 80
_INK, _QUIET, _EMPTY = "#1f2933", "#52606d", "#f1f3f5"
_LESS, _MORE = ("#fdecdf", "#f9c9a3", "#f19a5b"), ("#e3effa", "#b5d5f2", "#7db4e6")
"""Tints by how many; orange and blue are told apart by everybody, and every number has its sign."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What there was, how many less and how many more there would be."""

    all: int
    less: int
    more: int


@dataclass(frozen=True, slots=True)
class Line:
    """Seven cells from Monday, and whose they are."""

    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Words:
    """What the drawing says: its title, its description, and what less and more are called."""

    title: str
    description: str
    less: str
    more: str


def draw_grid(words: Words, lines: Sequence[Line]) -> str:
    """The SVG. Every cell has its own title in words, the whole a title and a description."""
    height = _TOP + _BLOCK * max(1, len(lines)) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="100%" role="img"'
        f' aria-labelledby="what-if-title what-if-desc" font-family="system-ui, sans-serif" font-size="14"'
        f' fill="{_INK}">',
        f'<title id="what-if-title">{escape(words.title)}</title>',
        f'<desc id="what-if-desc">{escape(words.description)}</desc>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_legend(words),
        *(
            f'<text x="{_middle(day)}" y="56" text-anchor="middle" font-size="13" fill="{_QUIET}">{name}</text>'
            for day, name in enumerate(WEEKDAYS)
        ),
    ]
    for number, line in enumerate(lines):
        parts += _line(line, _TOP + _BLOCK * number, words)
    if not lines:
        parts.append(f'<text x="{_SIDE}" y="{_TOP + 30}">Nothing was decided in this period.</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(words: Words) -> list[str]:
    half = _WIDTH // 2
    return [
        f'<rect x="{_SIDE}" y="12" width="14" height="14" rx="3" fill="{_LESS[1]}"/>',
        f'<text x="{_SIDE + 20}" y="24" font-size="13">\N{MINUS SIGN} {escape(words.less)}</text>',
        f'<rect x="{half}" y="12" width="14" height="14" rx="3" fill="{_MORE[1]}"/>',
        f'<text x="{half + 20}" y="24" font-size="13">+ {escape(words.more)}</text>',
    ]


def _line(line: Line, top: int, words: Words) -> list[str]:
    parts = [f'<text x="{_SIDE}" y="{top + 18}" font-weight="600">{escape(_short(line.name))}</text>']
    for day, cell in enumerate(line.cells):
        said = f"{line.name}, {WEEKDAYS[day]}: {cell.all} decided, {cell.less} {words.less}, {cell.more} {words.more}"
        parts += [f"<g><title>{escape(said)}</title>", *_cell(cell, _SIDE + _CELL * day, top + 26), "</g>"]
    return parts


def _cell(cell: Cell, left: int, top: int) -> list[str]:
    """One tint where there is one number, less above more where there are both."""
    said = [
        (f"\N{MINUS SIGN}{cell.less}", _tint(_LESS, cell.less)) if cell.less else None,
        (f"+{cell.more}", _tint(_MORE, cell.more)) if cell.more else None,
    ]
    numbers = [one for one in said if one] or [("0" if cell.all else "", _EMPTY)]
    height = _HEIGHT // len(numbers)
    parts = []
    for place, (text, tint) in enumerate(numbers):
        y, ink = top + height * place, _QUIET if tint == _EMPTY else _INK
        parts.append(f'<rect x="{left + 1}" y="{y}" width="{_CELL - 2}" height="{height}" rx="4" fill="{tint}"/>')
        middle = left + _CELL // 2
        parts.append(f'<text x="{middle}" y="{y + height // 2 + 5}" text-anchor="middle" fill="{ink}">{text}</text>')
    return parts


def _tint(tints: Sequence[str], number: int) -> str:
    return tints[0 if number < 3 else 1 if number < 10 else 2]


def _middle(day: int) -> int:
    return _SIDE + _CELL * day + _CELL // 2


def _short(name: str) -> str:
    return name if len(name) <= 44 else f"{name[:43]}\N{HORIZONTAL ELLIPSIS}"
