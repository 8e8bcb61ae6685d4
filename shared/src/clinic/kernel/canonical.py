"""Canonical JSON (RFC 8785): one text for one value, so that bytes can be compared and hashed."""

import json
from typing import Any

Json = None | bool | int | str | list[Any] | dict[str, Any]


def canonical_json(value: Json) -> str:
    """The canonical text of a JSON value that holds no fractions.

    Floats are refused (TypeError): money is integer pence, durations are integer minutes, and RFC 8785's
    number form is then trivial. Keys are sorted by UTF-16 code units (RFC 8785 section 3.2.3).
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _ordered(value: Json) -> Json:
    match value:
        case dict():
            keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
            return {key: _ordered(value[key]) for key in keys}
        case list():
            return [_ordered(item) for item in value]
        case float():
            raise TypeError(f"a fraction has no place in an event: {value!r}")
        case _:
            return value
