"""Fields of JSON bodies that are stricter than marshmallow's own, for every service."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields


class StrictBoolean(fields.Boolean):
    """true or false; neither 1 nor "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value
