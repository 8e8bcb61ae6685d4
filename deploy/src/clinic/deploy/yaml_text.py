"""JSON values as YAML: mappings and lists in blocks, every text in JSON's quotes, which YAML reads the same."""

import json
import re
from collections.abc import Iterator
from typing import Any

PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
NOT_PLAIN = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def yaml_text(value: Any) -> str:
    """The whole document."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    match value:
        case dict() if value:
            for key, inner in value.items():
                yield from _under(f"{indent}{_key(key)}:", inner, depth)
        case list() if value:
            for inner in value:
                first, *others = _lines(inner, depth + 1)
                yield f"{indent}- {first.lstrip()}"
                yield from others
        case _:
            yield f"{indent}{_scalar(value)}"


def _under(begun: str, inner: Any, depth: int) -> Iterator[str]:
    if isinstance(inner, dict | list) and inner:
        yield begun
        yield from _lines(inner, depth + 1)
    else:
        yield f"{begun} {_scalar(inner)}"


def _key(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) and key.lower() not in NOT_PLAIN else _scalar(key)


def _scalar(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in written)
