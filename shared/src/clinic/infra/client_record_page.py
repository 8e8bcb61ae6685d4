"""A client's record as one page that needs nothing else: readable on any screen, by a screen reader, on paper."""

from collections.abc import Mapping
from html import escape
from typing import Any

from clinic.infra.client_record import ClientRecord, Section

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #0b0c0c; background: #fff }
body { max-width: 48rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.75rem } h2 { margin-top: 2.5rem; border-bottom: 2px solid #0b0c0c } a { color: #1d70b8 }
a:focus { outline: 3px solid #0b0c0c; background: #fd0 }
dl { display: grid; grid-template-columns: minmax(9rem, 1fr) 3fr; gap: 0 1rem; margin: 0; padding: .75rem 0 }
dl + dl { border-top: 1px solid #b1b4b6 } dt { font-weight: 700 }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap }
@media (max-width: 30rem) { dl { display: block } dd { margin-bottom: .5rem } }
@media print { nav { display: none } h2 { break-after: avoid } dl { break-inside: avoid } }
"""


def as_page(record: ClientRecord) -> str:
    """The record as HTML. Every value is escaped; nothing is loaded from anywhere."""
    name = escape(record.about["client"])
    links = "".join(
        f'<li><a href="#part-{number}">{escape(one.title)}</a></li>' for number, one in enumerate(record.sections, 1)
    )
    parts = "".join(_section(number, one) for number, one in enumerate(record.sections, 1))
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What is held about {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>What is held about {name}</h1>\n{_facts(record.about)}"
        f'<nav aria-label="Parts"><h2>Parts</h2><ol>{links}</ol></nav>\n{parts}</main>\n</body>\n</html>\n'
    )


def _section(number: int, section: Section) -> str:
    entries = "".join(_facts(entry) for entry in section.entries) or "<p>Nothing.</p>"
    heading = f'<h2 id="part-{number}">{escape(section.title)}</h2>'
    return f'<section aria-labelledby="part-{number}">{heading}{entries}</section>\n'


def _facts(entry: Mapping[str, Any]) -> str:
    rows = "".join(f"<dt>{escape(_label(key))}</dt><dd>{escape(_said(value))}</dd>" for key, value in entry.items())
    return f"<dl>{rows}</dl>\n"


def _label(key: str) -> str:
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


def _said(value: Any) -> str:
    match value:
        case None | "":
            return "None"
        case bool():
            return "Yes" if value else "No"
        case list() | tuple():
            return ", ".join(_said(one) for one in value) or "None"
        case dict():
            return "; ".join(f"{_label(key)}: {_said(one)}" for key, one in value.items()) or "None"
        case _:
            return str(value)
