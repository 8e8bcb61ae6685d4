"""Texts with variables (F43): plain substitution by an allow-list. A text can call nothing.

A variable stands in braces, `{Client First Name}`. `Next Appt. Link` is the one that becomes a link; alone on a line it
becomes the mail's button with the bare address below.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

LINK = "Next Appt. Link"
URL = "Next Appt. URL"
LINK_READS = "Manage Appointment"

VARIABLES: tuple[str, ...] = (
    "Client First Name",
    "Practice Name",
    "Practice Phone",
    "Clinician Name",
    "Location",
    "Appt. Date",
    "Appt. Day",
    "Appt. Short Day",
    "Appt. Time",
    "Appt. Date and Time",
    "Previous Appt. Date and Time",
    "Appt. Status",
    LINK,
    URL,
)
"""Every variable that a text may use, as the VAR drop-down offers them."""

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_FACT = re.compile(r"^([A-Z][A-Za-z ]{0,19}): (\S.*)$")


class UnknownVariable(Exception):
    """A text uses a variable that does not exist; `name` as written, `line` counted from 1."""

    def __init__(self, name: str, line: int) -> None:
        super().__init__(f"unknown variable {{{name}}} in line {line}")
        self.name = name
        self.line = line


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; `href` makes it a link."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paragraph. `label` is the part before the colon of a line such as `Where: High Street`."""

    spans: tuple[Span, ...]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """The way to the portal, with its bare address."""

    url: str
    reads: str = LINK_READS


Block = Paragraph | Button


def check(text: str) -> None:
    """Refuses a text with a variable that does not exist (UnknownVariable names it).

    Looks at the text as `fill` does: braces around a line break are a variable as well, and there is none such.
    """
    for found in _VARIABLE.finditer(text):
        if found[1] not in VARIABLES:
            raise UnknownVariable(found[1], text.count("\n", 0, found.start()) + 1)


def check_subject(text: str, allowed: Collection[str]) -> str | None:
    """The first variable of a text that is not allowed there, None where all are."""
    return next((name for name in _VARIABLE.findall(text) if name not in allowed), None)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text on one level: every variable replaced by its value, the link by its words and address."""
    check(text)
    return _VARIABLE.sub(lambda found: _plain(found[1], values), text)


def blocks(text: str, values: Mapping[str, str]) -> tuple[Block, ...]:
    """The text as paragraphs and buttons. A line that comes out empty, or a label without its value, is left out."""
    check(text)
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        if part.strip() == f"{{{LINK}}}":
            found.append(Button(values[URL]))
        elif lines := tuple(line for raw in part.split("\n") if (line := _line(raw, values)) is not None):
            found.append(Paragraph(lines))
    return tuple(found)


def as_text(given: tuple[Block, ...]) -> str:
    """The text part of a mail; the address stands on a line of its own."""
    parts = []
    for block in given:
        match block:
            case Button(url, reads):
                parts.append(f"{reads}:\n{url}")
            case Paragraph(lines):
                parts.append("\n".join(_said(line) for line in lines))
    return "\n\n".join(parts) + "\n"


def _said(line: Line) -> str:
    spans = "".join(f"{span.text} {span.href}" if span.href else span.text for span in line.spans)
    return f"{line.label}: {spans}" if line.label else spans


def _plain(name: str, values: Mapping[str, str]) -> str:
    return f"{LINK_READS}: {values[URL]}" if name == LINK else values[name]


def _line(raw: str, values: Mapping[str, str]) -> Line | None:
    labelled = _FACT.match(raw)
    rest = labelled[2] if labelled else raw
    spans: list[Span] = []
    end = 0
    for variable in _VARIABLE.finditer(rest):
        spans.append(Span(rest[end : variable.start()]))
        name = variable[1]
        spans.append(Span(LINK_READS, values[URL]) if name == LINK else Span(values[name]))
        end = variable.end()
    spans.append(Span(rest[end:]))
    kept = tuple(span for span in spans if span.text)
    if not "".join(span.text for span in kept).strip():
        return None
    return Line(kept, labelled[1] if labelled else None)
