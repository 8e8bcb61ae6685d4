"""The catalog as documents need it: docstrings, the types of fields in words and as JSON Schema, the values inside."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from inspect import cleandoc
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from clinic.contracts.catalog import TYPES
from clinic.contracts.meanings import meaning

Schema = dict[str, Any]

WORDS: dict[Any, str] = {
    UUID: "UUID",
    datetime: "instant",
    date: "date",
    str: "text",
    int: "whole number",
    bool: "true or false",
}
SCHEMAS: dict[Any, Schema] = {
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
}


def says(of: Any) -> str:
    """Its docstring, each paragraph on one line; what is None in Python is null in JSON."""
    told = "\n\n".join(" ".join(part.split()) for part in cleandoc(of.__doc__ or "").split("\n\n"))
    return re.sub(r"\bNone\b", "null", told)


def values() -> list[type]:
    """The classes inside events, in the order in which events need them."""
    found: dict[type, None] = {}
    for known in TYPES:
        for inner in _inside(known.cls):
            found.setdefault(inner)
    return list(found)


def _inside(cls: type) -> Iterator[type]:
    for hint in get_type_hints(cls).values():
        for part in _parts(hint):
            if is_dataclass(part) and isinstance(part, type):
                yield part
                yield from _inside(part)


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for argument in get_args(hint):
        yield from _parts(argument)


def in_words(hint: Any) -> str:
    """The type as people say it."""
    arguments = get_args(hint)
    if isinstance(hint, UnionType):
        return " or ".join("null" if one is type(None) else in_words(one) for one in arguments)
    if get_origin(hint) is Literal:
        return " \\| ".join(f"`{one}`" for one in arguments)
    if get_origin(hint) is tuple:
        return f"list of {in_words(arguments[0])}"
    return WORDS.get(hint) or f"[{hint.__name__}](#{hint.__name__.lower()})"


def field_rows(cls: type) -> list[tuple[str, str, str]]:
    """Name, type and meaning of every field, with the default of those that may be missing."""
    hints = get_type_hints(cls)
    rows = []
    for one in fields(cls):
        default = "" if one.default is MISSING else f" `{_text(one.default)}` where it is missing."
        rows.append((one.name, in_words(hints[one.name]), meaning(cls, one.name) + default))
    return rows


def _text(default: Any) -> str:
    return msgspec.json.encode(default).decode()


def json_schema(cls: type) -> Schema:
    """The data of an event, or a value inside one. Fields that are not named are passed over by readers."""
    hints = get_type_hints(cls)
    return {
        "type": "object",
        "description": says(cls),
        "properties": {one.name: _property(cls, one, hints[one.name]) for one in fields(cls)},
        "required": [one.name for one in fields(cls) if one.default is MISSING],
    }


def _property(cls: type, one: Any, hint: Any) -> Schema:
    told: Schema = {"description": meaning(cls, one.name)}
    if one.default is not MISSING:
        told["default"] = msgspec.to_builtins(one.default)
    schema = schema_of(hint)
    return {"allOf": [schema], **told} if "$ref" in schema else {**schema, **told}


def schema_of(hint: Any) -> Schema:
    """The JSON Schema of a type; classes by reference to the document's `components`."""
    arguments = get_args(hint)
    if isinstance(hint, UnionType):
        return {"anyOf": [{"type": "null"} if one is type(None) else schema_of(one) for one in arguments]}
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(arguments)}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": schema_of(arguments[0])}
    return dict(SCHEMAS[hint]) if hint in SCHEMAS else {"$ref": f"#/components/schemas/{hint.__name__}"}
