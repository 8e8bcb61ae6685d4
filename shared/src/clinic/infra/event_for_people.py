"""An event's data as an operator may see them: ids, codes, instants and numbers; never a text.

A parked event may be anything: of a type that is not known, or with what should not be there. So a value is shown where
the published type names its field and it looks like what events hold; of everything else only the kind is told.
"""

import re
from collections.abc import Mapping
from typing import Any

from clinic.contracts.catalog import CATALOG
from clinic.contracts.codec import wire_schema

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*|[A-Z]{3}|v\d+|[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+")
SEALED = "sealed"


def shown_data(type_name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data without texts, names of fields as they are."""
    known = CATALOG.get(type_name)
    fields = set(wire_schema(known.cls)().fields) if known else set()
    return {name: _shown(name, value) if name in fields else _kind(value) for name, value in data.items()}


def _shown(name: str, value: Any) -> Any:
    if name == SEALED:
        return "a sealed text"
    match value:
        case bool() | int() | float() | None:
            return value
        case str() if any(shape.fullmatch(value) for shape in (UUID_TEXT, INSTANT, CODE)):
            return value
        case dict():
            return {inner: _shown(inner, one) for inner, one in value.items()}
        case list():
            return [_shown(name, one) for one in value]
    return _kind(value)


def _kind(value: Any) -> str:
    match value:
        case str():
            return f"a text of {len(value)} characters"
        case dict():
            return f"an object of {len(value)} fields"
        case list():
            return f"a list of {len(value)}"
        case bool():
            return "yes or no"
        case int() | float():
            return "a number"
    return "nothing"
