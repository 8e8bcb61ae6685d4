"""Fields of the API that are stricter than marshmallow's own."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

YEARS = range(2000, 2200)


class CleanText(fields.String):
    """A text with Unix line ends and no space around it; control and half characters are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs).replace("\r\n", "\n").replace("\r", "\n")
        if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in text):
            raise ValidationError("Not a valid text.")
        return text.strip()


class Minute(fields.AwareDateTime):
    """An instant with its offset, on a whole minute, between 2000 and 2199."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        instant = super()._deserialize(value, attr, data, **kwargs)
        if instant.year not in YEARS:
            raise ValidationError("Out of range.")
        if instant.second or instant.microsecond:
            raise ValidationError("A whole minute is needed.")
        return instant


class Instant(fields.AwareDateTime):
    """An instant with its offset, between 2000 and 2199, kept in UTC to the second."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        instant = super()._deserialize(value, attr, data, **kwargs)
        if instant.year not in YEARS:
            raise ValidationError("Out of range.")
        return instant.astimezone(UTC).replace(microsecond=0)


class WholeText(validate.Regexp):
    """The whole text has to match: Python's `$` would let a line break follow, the ECMA-262 of OpenAPI does not."""

    def __call__(self, value: Any) -> Any:
        """The value; ValidationError where it does not match."""
        if self.regex.fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value
