"""Facts to JSON and back. The wire is checked by marshmallow; replay decodes with msgspec (performance.md)."""

from dataclasses import MISSING, dataclass, is_dataclass
from dataclasses import fields as dataclass_fields
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from clinic.contracts.catalog import lookup, upcast
from clinic.kernel.recorded import Recorded


class MalformedEvent(Exception):
    """A message whose data do not have the published shape; the text names the fields."""


@dataclass(frozen=True, slots=True)
class Decoded(Recorded):
    """A recorded event with its typed fact beside it: for many events that several folds are told of."""

    fact: Any


def to_data(fact: Any) -> dict[str, Any]:
    """The JSON object of a fact: UUIDs as text, instants as RFC 3339 in UTC, tuples as lists."""
    data: dict[str, Any] = msgspec.to_builtins(fact)
    return data


def to_fact(recorded: Recorded) -> Any:
    """The typed fact of a recorded event, in the current schema version. For replay: no marshmallow here."""
    if isinstance(recorded, Decoded):
        return recorded.fact
    known = lookup(recorded.type)
    return msgspec.convert(upcast(recorded.type, recorded.schema_version, recorded.data), known.cls)


def check_wire(type_name: str, schema_version: int, data: dict[str, Any]) -> None:
    """Refuses data from the wire that do not have the published shape (MalformedEvent); unknown fields pass.

    A newer publisher may add fields (architecture.md section 9, "additive only").
    """
    try:
        wire_schema(lookup(type_name).cls)().load(upcast(type_name, schema_version, data), unknown=EXCLUDE)
    except ValidationError as error:
        raise MalformedEvent(f"{type_name}: {error.messages}") from None


@cache
def wire_schema(cls: type) -> type[Schema]:
    """The marshmallow schema of a contract dataclass, derived from its annotations."""
    hints = get_type_hints(cls)
    return Schema.from_dict(
        {f.name: _field(hints[f.name], required=f.default is MISSING) for f in dataclass_fields(cls)},
        name=cls.__name__,
    )


_SCALARS: dict[Any, type[fields.Field[Any]]] = {
    UUID: fields.UUID,
    datetime: fields.AwareDateTime,
    date: fields.Date,
    str: fields.String,
    int: fields.Integer,
    bool: fields.Boolean,
}


def _field(hint: Any, *, required: bool) -> fields.Field[Any]:
    arguments = get_args(hint)
    if isinstance(hint, UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        optional = _field(inner, required=required)
        optional.allow_none = True
        return optional
    if get_origin(hint) is Literal:
        return fields.String(required=required, validate=validate.OneOf(arguments))
    if get_origin(hint) is tuple:
        return fields.List(_field(arguments[0], required=True), required=required)
    if isinstance(hint, type) and is_dataclass(hint):
        return fields.Nested(wire_schema(hint), required=required, unknown=EXCLUDE)
    if hint is int:
        return fields.Integer(required=required, strict=True)
    return _SCALARS[hint](required=required)
